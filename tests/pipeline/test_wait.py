"""Waiting for health and for the end of what was pruned."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Resource
from kubectl_gitops.core.health import Health, Status
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.prune import Limit
from kubectl_gitops.core.reports import Health as Reported
from kubectl_gitops.pipeline import wait
from kubectl_gitops.pipeline.wait import wait_until_healthy
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline, Quiet, actions
from tests.walk.shop import DEFINITION, WIDGET, config_map, remove, until

CRD = "CustomResourceDefinition"
FINALIZERS = '{"metadata": {"finalizers": %s}}'
MAPS = Resource("", "v1", "ConfigMap", "configmaps", True, frozenset({"list"}), frozenset())


def keys(count: int) -> list[Key]:
    return [Key("", "ConfigMap", "shop", f"map-{number}") for number in range(count)]


def waited(known: list[Key], gone: list[Key], timeout: float) -> dict[Key, Health]:
    resources = dict.fromkeys((*known, *gone), MAPS)
    health = {key: Health(Status.IN_PROGRESS, "") for key in known}
    cluster: Any = None
    return dict(wait_until_healthy(cluster, resources, health, frozenset(gone), "applyset-a", timeout, Quiet()))


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What each object's reading gives: a body, None where it is gone, an ApiError; ``calls`` counts them."""
    made: dict[str, Any] = {"calls": []}

    def get(_cluster: Any, _resource: Any, _namespace: str, name: str) -> Any:
        made["calls"].append(name)
        answer = made[name]
        answer = answer.pop(0) if isinstance(answer, list) and len(answer) > 1 else answer
        answer = answer[0] if isinstance(answer, list) else answer
        if isinstance(answer, ApiError):
            raise answer
        return answer

    monkeypatch.setattr(wait, "get_object", get)
    monkeypatch.setattr(wait, "FIRST_PAUSE", 0.001)
    return made


def body(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}}


def test_what_can_not_be_read_is_neither_healthy_nor_gone(readings: dict[str, Any]) -> None:
    one, two = keys(2)
    readings[one.name] = readings[two.name] = ApiError(403, {"message": "you may not", "code": 403}, "/api/v1")
    found = waited([one], [two], 0.05)
    assert {health.status for health in found.values()} == {Status.UNKNOWN}
    assert "you may not" in found[one].message


def test_it_ends_as_soon_as_all_is_well(readings: dict[str, Any]) -> None:
    one, two = keys(2)
    readings[one.name] = body(one.name)
    readings[two.name] = [body(two.name), body(two.name), None]
    begun = time.monotonic()
    found = waited([one], [two], 30)
    assert time.monotonic() - begun < 5
    assert (found[one].status, found[two].status) == (Status.CURRENT, Status.NOT_FOUND)
    # What is well is not read again.
    assert readings["calls"].count(one.name) == 1


def test_an_object_that_vanishes_is_not_healthy(readings: dict[str, Any]) -> None:
    (one,) = keys(1)
    readings[one.name] = None
    assert waited([one], [], 0.02)[one].status is Status.NOT_FOUND


def test_no_time_reads_nothing(readings: dict[str, Any]) -> None:
    assert waited(keys(2), [], 0) == {}
    assert readings["calls"] == []


@pytest.mark.parametrize("pruned", [True, False])
def test_a_kind_that_is_not_served_any_more(readings: dict[str, Any], pruned: bool) -> None:
    """Its objects are gone only if their definition was pruned; an API that is down tells nothing."""
    widgets = Resource("example.com", "v1", "Widget", "widgets", True, frozenset(), frozenset())
    plural = "customresourcedefinitions"
    definitions = Resource("apiextensions.k8s.io", "v1", CRD, plural, False, frozenset(), frozenset())
    gear = Key("example.com", "Widget", "shop", "gear")
    definition = Key(definitions.group, CRD, "", "widgets.example.com")
    readings["gear"] = ApiError(404, "404 page not found", "/apis/example.com/v1")
    readings[definition.name] = None
    gone = {gear, definition} if pruned else {gear}
    cluster: Any = None
    resources = {gear: widgets, definition: definitions}
    found = dict(wait_until_healthy(cluster, resources, {}, frozenset(gone), "applyset-a", 0.05, Quiet()))
    assert found[gear].status is (Status.NOT_FOUND if pruned else Status.UNKNOWN)


def test_many_are_listed(
    repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        repo.write(f"app/{number}.yaml", config_map(f"map-{number}"))
    repo.write("app/kept.yaml", config_map("kept"))
    repo.commit()
    pipeline.applied()
    for number in range(6):
        repo.remove(f"app/{number}.yaml")
    repo.commit()
    report = pipeline.applied(wait=True, timeout=20.0, prune_limit=Limit(100, percent=True))
    assert [one.health for one in report.objects if one.action == "pruned"] == [Reported.NOT_FOUND] * 6
    path = f"/api/v1/namespaces/{cluster.namespace}/configmaps/map-"
    assert not [one for one in pipeline.sent if one.method == "GET" and one.target.startswith(path)]


def test_a_definition_pruned_with_its_objects(repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster) -> None:
    """Once the definition is gone the server knows nothing of its objects' kind, which are then gone as well."""
    group = f"{cluster.namespace}.example.com"
    repo.write("app/widget.yaml", f"{DEFINITION.format(group=group)}---\n{WIDGET.format(group=group)}")
    repo.write("app/kept.yaml", config_map("kept"))
    repo.commit()
    path = f"/apis/{group}/v1/namespaces/{cluster.namespace}/widgets"

    class Releasing(Quiet):
        """Lets the object go, and with it the definition, before anybody could see that it is gone."""

        def waiting(self, objects: Sequence[Any]) -> None:
            if objects and cluster.exists(path):
                cluster.kubectl("patch", f"widgets.{group}", "gear", "--type=merge", "--patch", FINALIZERS % "[]")
                until(lambda: not cluster.exists(path))

    try:
        pipeline.applied()
        cluster.kubectl(
            "patch", f"widgets.{group}", "gear", "--type=merge", "--patch", FINALIZERS % '["example.com/hold"]'
        )
        pipeline.progress = Releasing()
        repo.remove("app/widget.yaml")
        repo.commit()
        begun = time.monotonic()
        report = pipeline.apply(wait=True, timeout=20.0, prune_data=True)
        assert actions(report) == {"ConfigMap/kept": "unchanged", f"CustomResourceDefinition/widgets.{group}": "pruned",
                                   "Widget/gear": "pruned"}  # fmt: skip
        assert {one.health for one in report.objects if one.action == "pruned"} == {Reported.NOT_FOUND}
        assert time.monotonic() - begun < 15
    finally:
        remove(cluster, f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}")
