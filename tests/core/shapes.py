"""Small OpenAPI documents in the API server's own style, and objects with owners, for tests of the pure core."""

from __future__ import annotations

import json
from typing import Any

from kubectl_gitops.core.objects import FIELD_MANAGER
from kubectl_gitops.core.schema import Node, Schemas

TEXT = {"type": "string"}
TEXTS = {"type": "object", "additionalProperties": TEXT}
COUNT = {"type": "integer", "format": "int32"}
QUANTITY = {"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def keyed(items: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def group_version_kind(group: str, version: str, kind: str) -> list[dict[str, str]]:
    return [{"group": group, "version": version, "kind": kind}]


METADATA = fields(
    name=TEXT,
    namespace=TEXT,
    labels=TEXTS,
    annotations=TEXTS,
    finalizers={"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"},
    ownerReferences=keyed({**fields(uid=TEXT, name=TEXT), "x-kubernetes-map-type": "atomic"}, "uid"),
)
PROTOCOL = {"type": "string", "default": "TCP"}
CONTAINER_PORT = fields(containerPort=COUNT, protocol=PROTOCOL, name=TEXT)
CONTAINER = fields(
    name=TEXT,
    image=TEXT,
    imagePullPolicy=TEXT,
    args={"type": "array", "items": TEXT, "x-kubernetes-list-type": "atomic"},
    env=keyed(fields(name=TEXT, value=TEXT), "name"),
    ports=keyed(CONTAINER_PORT, "containerPort", "protocol"),
    resources=fields(limits={"type": "object", "additionalProperties": QUANTITY}),
)
SELECTOR = {**fields(matchLabels=TEXTS), "x-kubernetes-map-type": "atomic"}
POD_TEMPLATE = fields(metadata=METADATA, spec=fields(containers=keyed(CONTAINER, "name"), nodeName=TEXT))
STRATEGY = fields(type=TEXT, rollingUpdate=fields(maxSurge=COUNT))
SERVICE_PORT = fields(port=COUNT, protocol=PROTOCOL, name=TEXT, nodePort=COUNT)

SCHEMAS = Schemas(
    {
        "io.k8s.apimachinery.pkg.api.resource.Quantity": TEXT,
        "io.k8s.api.apps.v1.Deployment": {
            **fields(
                apiVersion=TEXT,
                kind=TEXT,
                metadata=METADATA,
                spec=fields(replicas=COUNT, selector=SELECTOR, strategy=STRATEGY, template=POD_TEMPLATE),
                status=fields(replicas=COUNT),
            ),
            "x-kubernetes-group-version-kind": group_version_kind("apps", "v1", "Deployment"),
        },
        "io.k8s.api.core.v1.Service": {
            **fields(
                apiVersion=TEXT,
                kind=TEXT,
                metadata=METADATA,
                spec=fields(
                    ports=keyed(SERVICE_PORT, "port", "protocol"),
                    selector={**TEXTS, "x-kubernetes-map-type": "atomic"},
                ),
            ),
            "x-kubernetes-group-version-kind": group_version_kind("", "v1", "Service"),
        },
    }
)


def node_of(api_version: str, kind: str) -> Node:
    node = SCHEMAS.kind(api_version, kind)
    assert node is not None
    return node


DEPLOYMENT = node_of("apps/v1", "Deployment")
SERVICE = node_of("v1", "Service")

CONTAINERS = "spec.template.spec.containers"
"""Where a Deployment's containers are."""


def item(**keys: Any) -> str:
    """An item of an associative list as ``fieldsV1`` names it."""
    return "k:" + json.dumps(dict(sorted(keys.items())), separators=(",", ":"))


def owned(*paths: str) -> dict[str, Any]:
    """A ``fieldsV1`` tree from paths of its tokens, parted by blanks. An item in it is owned itself, as by an apply."""
    tree: dict[str, Any] = {}
    for path in paths:
        at = tree
        for token in path.split(" "):
            at = at.setdefault(token, {})
            if token[:2] == "k:":
                at.setdefault(".", {})
    return tree


def entry(manager: str, *paths: str, operation: str = "Update", subresource: str = "", hour: int = 1) -> dict[str, Any]:
    """An entry of ``managedFields`` as the server writes it."""
    made = {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": f"2026-01-01T{hour:02}:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": owned(*paths),
    }
    return {**made, "subresource": subresource} if subresource else made


def ours(*paths: str) -> dict[str, Any]:
    return entry(FIELD_MANAGER, *paths, operation="Apply")


WEB = item(name="web")
POD = "f:spec f:template f:spec f:containers"


def deployment(spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", **metadata},
        "spec": {} if spec is None else spec,
    }


def pods(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """A Deployment's spec with these containers."""
    return {**spec, "template": {"spec": {"containers": list(containers)}}}


def live(body: dict[str, Any], *owners: dict[str, Any], version: str = "7") -> dict[str, Any]:
    """The object as the cluster has it, with its owners."""
    metadata = {**body["metadata"], "resourceVersion": version, "uid": "u", "managedFields": list(owners)}
    return {**body, "metadata": metadata}
