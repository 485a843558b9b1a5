"""Schemas from a real API server, and what is kept of them on disk."""

import threading
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import Cluster, ConnectOptions, openapi
from kubectl_gitops.cluster.openapi import OpenApi, stripped
from kubectl_gitops.core.schema import Merge
from tests.cluster.conftest import Connect, until
from tests.cluster.faulty import Answer, FaultyServer
from tests.harness import Cluster as Harness


def cached(connection: Cluster) -> list[Path]:
    return sorted((connection.cache / "openapi").glob("*/*"))


def merge_of_containers(schemas: OpenApi) -> Merge | None:
    found = schemas.schema("apps/v1")
    node = found.kind("apps/v1", "Deployment") if found else None
    for name in ("spec", "template", "spec", "containers"):
        node = node.field(name) if node else None
    return node.merge if node else None


def test_a_document_is_asked_for_once_and_then_kept(
    connection: Cluster, connecting: Connect, options: ConnectOptions
) -> None:
    schemas = OpenApi(connection)
    assert merge_of_containers(schemas) is Merge.ASSOCIATIVE
    assert merge_of_containers(schemas) is Merge.ASSOCIATIVE
    assert connection.requests == 2
    (file,) = cached(connection)
    content = file.read_text()
    assert len(content) < 150_000
    assert '"description":"' not in content
    again = connecting(options)
    kept = OpenApi(again)
    assert merge_of_containers(kept) is Merge.ASSOCIATIVE
    assert again.requests == 0
    assert kept.refresh() == frozenset()
    assert again.requests == 1


def test_an_index_that_does_not_hold_any_more(
    connection: Cluster, connecting: Connect, options: ConnectOptions
) -> None:
    merge_of_containers(OpenApi(connection))
    (file,) = (connection.cache / "discovery").glob("*/openapi.json")
    file.write_text(file.read_text().replace("/openapi/v3/apis/apps/v1", "/openapi/v3/apis/batch/v1"))
    stale = OpenApi(connecting(options))
    assert merge_of_containers(stale) is None
    assert stale.refresh() == {"apps/v1"}
    assert merge_of_containers(stale) is Merge.ASSOCIATIVE


def test_what_the_server_does_not_have(connection: Cluster) -> None:
    schemas = OpenApi(connection)
    assert schemas.schema("no.example.com/v1") is None
    assert schemas.digest("no.example.com/v1") == ""
    assert schemas.digest("v1") != schemas.digest("apps/v1") != ""


def test_several_documents_at_once(connection: Cluster) -> None:
    schemas = OpenApi(connection)
    schemas.prefetch(["v1", "apps/v1", "batch/v1", "v1", "no.example.com/v1"])
    assert connection.requests == 4
    assert len(cached(connection)) == 3
    assert schemas.schema("v1") is schemas.schema("v1")
    assert connection.requests == 4


def test_threads_share_one_request(connection: Cluster) -> None:
    schemas = OpenApi(connection)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(schemas.schema("v1"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert connection.requests == 2
    assert len({id(item) for item in found}) == 1


@pytest.mark.parametrize("damage", [b"", b'{"io.k8s', b"[]", b"null", b'{"a": 1}', b"{}"])
def test_a_damaged_file_is_fetched_again(
    connection: Cluster, connecting: Connect, options: ConnectOptions, damage: bytes
) -> None:
    merge_of_containers(OpenApi(connection))
    (file,) = cached(connection)
    good = file.read_bytes()
    file.write_bytes(damage)
    assert merge_of_containers(OpenApi(connecting(options))) is Merge.ASSOCIATIVE
    assert file.read_bytes() == good


def test_the_cache_is_bounded(connection: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "CACHE_LIMIT", 100_000)
    OpenApi(connection).prefetch(["batch/v1", "apps/v1", "autoscaling/v2", "networking.k8s.io/v1"])
    assert sum(file.stat().st_size for file in cached(connection)) <= 100_000


def test_a_changed_definition_is_seen_after_a_refresh(connection: Cluster, cluster: Harness, namespace: str) -> None:
    group = f"{namespace}.example.com"
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    def definition(field: str) -> dict[str, Any]:
        spec = {"type": "object", "properties": {field: {"type": "string"}}}
        schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
        version = {"name": "v1", "served": True, "storage": True, "schema": schema}
        return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": f"widgets.{group}"},
                "spec": {"group": group, "scope": "Namespaced", "versions": [version],
                         "names": {"plural": "widgets", "kind": "Widget"}}}  # fmt: skip

    schemas = OpenApi(connection)

    def knows(field: str) -> bool | None:
        schemas.refresh()
        found = schemas.schema(f"{group}/v1")
        node = found.kind(f"{group}/v1", "Widget") if found else None
        spec = node.field("spec") if node else None
        return True if spec and spec.field(field) else None

    core = schemas.schema("v1")
    assert schemas.schema(f"{group}/v1") is None
    apply = f"{path}/widgets.{group}?fieldManager=test&force=true"
    cluster.raw("PATCH", apply, definition("before"), "application/apply-patch+yaml")
    try:
        until(lambda: knows("before"))
        before = schemas.digest(f"{group}/v1")
        cluster.raw("PATCH", apply, definition("after"), "application/apply-patch+yaml")
        until(lambda: knows("after"))
        assert schemas.digest(f"{group}/v1") != before
        assert schemas.schema("v1") is core
    finally:
        cluster.raw("DELETE", f"{path}/widgets.{group}")


def test_a_document_that_changes_between_index_and_request(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path
) -> None:
    """The server then redirects to another hash; what comes is used, but not kept under the old one."""
    index = b'{"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=OLD"}}}'
    kinds = (
        b'{"components":{"schemas":{"w":{"x-kubernetes-group-version-kind":[{"group":"","version":"v1","kind":"W"}]}}}}'
    )
    moved = Answer(301, b"", {"Location": "/openapi/v3/api/v1?hash=NEW"})
    faulty.answers = [Answer(200, index), moved, Answer(200, kinds)]
    connection = connecting(ConnectOptions(server=faulty.url, cache=tmp_path / "cache"))
    found = OpenApi(connection).schema("v1")
    assert found is not None
    assert found.kind("v1", "W") is not None
    assert [request.path for request in faulty.requests][1:] == [
        "/openapi/v3/api/v1?hash=OLD",
        "/openapi/v3/api/v1?hash=NEW",
    ]
    assert cached(connection) == []


def test_only_prose_is_stripped() -> None:
    schema = {
        "description": "prose",
        "properties": {"description": {"type": "string", "description": "prose", "default": {"description": "kept"}}},
        "items": {"description": "prose", "allOf": [{"description": "prose", "$ref": "x"}]},
        "additionalProperties": True,
        "enum": ["description"],
    }
    assert stripped(schema) == {
        "properties": {"description": {"type": "string", "default": {"description": "kept"}}},
        "items": {"allOf": [{"$ref": "x"}]},
        "additionalProperties": True,
        "enum": ["description"],
    }
