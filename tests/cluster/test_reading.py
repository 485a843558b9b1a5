import threading
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Cluster, ConnectOptions, reading
from kubectl_gitops.cluster.discovery import Resource, Resources
from kubectl_gitops.cluster.reading import Listing, Restarted, get_object, list_all, list_many, list_objects
from kubectl_gitops.errors import ConnectionFailed
from tests.cluster.conftest import Connect, until
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


def listers() -> list[threading.Thread]:
    """The threads that make LISTs."""
    return [thread for thread in threading.enumerate() if "_list_into" in thread.name]


def test_many_lists_at_once(
    connection: Cluster, namespace: str, seven: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    accounts = Resource("", "v1", "ServiceAccount", "serviceaccounts", True, frozenset(), frozenset())
    nonsense = Resource("no.example.com", "v1", "Nothing", "nothings", True, frozenset(), frozenset())
    listings = [
        Listing(MAPS, namespace, ""),
        Listing(nonsense, namespace, ""),
        Listing(MAPS, namespace, "even=yes"),
        Listing(accounts, namespace, ""),
    ]
    found: dict[Listing, list[str]] = {}
    failed: dict[Listing, ApiError] = {}
    for listing, page in list_many(connection, listings, 2):
        if isinstance(page, ApiError):
            failed[listing] = page
        else:
            found.setdefault(listing, []).extend(one["metadata"]["name"] for one in page)
    # The one that failed ended alone.
    assert list(failed) == [listings[1]]
    assert failed[listings[1]].is_unserved
    assert found == {listings[0]: seven, listings[2]: seven[::2], listings[3]: ["default"]}
    assert until(lambda: None if listers() else True)


def test_no_lists_at_all(connection: Cluster) -> None:
    assert list(list_many(connection, [], 4)) == []
    assert connection.requests == 0


@pytest.mark.parametrize("concurrency", [0, 1, 3, 20])
def test_every_list_is_made_whatever_the_concurrency(connection: Cluster, namespace: str, concurrency: int) -> None:
    listings = [Listing(MAPS, namespace, f"even={number}") for number in range(6)]
    assert {listing for listing, _ in list_many(connection, listings, concurrency)} == set(listings)


def endless(faulty: FaultyServer, connecting: Connect, options: ConnectOptions) -> Cluster:
    """A server whose lists never end."""
    faulty.answers = [Answer(200, b'{"metadata":{"continue":"t"},"items":[{"metadata":{"name":"a"}}]}')]
    return connecting(ConnectOptions(server=faulty.url, cache=options.cache))


def test_pages_that_nobody_takes_are_not_asked_for(
    faulty: FaultyServer, connecting: Connect, options: ConnectOptions
) -> None:
    connection = endless(faulty, connecting, options)
    listings = [Listing(MAPS, name, "") for name in ("a", "b", "c", "d", "e")]
    pages = list_many(connection, listings, 2)
    assert len(list(islice(pages, 3))) == 3
    # Two LISTs are under way: each has a page in hand, and two wait beside those that were taken.
    assert until(lambda: True if connection.requests == 3 + 2 + 2 else None)
    assert not until_more(connection, 7)
    assert {request.path.split("/")[4] for request in faulty.requests} <= {"a", "b"}
    pages.close()  # type: ignore[attr-defined]
    assert until(lambda: None if listers() else True)
    assert connection.requests <= 9


def until_more(connection: Cluster, requests: int) -> bool:
    """Whether more requests come within a moment."""
    threading.Event().wait(0.3)
    return connection.requests > requests


def test_whoever_stops_early_stops_the_threads(
    faulty: FaultyServer, connecting: Connect, options: ConnectOptions
) -> None:
    connection = endless(faulty, connecting, options)
    listings = [Listing(MAPS, name, "") for name in "abcdefgh"]
    for _ in list_many(connection, listings, 4):
        break
    assert until(lambda: None if listers() else True)


def test_a_lost_connection_ends_all(faulty: FaultyServer, connecting: Connect, options: ConnectOptions) -> None:
    connection = connecting(ConnectOptions(server=faulty.url, cache=options.cache))
    faulty.close()
    listings = [Listing(MAPS, name, "") for name in "abcdef"]
    with pytest.raises(ConnectionFailed, match="127"):
        list(list_many(connection, listings, 3))
    assert until(lambda: None if listers() else True)


def test_a_list_that_starts_again_among_many(
    faulty: FaultyServer, connecting: Connect, options: ConnectOptions
) -> None:
    first = Answer(200, b'{"metadata":{"continue":"t"},"items":[{"metadata":{"name":"a"}}]}')
    expired = Answer(410, b'{"kind":"Status","reason":"Expired","message":"too old"}')
    last = Answer(200, b'{"metadata":{},"items":[{"metadata":{"name":"b"}}]}')
    connection = connecting(ConnectOptions(server=faulty.url, cache=options.cache))
    faulty.answers = [first, expired, first, last]
    pages = [page for _, page in list_many(connection, [Listing(MAPS, "", "")], 4)]
    assert [isinstance(page, Restarted) for page in pages] == [False, True, False]
    # What fails after the first page is an error after the first page, never a list that is merely short.
    faulty.answers = [first, Answer(403, b'{"kind":"Status","reason":"Forbidden","message":"no"}')]
    pages = [page for _, page in list_many(connection, [Listing(MAPS, "", "")], 4)]
    assert [isinstance(page, ApiError) for page in pages] == [False, True]
