"""What is remembered of the server's answers, and what makes it ask again."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubectl_gitops.core.admission import EVERYTHING, MutationRule
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.objects import key_of
from kubectl_gitops.core.reports import State
from kubectl_gitops.pipeline.confirmed import LASTS, Confirmed
from tests.core.shapes import deployment, entry, live, ours, pods

DESIRED = deployment(pods({"name": "web", "image": "web:1"}))
LIVE = live({**DESIRED, "status": {"replicas": 1}}, ours("f:spec"))
POLICY = MutationRule(("*",), ("deployments",), "uid-1/5")


def assessment(desired: Any = DESIRED, found: Any = LIVE) -> Assessment:
    return Assessment(key_of(desired), State.SYNCED, desired=desired, live=found)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    clock = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    return clock


def opened(cache: Path, server: str = "https://a", version: str = "v1.36.0", applyset: str = "applyset-a") -> Confirmed:
    return Confirmed(cache, server, version, applyset)


def digest(found: Assessment, schema: str = "S", mutations: tuple[MutationRule, ...] = ()) -> str:
    return opened(Path("/nonexistent")).digest(found, schema, mutations)


def changed(**fields: Any) -> Any:
    return {**LIVE, **fields}


def metadata(**fields: Any) -> Any:
    return {**LIVE, "metadata": {**LIVE["metadata"], **fields}}


@pytest.mark.parametrize(
    "other",
    [
        digest(assessment(desired=deployment(pods({"name": "web", "image": "web:2"})))),
        digest(assessment(found=changed(spec={}))),
        digest(assessment(found=metadata(uid="another"))),
        digest(assessment(found=metadata(labels={"a": "b"}))),
        digest(assessment(found=metadata(managedFields=[ours("f:spec"), entry("kubectl-edit", "f:spec")]))),
        digest(assessment(found=metadata(managedFields=[]))),
        digest(assessment(), "T"),
        digest(assessment(), mutations=(POLICY,)),
        digest(assessment(), mutations=(POLICY._replace(source="uid-1/6"),)),
        digest(assessment(), mutations=(POLICY, POLICY._replace(source="uid-2/1"))),
    ],
)
def test_whatever_the_answer_depends_on_is_in_the_digest(other: str) -> None:
    assert other
    assert other != digest(assessment())


def test_every_digest_is_another(tmp_path: Path) -> None:
    policies = [(), (POLICY,), (POLICY._replace(source="uid-1/6"),), (POLICY, POLICY._replace(source="uid-2/1"))]
    assert len({digest(assessment(), mutations=one) for one in policies}) == len(policies)


@pytest.mark.parametrize(
    "same",
    [
        changed(status={"replicas": 5}),
        metadata(resourceVersion="99"),
        metadata(managedFields=[{**ours("f:spec"), "time": "2027-01-01T00:00:00Z"}]),
        metadata(managedFields=[ours("f:spec"), entry("controller", "f:status", subresource="status")]),
    ],
    ids=["status", "resourceVersion", "times", "the status' owner"],
)
def test_what_moves_by_itself_does_not_count(same: Any) -> None:
    assert digest(assessment(found=same)) == digest(assessment())


def test_what_must_not_be_remembered_has_no_digest(tmp_path: Path) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "shop"},
        "data": {"a": "Yg=="},
    }
    assert digest(assessment(secret, live(secret))) == ""
    # A schema without a hash, admission that could not be read, and an object that is not there.
    assert digest(assessment(), "") == ""
    assert digest(assessment(), mutations=(POLICY, EVERYTHING)) == ""
    assert digest(Assessment(key_of(DESIRED), State.NEW, desired=DESIRED)) == ""
    kept = opened(tmp_path)
    kept.add("", mutable=False)
    assert not kept.has("")
    kept.save(everything=True)
    assert not (tmp_path / "verdicts").exists()


def test_an_answer_is_known_in_the_next_run(tmp_path: Path, now: list[float]) -> None:
    first = opened(tmp_path)
    first.add("sure", mutable=False)
    first.add("admitted", mutable=True)
    assert not first.has("sure")  # within one run nothing is asked twice
    first.save(everything=True)
    second = opened(tmp_path)
    assert second.has("sure")
    assert second.has("admitted")
    assert not second.has("other")


@pytest.mark.parametrize(
    "other",
    [{"server": "https://b"}, {"version": "v1.37.0"}, {"applyset": "applyset-b"}],
    ids=["server", "version", "inventory"],
)
def test_each_cluster_version_and_inventory_has_its_own(tmp_path: Path, other: dict[str, str]) -> None:
    first = opened(tmp_path)
    first.add("sure", mutable=False)
    first.save(everything=True)
    assert not opened(tmp_path, **other).has("sure")
    assert opened(tmp_path).has("sure")


def test_an_admitted_answer_expires_and_is_never_prolonged(tmp_path: Path, now: list[float]) -> None:
    first = opened(tmp_path)
    first.add("sure", mutable=False)
    first.add("admitted", mutable=True)
    first.save(everything=True)
    for passed in (LASTS - 200, 199):
        now[0] += passed
        again = opened(tmp_path)
        assert again.has("admitted")
        assert again.has("sure")
        again.save(everything=True)
    now[0] += 2
    late = opened(tmp_path)
    assert not late.has("admitted")
    assert late.has("sure")
    late.save(everything=True)
    assert b"admitted" not in _content(tmp_path)


def test_a_clock_that_was_ahead_prolongs_nothing(tmp_path: Path, now: list[float]) -> None:
    now[0] += 100_000
    first = opened(tmp_path)
    first.add("admitted", mutable=True)
    first.save(everything=True)
    now[0] -= 100_000
    assert not opened(tmp_path).has("admitted")


def test_what_was_not_asked_for_is_kept_only_by_a_narrowed_run(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.add("one", mutable=False)
    first.add("two", mutable=False)
    first.save(everything=True)
    narrowed = opened(tmp_path)
    narrowed.has("one")
    narrowed.add("three", mutable=False)
    narrowed.save(everything=False)
    assert orjson.loads(_content(tmp_path)).keys() == {"one", "two", "three"}
    whole = opened(tmp_path)
    whole.has("one")
    whole.save(everything=True)
    assert orjson.loads(_content(tmp_path)).keys() == {"one"}


@pytest.mark.parametrize("everything", [True, False])
def test_an_answer_that_does_not_hold_any_more_is_forgotten(tmp_path: Path, everything: bool) -> None:
    first = opened(tmp_path)
    first.add("one", mutable=False)
    first.add("two", mutable=False)
    first.save(everything=True)
    second = opened(tmp_path)
    assert second.has("one")
    assert second.has("two")
    second.forget("one")
    second.save(everything=everything)
    assert orjson.loads(_content(tmp_path)).keys() == {"two"}


def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.add("one", mutable=False)
    first.save(everything=True)
    (file,) = (tmp_path / "verdicts").iterdir()
    before = file.stat().st_ino
    again = opened(tmp_path)
    again.has("one")
    again.save(everything=True)
    assert file.stat().st_ino == before


@pytest.mark.parametrize(
    "damage",
    [b"", b'{"one"', b"[]", b"null", b'"text"', b'{"one": "0"}', b'{"one": null}', b'{"one": [0]}', b'{"one": -1}'],
)
def test_a_damaged_file_counts_as_none(tmp_path: Path, damage: bytes) -> None:
    first = opened(tmp_path)
    first.add("one", mutable=False)
    first.save(everything=True)
    (file,) = (tmp_path / "verdicts").iterdir()
    file.write_bytes(damage)
    again = opened(tmp_path)
    assert not again.has("one")
    again.add("one", mutable=False)
    again.save(everything=True)
    assert opened(tmp_path).has("one")


def test_no_part_of_an_object_is_on_disk(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.add(first.digest(assessment(), "S", ()), mutable=False)
    first.save(everything=True)
    (file,) = (tmp_path / "verdicts").iterdir()
    text = f"{file.name} {file.read_text()}"
    assert not [word for word in ("web", "shop", "Deployment", "https", "applyset") if word in text]


PROCESS = """
import sys
from pathlib import Path
from kubectl_gitops.pipeline.confirmed import Confirmed
for number in range(40):
    kept = Confirmed(Path(sys.argv[1]), "https://a", "v1", "applyset-a")
    for one in range(200):
        kept.add(f"{sys.argv[2]}-{number}-{one}", mutable=False)
    kept.add("shared", mutable=False)
    kept.save(everything=True)
    assert Confirmed(Path(sys.argv[1]), "https://a", "v1", "applyset-a").has("shared")
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Either's file may win, and is always whole."""
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS, tmp_path, name], stderr=subprocess.PIPE, text=True)
        for name in ("a", "b")
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    (file,) = (tmp_path / "verdicts").iterdir()
    assert len({name.partition("-")[0] for name in orjson.loads(file.read_bytes())}) == 2


def _content(cache: Path) -> bytes:
    (file,) = (cache / "verdicts").iterdir()
    return file.read_bytes()
