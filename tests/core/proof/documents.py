"""Small schemas for tests without a server: the definitions' names are the real ones, their fields a few of them."""

from __future__ import annotations

from typing import Any

from kubectl_gitops.core.objects import FIELD_MANAGER
from kubectl_gitops.core.proof import Doubt, prove
from kubectl_gitops.core.schema import Node, Schemas
from tests.core.proof.widgets import DEFINITION

Body = dict[str, Any]

CORE = "io.k8s.api.core.v1."
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
TEXT: Body = {"type": "string"}
NUMBER: Body = {"type": "integer", "format": "int32"}
FLAG: Body = {"type": "boolean"}


def ref(name: str) -> Body:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}


def items(item: Body, **extensions: Any) -> Body:
    return {"type": "array", "items": item} | {f"x-kubernetes-{name}": value for name, value in extensions.items()}


def keyed(item: Body, *keys: str) -> Body:
    return items(item, **{"list-type": "map", "list-map-keys": list(keys)})


def entries(value: Body) -> Body:
    return {"type": "object", "additionalProperties": value}


def struct(**fields: Body) -> Body:
    return {"type": "object", "properties": fields}


def kind(api_version: str, name: str, **fields: Body) -> Body:
    group, _, version = api_version.rpartition("/")
    gvk = {"group": group, "version": version, "kind": name}
    body = struct(apiVersion=TEXT, kind=TEXT, metadata=ref(META + "ObjectMeta"), **fields)
    return body | {"x-kubernetes-group-version-kind": [gvk]}


