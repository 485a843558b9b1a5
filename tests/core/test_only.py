import pytest

from kubectl_gitops.core.only import narrowed
from kubectl_gitops.core.reports import (
    ClusterReport,
    DriftReport,
    FieldReport,
    ObjectRef,
    ObjectReport,
    SourceReport,
    State,
    Verdict,
    states,
)


def item(state: State, *verdicts: Verdict) -> ObjectReport:
    fields = tuple(FieldReport((verdict.value,), verdict) for verdict in verdicts)
    return ObjectReport(ObjectRef("v1", "ConfigMap", "shop", "x"), state, fields=fields)


def report(*objects: ObjectReport) -> DriftReport:
    return DriftReport("shop", "prod", SourceReport("r", "p"), ClusterReport("c", "s"), synced=2, objects=objects)


@pytest.mark.parametrize(
    ("state", "live", "git"),
    [
        (State.MISSING, True, False),
        (State.NEW, False, True),
        (State.ORPHANED, False, True),
        (State.UNMANAGED, True, True),
        (State.UNVERIFIED, True, True),
    ],
)
def test_whole_objects(state: State, live: bool, git: bool) -> None:
    for side, kept in (("live", live), ("git", git)):
        found = narrowed(report(item(state)), side)
        assert (len(found.objects), found.synced) == ((1, 2) if kept else (0, 3))


@pytest.mark.parametrize(
    ("verdict", "live", "git"),
    [
        (Verdict.LIVE_CHANGED, True, False),
        (Verdict.EXTRA, True, False),
        (Verdict.GIT_CHANGED, False, True),
        (Verdict.REMOVED, False, True),
        (Verdict.CONFLICT, True, True),
        (Verdict.UNKNOWN, True, True),
    ],
)
def test_fields(verdict: Verdict, live: bool, git: bool) -> None:
    for side, kept in (("live", live), ("git", git)):
        assert len(narrowed(report(item(State.DRIFTED, verdict)), side).objects) == int(kept)


def test_an_objects_state_is_that_of_the_fields_which_are_left() -> None:
    both = report(item(State.DRIFTED, Verdict.LIVE_CHANGED, Verdict.GIT_CHANGED))
    (found,) = narrowed(both, "git").objects
    assert ([field.verdict for field in found.fields], found.state) == ([Verdict.GIT_CHANGED], State.PENDING)
    (found,) = narrowed(both, "live").objects
    assert ([field.verdict for field in found.fields], found.state) == ([Verdict.LIVE_CHANGED], State.DRIFTED)


def test_every_object_is_counted_once() -> None:
    both = report(item(State.NEW), item(State.DRIFTED, Verdict.EXTRA), item(State.UNVERIFIED))
    assert states(narrowed(both, "git")) == {State.SYNCED: 3, State.NEW: 1, State.UNVERIFIED: 1}


def test_nothing_is_narrowed_by_default() -> None:
    whole = report(item(State.DRIFTED, Verdict.EXTRA))
    assert narrowed(whole, "") is whole
