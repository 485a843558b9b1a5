"""The API server as the judge: what a forced dry run of our apply says, and the ways others change what is there."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlencode

from kubectl_gitops.core.objects import FIELD_MANAGER
from kubectl_gitops.core.schema import Node, Schemas
from tests.controlplane import Api, ApiError
from tests.core.proof.generate import KINDS, Kind
from tests.core.proof.mutate import change, drop, other_value, places, reorder, respell, subset
from tests.core.proof.widgets import DEFINITION
from tests.core.proof.workloads import Body

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
MANAGERS = ("kubectl-edit", "kubectl-set", "controller", FIELD_MANAGER)


class Server:
    """One connection to the API server, with the schemas of the kinds that are drawn."""

    def __init__(self, api: Api, namespace: str) -> None:
        self.api = api
        self.namespace = namespace
        self.nodes: dict[str, Node] = {}
        self.subresources: dict[str, frozenset[str]] = {}

    def prepare(self) -> None:
        """Make the namespace and the CRD, and read the schemas once the CRD's are published."""
        for path, body in (
            ("/api/v1/namespaces", {"metadata": {"name": self.namespace}}),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION),
        ):
            try:
                self.api.request("POST", path, body)
            except ApiError as error:
                if error.status != 409:
                    raise
        for kind in KINDS:
            self._read(kind)

    def _read(self, kind: Kind) -> None:
        for _ in range(3000):
            try:
                document = self.api.request("GET", f"/openapi/v3{kind.prefix}")
                resources = self.api.request("GET", kind.prefix)["resources"]
            except ApiError as error:
                if error.status not in (404, 503):
                    raise
                continue
            node = Schemas(document.get("components", {}).get("schemas", {})).kind(kind.api_version, kind.kind)
            if node is not None and any(item["name"] == kind.plural for item in resources):
                names = [item["name"].split("/") for item in resources]
                self.nodes[kind.kind] = node
                self.subresources[kind.kind] = frozenset(
                    name[1] for name in names if name[0] == kind.plural and len(name) > 1
                )
                return
        raise RuntimeError(f"the server publishes no schema for {kind.kind}")

    def path(self, kind: Kind, name: str) -> str:
        scope = f"/namespaces/{self.namespace}" if kind.namespaced else ""
        return f"{kind.prefix}{scope}/{kind.plural}/{name}"

    def apply(self, kind: Kind, body: Body, manager: str = FIELD_MANAGER, dry_run: bool = False) -> Body:
        options = {"fieldManager": manager, "force": "true"} | ({"dryRun": "All"} if dry_run else {})
        path = self.path(kind, body["metadata"]["name"])
        return self.api.request("PATCH", f"{path}?{urlencode(options)}", body, APPLY)

    def read(self, kind: Kind, name: str) -> Body:
        return self.api.request("GET", self.path(kind, name))

    def patch(self, kind: Kind, name: str, body: Any, content_type: str, manager: str) -> Body:
        return self.api.request("PATCH", f"{self.path(kind, name)}?fieldManager={manager}", body, content_type)

    def delete(self, kind: Kind, name: str) -> None:
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        self.api.request("DELETE", self.path(kind, name), options)

    def unchanged(self, kind: Kind, desired: Body, live: Body) -> bool | None:
        """Whether applying would change nothing; None where live moved in between.

        Raises ApiError where the apply is refused.
        """
        after = self.apply(kind, desired, dry_run=True)
        if after["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]:
            return None
        return comparable(after) == comparable(live)


def comparable(body: Body) -> str:
    metadata = {
        name: item for name, item in body["metadata"].items() if name not in ("managedFields", "resourceVersion")
    }
    return json.dumps({**body, "metadata": metadata}, sort_keys=True)


Mutation = Callable[[Random, Server, Kind, Body, Body], None]
"""Changes what is in the cluster, given what was declared and what is there."""


def _put(make: Callable[[Random, Body], None]) -> Mutation:
    def mutation(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
        body = copy.deepcopy(live)
        make(random, body)
        path = f"{server.path(kind, live['metadata']['name'])}?fieldManager={random.choice(MANAGERS)}"
        server.api.request("PUT", path, body)

    return mutation


def _nothing_new(random: Random, body: Body) -> None:
    """A write that changes nothing."""


def _leaf(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    """Another manager takes one of our leaves over, deep inside, and maybe puts our value back."""
    body = copy.deepcopy(live)
    leaves = [
        (container, key)
        for name in body
        if name not in ("apiVersion", "kind", "metadata", "status")
        for container, key in places(body[name])
        if type(container[key]) in (str, int, bool)
    ]
    if not leaves:
        return
    container, key = random.choice(leaves)
    was = container[key]
    container[key] = other_value(random, was)
    path = f"{server.path(kind, live['metadata']['name'])}?fieldManager=controller"
    changed = server.api.request("PUT", path, body)
    if random.random() < 0.6:
        container[key] = was
        body["metadata"]["resourceVersion"] = changed["metadata"]["resourceVersion"]
        server.api.request("PUT", path, body)


def _labels(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    value = random.choice(("1", "x", None))
    body = {"metadata": {random.choice(("labels", "annotations")): {random.choice(("app", "new", "a")): value}}}
    server.patch(kind, live["metadata"]["name"], body, MERGE, random.choice(MANAGERS))


def _environment(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    """As kubectl set env and kubectl set image do; kinds without containers get a label."""
    variables = [{"name": random.choice(("A", "B", "NEW")), "value": random.choice(("1", "new"))}]
    inner: Body = {"spec": {"containers": [{"name": "c0", "env": variables}]}}
    if kind.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
        _labels(random, server, kind, desired, live)
        return
    if random.random() < 0.3:
        inner = {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01"}}}
    content_type = "application/strategic-merge-patch+json"
    server.patch(kind, live["metadata"]["name"], {"spec": {"template": inner}}, content_type, "kubectl-set")


def _other_applier(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    """Somebody else applies part of what we declare, unchanged or not; or we do."""
    body = subset(random, desired, random.choice((0.4, 0.7, 0.9, 1)))
    if random.random() < 0.4:
        change(random, body)
    server.apply(kind, body, random.choice(("other", "other", "third", FIELD_MANAGER)))


def _scale(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    if "scale" in server.subresources[kind.kind]:
        path = f"{server.path(kind, live['metadata']['name'])}/scale?fieldManager=kubectl"
        server.api.request("PATCH", path, {"spec": {"replicas": random.randint(0, 4)}}, MERGE)


def _reset(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    patch = [{"op": "replace", "path": "/metadata/managedFields", "value": [{}]}]
    server.patch(kind, live["metadata"]["name"], patch, "application/json-patch+json", "kubectl")


def _own_update(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> None:
    """Our manager's name, but by an Update: an owner beside our Apply entry."""
    body = {name: item for name, item in subset(random, desired, 0.5).items() if name not in ("apiVersion", "kind")}
    server.patch(kind, live["metadata"]["name"], body, MERGE, FIELD_MANAGER)


MUTATIONS: tuple[tuple[Mutation, int], ...] = (
    (_put(change), 4), (_put(drop), 3), (_put(reorder), 3), (_put(respell), 2), (_put(_nothing_new), 1), (_leaf, 5),
    (_labels, 2), (_environment, 3), (_other_applier, 6), (_scale, 1), (_reset, 1), (_own_update, 1),
)  # fmt: skip


def disturb(random: Random, server: Server, kind: Kind, desired: Body, live: Body) -> bool:
    """Change live in one random way; False where the server refuses that."""
    mutation = random.choices([one for one, _ in MUTATIONS], [weight for _, weight in MUTATIONS])[0]
    try:
        mutation(random, server, kind, desired, live)
    except ApiError as error:
        if error.status in (400, 403, 404, 409, 415, 422, 500):
            return False
        raise
    return True