def _definitions() -> Body:
    ports = keyed(ref(CORE + "ContainerPort"), "containerPort", "protocol")
    quantities = entries(ref(QUANTITY))
    selector = struct(matchLabels=entries(TEXT), matchExpressions=items(struct(key=TEXT)))
    widget = DEFINITION["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    crd = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
    return {
        META + "ObjectMeta": struct(
            name=TEXT, namespace=TEXT, uid=TEXT, generateName=TEXT, labels=entries(TEXT), annotations=entries(TEXT),
            finalizers=items(TEXT, **{"list-type": "set"}), creationTimestamp=ref(META + "Time"),
        ),
        META + "Time": {"type": "string", "format": "date-time"},
        META + "LabelSelector": selector | {"x-kubernetes-map-type": "atomic"},
        QUANTITY: {"oneOf": [TEXT, {"type": "number"}]},
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"format": "int-or-string", "oneOf": [NUMBER, TEXT]},
        "io.k8s.api.apps.v1.Deployment": kind(
            "apps/v1", "Deployment", spec=ref("io.k8s.api.apps.v1.DeploymentSpec"), status=struct(
                replicas=NUMBER, ready=FLAG, phase=TEXT, conditions=keyed(struct(type=TEXT), "type"), names=items(TEXT),
                ratio={"type": "number"}, at=ref(META + "Time"),
            ),
        ),
        "io.k8s.api.apps.v1.DeploymentSpec": struct(
            replicas=NUMBER, paused=FLAG, selector=ref(META + "LabelSelector"), template=ref(CORE + "PodTemplateSpec")
        ),
        CORE + "PodTemplateSpec": struct(metadata=ref(META + "ObjectMeta"), spec=ref(CORE + "PodSpec")),
        CORE + "PodSpec": struct(
            containers=keyed(ref(CORE + "Container"), "name"), hostNetwork=FLAG, nodeSelector=entries(TEXT),
            tolerations=items(struct(key=TEXT), **{"list-type": "atomic"}),
        ),
        CORE + "Container": struct(
            name=TEXT, image=TEXT, tty=FLAG, args=items(TEXT), env=keyed(ref(CORE + "EnvVar"), "name"),
            ports=ports,
            resources=struct(requests=quantities),
        ),
        CORE + "EnvVar": struct(name=TEXT, value=TEXT),
        CORE + "ContainerPort": struct(containerPort=NUMBER, protocol=TEXT | {"default": "TCP"}, name=TEXT),
        CORE + "ConfigMap": kind("v1", "ConfigMap", data=entries(TEXT), immutable=FLAG),
        CORE + "Secret": kind("v1", "Secret", data=entries(TEXT | {"format": "byte"})),
        CORE + "Service": kind("v1", "Service", spec=struct(ports=ports)),
        CORE + "LimitRange": kind("v1", "LimitRange", spec=struct(limits=items(ref(CORE + "LimitRangeItem")))),
        CORE + "LimitRangeItem": struct(
            type=TEXT, max=quantities, min=quantities, default=quantities, defaultRequest=quantities,
            maxLimitRequestRatio=quantities,
        ),
        "io.k8s.api.networking.v1.NetworkPolicy": kind(
            "networking.k8s.io/v1", "NetworkPolicy", spec=ref("io.k8s.api.networking.v1.NetworkPolicySpec")
        ),
        "io.k8s.api.networking.v1.NetworkPolicySpec": struct(
            podSelector=ref(META + "LabelSelector"),
            ingress=items(ref("io.k8s.api.networking.v1.NetworkPolicyIngressRule")),
        ),
        "io.k8s.api.networking.v1.NetworkPolicyIngressRule": struct(
            ports=items(ref("io.k8s.api.networking.v1.NetworkPolicyPort"))
        ),
        "io.k8s.api.networking.v1.NetworkPolicyPort": struct(
            port=ref("io.k8s.apimachinery.pkg.util.intstr.IntOrString"), protocol=TEXT
        ),
        "io.k8s.api.rbac.v1.Role": kind("rbac.authorization.k8s.io/v1", "Role", rules=items(struct(verbs=items(TEXT)))),
        "io.k8s.api.rbac.v1.RoleBinding": kind(
            "rbac.authorization.k8s.io/v1", "RoleBinding", subjects=items(ref("io.k8s.api.rbac.v1.Subject"))
        ),
        "io.k8s.api.rbac.v1.Subject": struct(kind=TEXT, name=TEXT, apiGroup=TEXT),
        crd + "CustomResourceDefinition": kind(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition",
            spec=struct(versions=items(ref(crd + "JSONSchemaProps"))),
        ),
        crd + "JSONSchemaProps": struct(type=TEXT, dependencies=entries({}), default={}),
        "com.example.proof.v1.Widget": kind("proof.example.com/v1", "Widget", **widget),
    }  # fmt: skip


_SCHEMAS = Schemas(_definitions())
VERSIONS = {gvk["kind"]: raw["x-kubernetes-group-version-kind"][0] for raw in _definitions().values()
            for gvk in raw.get("x-kubernetes-group-version-kind", ())}  # fmt: skip


def api_version(name: str) -> str:
    gvk = VERSIONS[name]
    return f"{gvk['group']}/{gvk['version']}".removeprefix("/")


def entry(owned: Body, name: str, manager: str = FIELD_MANAGER, operation: str = "Apply", **more: str) -> Body:
    """One entry of managedFields; ``name`` is the kind's."""
    return {"manager": manager, "operation": operation, "apiVersion": api_version(name), "fieldsV1": owned, **more}


def node(name: str) -> Node:
    found = _SCHEMAS.kind(api_version(name), name)
    assert found is not None
    return found


def verdict(name: str, desired: Body, live: Body, *entries: Body) -> Doubt | None:
    """What ``prove`` says of two bodies without apiVersion, kind and name; without entries, nothing was dropped."""
    managed = list(entries) or [entry({"f:metadata": {}}, name)]
    version = api_version(name)
    metadata = {"name": "x", **desired.get("metadata", {})}
    body = {**desired, "apiVersion": version, "kind": name, "metadata": metadata}
    there = {**live, "metadata": {"name": "x", "uid": "1", **live.get("metadata", {}), "managedFields": managed}}
    return prove(node(name), body, there, frozenset({"status"}))
