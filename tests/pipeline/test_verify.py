"""What is made of the server's answers. The answers themselves come from a real one in test_comparing."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Resource
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.objects import Body, key_of
from kubectl_gitops.core.reports import State
from kubectl_gitops.pipeline import verify as module
from kubectl_gitops.pipeline.confirmed import Confirmed
from kubectl_gitops.pipeline.verify import MOST_MOVES, Question, Verified, verify
from tests.core.shapes import deployment, live, ours

WEB = Resource("apps", "v1", "Deployment", "deployments", True, frozenset(), frozenset())


def at(version: int, replicas: int = 1, **more: Any) -> dict[str, Any]:
    return live({**deployment({"replicas": replicas}), **more}, ours("f:spec f:replicas"), version=str(version))


class Server:
    """Answers dry runs and GETs from lists; an error is raised."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.merged: list[Any] = []
        self.live: list[Any] = []
        monkeypatch.setattr(module, "apply", lambda *_, **__: self.answer(self.merged))
        monkeypatch.setattr(module, "get_object", lambda *_: self.answer(self.live))

    def answer(self, answers: list[Any]) -> Any:
        found = answers.pop(0)
        if isinstance(found, ApiError):
            raise found
        return found


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


@pytest.fixture
def confirmed(tmp_path: Path) -> Confirmed:
    return Confirmed(tmp_path, "https://a", "v1", "applyset-a")


def question(found: Body | None = None, **more: Any) -> Question:
    body = found if found is not None else at(7)
    assessment = Assessment(key_of(body), State.SYNCED, desired=deployment({"replicas": 1}), live=body)
    return Question(assessment, WEB, "digest", **more)


def asked(confirmed: Confirmed, one: Question) -> Verified:
    cluster: Any = None
    return verify(cluster, [one], confirmed, 1)


def known(confirmed: Confirmed, tmp_path: Path) -> bool:
    confirmed.save(everything=True)
    return Confirmed(tmp_path, "https://a", "v1", "applyset-a").has("digest")


def test_a_clean_answer_is_remembered(server: Server, confirmed: Confirmed, tmp_path: Path) -> None:
    server.merged = [at(7)]
    (found,) = asked(confirmed, question()).found
    assert (found.state, found.merged) == (State.SYNCED, at(7))
    assert known(confirmed, tmp_path)


def test_a_difference_is_not(server: Server, confirmed: Confirmed, tmp_path: Path) -> None:
    server.merged = [at(7, replicas=2)]
    (found,) = asked(confirmed, question()).found
    assert found.merged == at(7, replicas=2)
    assert not known(confirmed, tmp_path)


def test_a_remembered_answer_that_turned_out_wrong_is_forgotten(
    server: Server, confirmed: Confirmed, tmp_path: Path
) -> None:
    confirmed.add("digest", mutable=False)
    server.merged = [at(7, replicas=2)]
    assert asked(confirmed, question(proven=True)).disagreements == ("Deployment shop/web",)
    assert not known(confirmed, tmp_path)


def test_an_object_that_moved_is_read_again(server: Server, confirmed: Confirmed, tmp_path: Path) -> None:
    server.merged = [at(8, replicas=5), at(8, replicas=5)]
    server.live = [at(8, replicas=5)]
    (found,) = asked(confirmed, question()).found
    assert found.live == at(8, replicas=5)
    assert found.merged == at(8, replicas=5)
    # Its digest was that of the object as it was.
    assert not known(confirmed, tmp_path)


def test_moving_proves_nothing_against_a_proof(server: Server, confirmed: Confirmed) -> None:
    server.merged = [at(8, replicas=1), at(8, replicas=1)]
    server.live = [at(8, replicas=5)]
    assert asked(confirmed, question(proven=True)).disagreements == ()


def test_status_that_moves_all_the_time_does_not_hold_up(server: Server, confirmed: Confirmed) -> None:
    server.merged = [at(8)]
    server.live = [at(8, status={"replicas": 3})]
    (found,) = asked(confirmed, question()).found
    assert found.state is State.SYNCED
    assert found.live == at(8, status={"replicas": 3})


def test_an_object_that_never_holds_still_is_unverified(server: Server, confirmed: Confirmed) -> None:
    """Its reading and the answer would belong to different states, and their difference would be nobody's."""
    server.merged = [at(8 + number, replicas=1 + number) for number in range(MOST_MOVES)]
    server.live = [at(8 + number, replicas=2 + number) for number in range(MOST_MOVES)]
    (found,) = asked(confirmed, question()).found
    assert found.state is State.UNVERIFIED
    assert found.merged is None
    assert "while it was being compared" in found.message


@pytest.mark.parametrize("when", ["at once", "between"])
def test_an_object_that_is_gone_meanwhile(server: Server, confirmed: Confirmed, when: str) -> None:
    gone = ApiError(404, {"message": "not found", "details": {"name": "web", "kind": "deployments"}}, "/apis/apps/v1")
    server.merged = [gone] if when == "at once" else [at(8)]
    server.live = [None]
    (found,) = asked(confirmed, question()).found
    assert found.live is None
    assert found.merged is None


@pytest.mark.parametrize(
    "error",
    [
        ApiError(400, {"message": "admission webhook does not support dry run"}, "/apis/apps/v1"),
        ApiError(403, {"message": "denied by policy"}, "/apis/apps/v1"),
        ApiError(404, "404 page not found", "/apis/apps/v1"),
        ApiError(500, {"message": "internal"}, "/apis/apps/v1"),
    ],
    ids=lambda error: str(error.status),
)
def test_what_the_server_refuses_is_unverified(server: Server, confirmed: Confirmed, error: ApiError) -> None:
    server.merged = [error]
    (found,) = asked(confirmed, question()).found
    assert found.state is State.UNVERIFIED
    assert str(error) in found.message


def test_questions_do_not_stop_one_another(server: Server, confirmed: Confirmed) -> None:
    server.merged = [ApiError(403, {"message": "no"}, "/apis/apps/v1"), at(7)]
    one = question()
    other = replace(one, found=replace(one.found, key=one.found.key._replace(name="other")), digest="other")
    cluster: Any = None
    found = verify(cluster, [one, other], confirmed, 1).found
    assert {item.key.name: item.state for item in found} == {"web": State.UNVERIFIED, "other": State.SYNCED}
