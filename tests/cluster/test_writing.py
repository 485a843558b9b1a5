from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Cluster
from kubectl_gitops.cluster.discovery import Resource
from kubectl_gitops.cluster.reading import get_object
from kubectl_gitops.cluster.writing import apply, create, delete, json_patch, update

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True, frozenset(), frozenset())


@pytest.fixture
def body(namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": namespace}}


def test_apply_creates_changes_and_removes(connection: Cluster, namespace: str, body: dict[str, Any]) -> None:
    made = apply(connection, MAPS, body | {"data": {"a": "1", "b": "1"}})
    assert [entry["manager"] for entry in made["metadata"]["managedFields"]] == ["kubectl-gitops"]
    same = apply(connection, MAPS, body | {"data": {"a": "1", "b": "1"}})
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert apply(connection, MAPS, body | {"data": {"a": "2"}})["data"] == {"a": "2"}


def test_dry_runs_store_nothing(connection: Cluster, namespace: str, body: dict[str, Any]) -> None:
    assert apply(connection, MAPS, body | {"data": {"a": "1"}}, dry_run=True)["data"] == {"a": "1"}
    assert create(connection, MAPS, body, dry_run=True)["kind"] == "ConfigMap"
    assert get_object(connection, MAPS, namespace, "web") is None
    made = create(connection, MAPS, body | {"data": {"a": "1"}})
    operations = [{"op": "remove", "path": "/data/a"}]
    assert "data" not in json_patch(connection, MAPS, namespace, "web", operations, manager="t", dry_run=True)
    assert update(connection, MAPS, body | {"data": {"a": "2"}}, dry_run=True)["data"] == {"a": "2"}
    assert delete(connection, MAPS, namespace, "web", uid=made["metadata"]["uid"], dry_run=True)
    assert get_object(connection, MAPS, namespace, "web") == made


def test_force_takes_fields_over(connection: Cluster, body: dict[str, Any]) -> None:
    apply(connection, MAPS, body | {"data": {"a": "1"}}, manager="someone-else")
    with pytest.raises(ApiError) as caught:
        apply(connection, MAPS, body | {"data": {"a": "2"}})
    assert caught.value.is_field_conflict
    assert apply(connection, MAPS, body | {"data": {"a": "2"}}, force=True)["data"] == {"a": "2"}


def test_a_json_patch_with_a_guard(connection: Cluster, namespace: str, body: dict[str, Any]) -> None:
    made = create(connection, MAPS, body | {"data": {"a": "1", "b": "1"}})
    guard = {"op": "test", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]}
    operations = [guard, {"op": "remove", "path": "/data/b"}]
    assert json_patch(connection, MAPS, namespace, "web", operations, manager="remover")["data"] == {"a": "1"}
    with pytest.raises(ApiError) as caught:
        json_patch(connection, MAPS, namespace, "web", operations, manager="remover")
    assert caught.value.is_rejected_patch


def test_only_the_very_object_is_deleted(connection: Cluster, namespace: str, body: dict[str, Any]) -> None:
    first = create(connection, MAPS, body)["metadata"]
    changed = apply(connection, MAPS, body | {"data": {"a": "1"}})["metadata"]
    with pytest.raises(ApiError) as caught:
        delete(connection, MAPS, namespace, "web", uid=first["uid"], resource_version=first["resourceVersion"])
    assert caught.value.is_conflict
    with pytest.raises(ApiError) as caught:
        delete(connection, MAPS, namespace, "web", uid="00000000-0000-0000-0000-000000000000")
    assert caught.value.is_conflict
    assert delete(connection, MAPS, namespace, "web", uid=changed["uid"], resource_version=changed["resourceVersion"])
    assert get_object(connection, MAPS, namespace, "web") is None
    assert not delete(connection, MAPS, namespace, "web", uid=changed["uid"])


def test_deleting_what_is_not_served_is_not_done(connection: Cluster, namespace: str) -> None:
    unserved = MAPS._replace(group="no.example.com")
    with pytest.raises(ApiError) as caught:
        delete(connection, unserved, namespace, "web", uid="x")
    assert caught.value.is_unserved
