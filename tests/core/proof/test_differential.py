"""Every "clean" of the local proof is held against a forced dry run on a real API server.

``scripts/exactness`` runs many more cases of the same kind.
"""

from __future__ import annotations

import uuid
from functools import cache
from random import Random

import pytest

from kubectl_gitops.core.proof import prove
from tests.controlplane import ControlPlane
from tests.core.proof.generate import KINDS
from tests.core.proof.oracle import Server
from tests.core.proof.run import Case, cases, names
from tests.core.proof.sabotage import SABOTAGES, Sabotage

SEED = 20261123
CASES = 1800
PRISTINE_CASES = 50

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("differential")]


class Asked:
    """The cases, each with the server's answer, and what proving them again needs."""

    def __init__(self, plane: ControlPlane) -> None:
        prefix = f"proof-{uuid.uuid4().hex[:8]}"
        api = plane.api()
        self.server = Server(api, prefix)
        self.server.prepare()
        endless = cases(self.server, Random(SEED), names(prefix))
        self.cases: list[Case] = [next(endless) for _ in range(CASES)]
        endless.close()
        api.request("DELETE", f"/api/v1/namespaces/{prefix}")
        api.close()

    def proven_clean(self) -> list[Case]:
        return [
            case
            for case in self.cases
            if prove(
                self.server.nodes[case.kind.kind],
                case.desired,
                case.live,
                self.server.subresources[case.kind.kind],
            )
            is None
        ]


@cache
def _asked(plane: ControlPlane) -> Asked:
    return Asked(plane)


@pytest.fixture
def asked(control_plane: ControlPlane) -> Asked:
    return _asked(control_plane)


def test_what_is_proven_clean_is_clean_to_the_server(asked: Asked) -> None:
    print(f"seed {SEED}")
    wrong = [case for case in asked.proven_clean() if case.answer != "clean"]
    assert not wrong, f"seed {SEED}: {len(wrong)} wrong, the first: {wrong[0]}"


def test_every_kind_is_drawn_and_many_cases_are_clean_and_many_are_not(asked: Asked) -> None:
    assert len({case.kind.kind for case in asked.cases}) > len(KINDS) - 3
    assert len(asked.proven_clean()) > CASES / 5
    assert sum(case.answer == "changed" for case in asked.cases) > CASES / 5


def test_few_objects_are_doubted_needlessly(asked: Asked) -> None:
    pristine = [case for case in asked.cases if case.pristine]
    mutated = [case for case in asked.cases if not case.pristine]
    assert len(pristine) > PRISTINE_CASES
    # Below 1 % and 7 % over many cases; so few objects may hold one more.
    assert sum(case.needless for case in pristine) <= 1 + len(pristine) // 100
    assert sum(case.needless for case in mutated) < len(mutated) / 10


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.__name__)
def test_a_broken_rule_is_noticed(asked: Asked, sabotage: Sabotage, monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage(monkeypatch)
    wrong = [case for case in asked.proven_clean() if case.answer != "clean"]
    assert wrong
