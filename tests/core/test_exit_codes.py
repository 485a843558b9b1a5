"""Truth tables of the exit codes."""

from __future__ import annotations

from itertools import product

import pytest

from kubectl_gitops.core.exit_codes import exit_code, healthy
from kubectl_gitops.core.reports import (
    Action,
    ApplyObject,
    ApplyReport,
    ClusterReport,
    DriftReport,
    Health,
    HistoryReport,
    ObjectRef,
    ObjectReport,
    SourceReport,
    State,
)

WEB = ObjectRef("apps/v1", "Deployment", "shop", "web")
CLUSTER = ClusterReport("c", "s")


def drift(*states: State, could_not_tell: tuple[str, ...] = ()) -> int:
    objects = tuple(ObjectReport(WEB, state) for state in states)
    source = SourceReport("r", ".")
    return exit_code(DriftReport("n", "", source, CLUSTER, synced=3, objects=objects, could_not_tell=could_not_tell))


def applied(*objects: tuple[Action, Health | None], waited: bool = False, refusals: tuple[str, ...] = ()) -> int:
    done = tuple(ApplyObject(WEB, action, health) for action, health in objects)
    return exit_code(ApplyReport("apply", "n", "", "", CLUSTER, None, done, refusals, waited=waited))


@pytest.mark.parametrize("state", State)
def test_drift_of_one_object(state: State) -> None:
    expected = {State.SYNCED: 0, State.UNVERIFIED: 2}.get(state, 1)
    assert drift(state) == expected
    assert drift(state, could_not_tell=("the LIST is forbidden",)) == 2


@pytest.mark.parametrize(("one", "other"), list(product(State, State)))
def test_drift_of_two_is_the_worse(one: State, other: State) -> None:
    assert drift(one, other) == max(drift(one), drift(other))


def test_nothing_at_all_is_in_sync() -> None:
    assert drift() == 0


@pytest.mark.parametrize(("action", "health", "waited"), list(product(Action, [None, *Health], [True, False])))
def test_apply_of_one_object(action: Action, health: Health | None, waited: bool) -> None:
    good = health in (None, Health.NOT_FOUND if action is Action.PRUNED else Health.CURRENT)
    assert healthy(ApplyObject(WEB, action, health)) == good
    assert applied((action, health), waited=waited) == int(action is Action.FAILED or (waited and not good))
    assert applied((action, health), waited=waited, refusals=("no",)) == 3


def test_apply_of_several() -> None:
    fine = (Action.CREATED, Health.CURRENT)
    assert applied() == 0
    assert applied(fine, fine, waited=True) == 0
    assert applied(fine, (Action.FAILED, None), fine) == 1
    assert applied(fine, (Action.CONFIGURED, Health.IN_PROGRESS), waited=True) == 1


def test_history() -> None:
    assert exit_code(HistoryReport("n", "", "", CLUSTER)) == 0
