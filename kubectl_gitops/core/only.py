"""``drift --only live|git``: what was changed in the cluster, or what Git brings; a conflict is both."""

from __future__ import annotations

from dataclasses import replace

from kubectl_gitops.core.reports import DriftReport, ObjectReport, State, Verdict
from kubectl_gitops.core.verdicts import state_by

_FIELDS = {
    "live": frozenset({Verdict.LIVE_CHANGED, Verdict.EXTRA, Verdict.CONFLICT, Verdict.UNKNOWN}),
    "git": frozenset({Verdict.GIT_CHANGED, Verdict.REMOVED, Verdict.CONFLICT, Verdict.UNKNOWN}),
}
_STATES = {
    "live": frozenset({State.MISSING, State.UNMANAGED, State.UNVERIFIED}),
    "git": frozenset({State.NEW, State.ORPHANED, State.UNMANAGED, State.UNVERIFIED}),
}


def narrowed(report: DriftReport, side: str) -> DriftReport:
    """The report with that side's fields and objects alone; ``side`` is "live" or "git", and "" leaves it as it is.

    What could not be verified stays: it may be on either side.
    """
    if not side:
        return report
    objects = tuple(one for item in report.objects if (one := _narrowed(item, side)) is not None)
    return replace(report, objects=objects, synced=report.synced + len(report.objects) - len(objects))


def _narrowed(item: ObjectReport, side: str) -> ObjectReport | None:
    if item.state in _STATES[side]:
        return item
    fields = tuple(field for field in item.fields if field.verdict in _FIELDS[side])
    return replace(item, fields=fields, state=state_by(field.verdict for field in fields)) if fields else None
