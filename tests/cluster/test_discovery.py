"""Which kinds there are, read from a real API server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import Cluster, ConnectOptions
from kubectl_gitops.cluster.discovery import Resources, discover
from kubectl_gitops.cluster.discovery import resources as read
from kubectl_gitops.errors import Failed
from tests.cluster.conftest import Connect, until
from tests.cluster.faulty import Answer, FaultyServer
from tests.harness import Cluster as Harness


def test_built_in_kinds(resources: Resources) -> None:
    deployment = resources.find("apps/v1", "Deployment")
    assert deployment is not None
    assert (deployment.plural, deployment.namespaced, deployment.api_version) == (
        "deployments",
        True,
        "apps/v1",
    )
    assert deployment.subresources == {"scale", "status"}
    assert {"get", "list", "patch", "delete"} <= deployment.verbs
    assert deployment.path("shop", "web") == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert deployment.path("") == "/apis/apps/v1/deployments"
    role = resources.find("rbac.authorization.k8s.io/v1", "ClusterRole")
    assert role is not None
    assert role.path("ignored", "system:a/b") == "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a%2Fb"
    node = resources.find("v1", "Node")
    assert node is not None
    assert (node.group, node.path("", "n1")) == ("", "/api/v1/nodes/n1")
    assert resources.find("apps/v1beta1", "Deployment") is None
    assert resources.find("v1", "Deployment") is None
    assert resources.unreachable == frozenset()


def test_the_servers_preferred_version(resources: Resources) -> None:
    scaler = resources.preferred("autoscaling", "HorizontalPodAutoscaler")
    assert scaler is not None
    assert scaler.version == "v2"
    assert resources.find("autoscaling/v1", "HorizontalPodAutoscaler") is not None
    assert resources.preferred("apps", "Nothing") is None


@pytest.mark.parametrize("word", ["deploy", "Deployment", "deployments", "deployments.apps", "DEPLOY.apps"])
def test_how_people_call_a_kind(resources: Resources, word: str) -> None:
    assert [found.kind for found in resources.named(word)] == ["Deployment"]


def test_what_nobody_calls_a_kind(resources: Resources) -> None:
    assert resources.named("deploy.batch") == ()
    assert {found.group for found in resources.named("events")} == {"", "events.k8s.io"}


def test_what_did_not_change_is_not_sent_again(
    connecting: Connect, options: ConnectOptions, connection: Cluster, resources: Resources
) -> None:
    again = connecting(options)
    statuses = []
    send = again.request

    def noting(*args: Any, **kwargs: Any) -> Any:
        answer = send(*args, **kwargs)
        statuses.append(answer.status)
        return answer

    again.request = noting  # type: ignore[method-assign]
    assert discover(again) == resources
    assert statuses == [304, 304]


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"etag": "x"}', b'{"etag": 1, "body": {}}'])
def test_a_damaged_cache_is_replaced(connection: Cluster, resources: Resources, damage: bytes) -> None:
    files = list((connection.cache / "discovery").glob("*/*.json"))
    assert len(files) == 2
    for file in files:
        file.write_bytes(damage)
    assert discover(connection) == resources
    assert all(json.loads(file.read_bytes())["body"]["kind"] == "APIGroupDiscoveryList" for file in files)


def test_a_new_definition_is_found_by_asking_again(
    connection: Cluster, resources: Resources, cluster: Harness, namespace: str
) -> None:
    group = f"{namespace}.example.com"
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object"}},
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "versions": [version],
                 "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]}},
    }  # fmt: skip
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert resources.find(f"{group}/v1", "Widget") is None
    cluster.raw("POST", path, definition)
    try:
        found = until(lambda: discover(connection).find(f"{group}/v1", "Widget"))
        assert (found.plural, found.namespaced, found.short_names) == ("widgets", True, ("wd",))
    finally:
        cluster.raw("DELETE", f"{path}/widgets.{group}")


@pytest.fixture
def broken_api(cluster: Harness, namespace: str) -> Iterator[str]:
    """The group/version of an aggregated API that nobody answers for."""
    group, path = f"{namespace}.broken.example.com", "/apis/apiregistration.k8s.io/v1/apiservices"
    spec = {"group": group, "version": "v1", "groupPriorityMinimum": 1000, "versionPriority": 1,
            "insecureSkipTLSVerify": True, "service": {"name": "nobody", "namespace": namespace}}  # fmt: skip
    cluster.raw("POST", path, {"metadata": {"name": f"v1.{group}"}, "spec": spec})
    yield f"{group}/v1"
    cluster.raw("DELETE", f"{path}/v1.{group}")


def test_an_api_that_does_not_answer_is_unknown_not_absent(connection: Cluster, broken_api: str) -> None:
    found = until(lambda: found if broken_api in (found := discover(connection)).unreachable else None)
    group = broken_api.partition("/")[0]
    assert found.find(broken_api, "Widget") is None
    assert found.is_unknown(group)
    assert not found.is_unknown("apps")


def test_a_server_without_aggregated_discovery(faulty: FaultyServer, connecting: Connect, tmp_path: Path) -> None:
    faulty.answers = [Answer(200, b'{"kind":"APIVersions","versions":["v1"]}')]
    with pytest.raises(Failed, match=r"Kubernetes 1\.27 or later is needed"):
        discover(connecting(replace(ConnectOptions(server=faulty.url), cache=tmp_path)))


def test_kinds_of_the_beta_format_and_groups_that_serve_only_subresources() -> None:
    """As 1.27 to 1.29 answer with v2beta1, where a kind's own group and version may be left out."""
    widget = {"resource": "widgets", "responseKind": {"group": "", "version": "", "kind": "Widget"},
              "scope": "Cluster", "verbs": ["get"]}  # fmt: skip
    placeholder = {"resource": "gone", "responseKind": {}, "subresources": [{"subresource": "scale"}]}
    version = {"version": "v1", "resources": [widget, placeholder], "freshness": "Stale"}
    found = read([{"metadata": {"name": "example.com"}, "versions": [version]}])
    assert [resource.kind for resource in found.all] == ["Widget"]
    assert found.unreachable == {"example.com/v1"}
