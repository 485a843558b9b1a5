from __future__ import annotations

from dataclasses import replace

import pytest

from kubectl_gitops.core.reports import DriftReport, FieldReport, ObjectReport, State, Verdict
from kubectl_gitops.report.words import next_steps
from tests.report.conftest import CLUSTER, SOURCE, deployment

LIMIT = "8 of 10 members would be deleted, more than the prune limit of 25%; if that is right, pass --prune-limit 8"
GIT_CHANGED = (FieldReport(("spec", "replicas"), Verdict.GIT_CHANGED, desired=2, live=1),)


def steps(*objects: ObjectReport) -> dict[str, str]:
    report = DriftReport(name="shop", target="", source=SOURCE, cluster=CLUSTER, objects=objects)
    return {command.removeprefix("kubectl gitops "): outcome for command, outcome in next_steps(report)}


def one(state: State, message: str = "", fields: tuple[FieldReport, ...] = ()) -> ObjectReport:
    return ObjectReport(deployment("web"), state, message=message, fields=fields)


def test_an_orphan_is_pruned() -> None:
    assert steps(one(State.ORPHANED)) == {"apply": "would prune 1 object"}


def test_an_orphan_that_holds_data_is_kept() -> None:
    kept = one(State.ORPHANED, "a PersistentVolumeClaim is deleted only with --prune-data")
    assert steps(kept) == {"apply": "would keep 1 orphan (--prune-data deletes)"}


@pytest.mark.parametrize("message", ["its annotation kubectl-gitops/prune is disabled", "it is being deleted already"])
def test_an_orphan_that_stays_is_no_step(message: str) -> None:
    assert steps(one(State.ORPHANED, message)) == {}


def test_more_orphans_than_the_limit_are_refused() -> None:
    assert steps(one(State.ORPHANED, LIMIT), one(State.NEW)) == {
        "apply": "would refuse: more would be deleted than the prune limit allows (--prune-limit raises it)"
    }


def test_reconcile_is_refused_where_only_a_flag_would_help() -> None:
    changed = one(State.DRIFTED, fields=(FieldReport(("spec", "replicas"), Verdict.LIVE_CHANGED, desired=2, live=1),))
    for other in (one(State.ORPHANED, LIMIT), one(State.UNMANAGED)):
        assert steps(changed, other)["reconcile"] == "would refuse too"
    assert steps(changed)["reconcile"] == "would revert 1 field"


def test_what_can_t_be_changed_in_place_fails() -> None:
    fixed = one(State.PENDING, "it can't be changed in place (immutable); --recreate replaces it", GIT_CHANGED)
    assert steps(fixed, one(State.NEW)) == {
        "apply": "would bring 1 object and fail on 1 object (--recreate replaces what can't be changed in place)"
    }
    assert "bring" not in steps(replace(fixed))["apply"]
