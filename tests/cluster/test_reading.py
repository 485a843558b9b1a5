from collections.abc import Callable
from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Cluster, ConnectOptions, reading
from kubectl_gitops.cluster.discovery import Resource, Resources
from kubectl_gitops.cluster.reading import Restarted, get_object, list_all, list_objects
from tests.cluster.conftest import Connect
from tests.cluster.faulty import Answer, FaultyServer
from tests.harness import Cluster as Harness

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True, frozenset(), frozenset())


@pytest.fixture
def seven(cluster: Harness, namespace: str) -> list[str]:
    """The names of seven ConfigMaps; those with even numbers are labelled so."""
    names = [f"map-{number}" for number in range(7)]
    for number, name in enumerate(names):
        labels = {"even": "yes"} if number % 2 == 0 else {}
        body = {"metadata": {"name": name, "labels": labels}, "data": {"a": "1"}}
        cluster.raw("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
    return names


def test_pages_hold_whole_objects(
    connection: Cluster, namespace: str, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    pages = list(list_objects(connection, MAPS, namespace))
    assert [len(page) for page in pages] == [3, 3, 1]
    objects = [item for page in pages for item in page]
    assert [item["metadata"]["name"] for item in objects] == seven
    assert {(item["apiVersion"], item["kind"]) for item in objects} == {("v1", "ConfigMap")}
    assert all(item["metadata"]["managedFields"] for item in objects)


def test_labels_narrow_a_list(connection: Cluster, namespace: str, seven: list[str]) -> None:
    assert len(list_all(connection, MAPS, namespace, "even=yes")) == 4
    everywhere = list_all(connection, MAPS, None, "even in (yes),even")
    assert {item["metadata"]["namespace"] for item in everywhere} >= {namespace}
    assert list_all(connection, MAPS, namespace, "even=no") == []


def test_a_list_whose_snapshot_expired_starts_again(
    faulty: FaultyServer, connecting: Connect, options: ConnectOptions
) -> None:
    """An API server forgets a snapshot after five minutes, too long to wait for."""
    first = Answer(200, b'{"metadata":{"continue":"t"},"items":[{"metadata":{"name":"a"}}]}')
    second = Answer(200, b'{"metadata":{},"items":[{"metadata":{"name":"b"}}]}')
    expired = Answer(410, b'{"kind":"Status","reason":"Expired","message":"too old"}')
    connection = connecting(ConnectOptions(server=faulty.url, cache=options.cache))
    faulty.answers = [first, expired, first, second]
    pages = list(list_objects(connection, MAPS))
    assert [isinstance(page, Restarted) for page in pages] == [False, True, False]
    faulty.answers = [first, expired, first, second]
    assert [item["metadata"]["name"] for item in list_all(connection, MAPS)] == ["a", "b"]
    faulty.answers = [first, expired, first, expired, first, expired, first, expired]
    with pytest.raises(ApiError) as caught:
        list_all(connection, MAPS)
    assert caught.value.is_expired


def test_what_may_not_be_read_is_an_error(
    connecting: Connect, options: ConnectOptions, control_plane: Any, namespace: str, seven: list[str]
) -> None:
    nobody = connecting(ConnectOptions(kubeconfig=str(control_plane.user()), cache=options.cache))
    attempts: list[Callable[[], object]] = [
        lambda: list_all(nobody, MAPS, namespace),
        lambda: get_object(nobody, MAPS, namespace, seven[0]),
        lambda: get_object(nobody, MAPS, namespace, "not-there"),
    ]
    for attempt in attempts:
        with pytest.raises(ApiError) as caught:
            attempt()
        assert caught.value.is_forbidden


def test_a_large_list_comes_compressed(
    connection: Cluster, resources: Resources, cluster: Harness, namespace: str
) -> None:
    """Above 128 KiB the API server compresses, and the text comes out whole."""
    text = "ä line of text\n" * 20_000
    cluster.raw(
        "POST",
        f"/api/v1/namespaces/{namespace}/configmaps",
        {"metadata": {"name": "big"}, "data": {"a": text}},
    )
    found = get_object(connection, MAPS, namespace, "big")
    assert found is not None
    assert found["data"]["a"] == text
