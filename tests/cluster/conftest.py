"""Connections of this program to the test's cluster, and a server that answers wrongly on purpose."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from kubectl_gitops.cluster import Cluster as Connection
from kubectl_gitops.cluster import ConnectOptions, connect
from kubectl_gitops.cluster.discovery import Resources, discover
from tests.cluster.faulty import FaultyServer
from tests.harness import Cluster

Found = TypeVar("Found")
Connect = Callable[[ConnectOptions], Connection]


@pytest.fixture
def connecting() -> Iterator[Connect]:
    """``connect``, with the connections closed after the test."""
    opened: list[Connection] = []

    def open_one(options: ConnectOptions) -> Connection:
        opened.append(connect(options))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def options(cluster: Cluster, tmp_path: Path) -> ConnectOptions:
    return ConnectOptions(kubeconfig=str(cluster.kubeconfig), cache=tmp_path / "cache")


@pytest.fixture
def connection(connecting: Connect, options: ConnectOptions) -> Connection:
    """The test's cluster as an admin."""
    return connecting(options)


@pytest.fixture
def resources(connection: Connection) -> Resources:
    return discover(connection)


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    server = FaultyServer()
    yield server
    server.close()


def until(probe: Callable[[], Found | None], seconds: float = 20) -> Found:
    """What the probe returns once it is not None. For what the API server does by itself, a little later."""
    deadline = time.monotonic() + seconds
    while (found := probe()) is None:
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
