"""Reading the live side: as few requests as will do, and what can't be read is said."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import Cluster as Connection
from kubectl_gitops.cluster import ConnectOptions, Resource, connect
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.objects import Key, key_of
from kubectl_gitops.pipeline.live import LIST_FROM, Wanted, read_members, read_missing
from tests.controlplane import ControlPlane
from tests.harness import Cluster

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True, frozenset({"list", "get"}), frozenset())
SERVICES = Resource("", "v1", "Service", "services", True, frozenset({"list", "get"}), frozenset())
NODES = Resource("", "v1", "Node", "nodes", False, frozenset({"list", "get"}), frozenset())
UNSERVED = Resource("no.example.com", "v1", "Nothing", "nothings", True, frozenset({"list"}), frozenset())
REVIEWS = Resource(
    "authentication.k8s.io", "v1", "TokenReview", "tokenreviews", False, frozenset({"create"}), frozenset()
)


@pytest.fixture
def connection(cluster: Cluster, tmp_path: Path) -> Iterator[Connection]:
    made = connect(ConnectOptions(kubeconfig=str(cluster.kubeconfig), cache=tmp_path / "cache"))
    yield made
    made.close()


@pytest.fixture
def restricted(control_plane: ControlPlane, cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Connection]:
    """Someone who may read ConfigMaps in the test's namespace, and nothing else."""
    kubeconfig = control_plane.user()
    rules = "--verb=get,list", "--resource=configmaps"
    cluster.kubectl("create", "role", "reader", *rules)
    cluster.kubectl("create", "rolebinding", "reader", "--role=reader", f"--user={kubeconfig.stem}")
    made = connect(ConnectOptions(kubeconfig=str(kubeconfig), cache=tmp_path / "cache"))
    yield made
    made.close()


def make(cluster: Cluster, count: int, applyset: str = "") -> list[Key]:
    labels = {PART_OF: applyset} if applyset else {}
    for number in range(count):
        body = {"metadata": {"name": f"map-{number}", "labels": labels}}
        cluster.raw("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps", body)
    return [Key("", "ConfigMap", cluster.namespace, f"map-{number}") for number in range(count)]


def wanted(keys: list[Key], *recorded: Resource, applyset: str = "a", namespaces: tuple[str, ...] = ()) -> Wanted:
    return Wanted(dict.fromkeys(keys, MAPS), recorded, frozenset(namespaces), applyset)


def members(connection: Connection, what: Wanted) -> tuple[set[Key], tuple[str, ...]]:
    seen: list[Any] = []
    gaps = read_members(connection, what, 4, seen.append)
    return {key_of(body) for body in seen}, gaps


def missing(connection: Connection, what: Wanted, keys: list[Key]) -> tuple[set[Key], dict[Key, str]]:
    seen: list[Any] = []
    unreadable = read_missing(connection, what, keys, 4, seen.append)
    return {key_of(body) for body in seen}, dict(unreadable)


def test_each_kind_is_listed_once(connection: Connection, cluster: Cluster) -> None:
    applyset = cluster.namespace
    keys = make(cluster, 3, applyset)
    found, gaps = members(connection, wanted(keys, SERVICES, REVIEWS, applyset=applyset))
    assert (found, gaps) == (set(keys), ())
    assert connection.requests == 2


def test_a_list_that_fails_is_a_gap(connection: Connection, cluster: Cluster) -> None:
    keys = make(cluster, 1, cluster.namespace)
    found, (gap,) = members(connection, wanted(keys, UNSERVED, applyset=cluster.namespace))
    assert found == set(keys)
    assert gap.startswith("Nothing: ")


def test_where_a_list_is_forbidden_each_namespace_is_listed(restricted: Connection, cluster: Cluster) -> None:
    keys = make(cluster, 2, cluster.namespace)
    what = wanted(keys, NODES, applyset=cluster.namespace, namespaces=(cluster.namespace, "elsewhere"))
    found, gaps = members(restricted, what)
    assert found == set(keys)
    assert sorted(gap.partition(":")[0] for gap in gaps) == ["ConfigMap in elsewhere", "Node"]


def test_a_stripped_label_is_no_deletion(connection: Connection, cluster: Cluster) -> None:
    keys = make(cluster, 2)
    what = wanted([*keys, keys[0]._replace(name="absent")])
    assert members(connection, what)[0] == set()
    before = connection.requests
    assert missing(connection, what, list(what.declared)) == (set(keys), {})
    assert connection.requests - before == 3


def test_many_missing_are_listed(connection: Connection, cluster: Cluster) -> None:
    keys = make(cluster, LIST_FROM + 1)
    beside = make_one(cluster, "beside")
    absent = keys[0]._replace(name="absent")
    found, unreadable = missing(connection, wanted([*keys, absent]), [*keys, absent])
    assert (found, unreadable) == (set(keys), {})
    assert beside not in found
    assert connection.requests == 1


def make_one(cluster: Cluster, name: str) -> Key:
    cluster.kubectl("create", "configmap", name)
    return Key("", "ConfigMap", cluster.namespace, name)


def test_what_can_not_be_read_is_not_absent(restricted: Connection, cluster: Cluster) -> None:
    readable, absent = make(cluster, 1)[0], Key("", "ConfigMap", cluster.namespace, "absent")
    forbidden = [absent._replace(namespace="default", name=f"map-{number}") for number in range(LIST_FROM + 1)]
    keys = [readable, absent, *forbidden]
    found, unreadable = missing(restricted, wanted(keys), keys)
    assert found == {readable}
    assert unreadable.keys() == set(forbidden)
    assert "forbidden" in unreadable[forbidden[0]] or "may not" in unreadable[forbidden[0]]
