"""The exit codes that follow from what a report says."""

from __future__ import annotations

from kubectl_gitops.core.reports import (
    Action,
    ApplyObject,
    ApplyReport,
    DriftReport,
    Health,
    HistoryReport,
    Report,
    State,
    states,
)


def healthy(item: ApplyObject) -> bool:
    """Whether nothing is wrong with the object's health; what was pruned has to be gone."""
    good = Health.NOT_FOUND if item.action is Action.PRUNED else Health.CURRENT
    return item.health is None or item.health is good


def exit_code(report: Report) -> int:
    """The exit code that the report alone gives.

    Drift: 0 in sync, 1 drift, 2 could not tell, which beats 1. Apply: 3 refused, 1 when an object failed or,
    where waited for, is not healthy, else 0. History: 0.
    """
    match report:
        case DriftReport():
            found = states(report).keys()
            if State.UNVERIFIED in found or report.could_not_tell:
                return 2
            return 1 if found - {State.SYNCED} else 0
        case ApplyReport():
            if report.refusals:
                return 3
            failed = any(item.action is Action.FAILED for item in report.objects)
            unhealthy = report.waited and not all(map(healthy, report.objects))
            return 1 if failed or unhealthy else 0
        case HistoryReport():
            return 0
