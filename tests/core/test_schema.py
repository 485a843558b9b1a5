"""Schemas as a real API server publishes them, and its own bookkeeping as the judge of how they are read."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_gitops.core.managed import entries, leaves, our_entry
from kubectl_gitops.core.objects import FIELD_MANAGER, Json
from kubectl_gitops.core.path import Item, Member, Path, parse, text
from kubectl_gitops.core.schema import MISSING, Merge, Node, Schemas
from tests.harness import Cluster


def document(cluster: Cluster, name: str) -> Schemas:
    return Schemas(cluster.raw("GET", f"/openapi/v3/{name}")["components"]["schemas"])


def at(schemas: Schemas, api_version: str, kind: str, path: str) -> Node:
    node = schemas.kind(api_version, kind)
    for step in parse(path):
        assert node is not None
        node = node.field(step) if isinstance(step, str) else node.items
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("kind", "path", "merge", "keys"),
    [
        ("Pod", "spec.containers", Merge.ASSOCIATIVE, ("name",)),
        ("Pod", "spec.containers[0].ports", Merge.ASSOCIATIVE, ("containerPort", "protocol")),
        ("Pod", "spec.containers[0].env", Merge.ASSOCIATIVE, ("name",)),
        ("Pod", "spec.containers[0].args", Merge.ATOMIC, ()),
        ("Pod", "spec.containers[0].resources.limits", Merge.MAP, ()),
        ("Pod", "spec.containers[0].resources.limits.cpu", Merge.SCALAR, ()),
        ("Pod", "spec.containers[0].livenessProbe.httpGet.port", Merge.SCALAR, ()),
        ("Pod", "spec.containers[0].env[0].valueFrom.secretKeyRef", Merge.ATOMIC, ()),
        ("Pod", "spec.volumes", Merge.ASSOCIATIVE, ("name",)),
        ("Pod", "spec.imagePullSecrets", Merge.ASSOCIATIVE, ("name",)),
        ("Pod", "spec.hostAliases", Merge.ASSOCIATIVE, ("ip",)),
        ("Pod", "spec.topologySpreadConstraints", Merge.ASSOCIATIVE, ("topologyKey", "whenUnsatisfiable")),
        ("Pod", "spec.tolerations", Merge.ATOMIC, ()),
        ("Pod", "spec.nodeSelector", Merge.ATOMIC, ()),
        ("Pod", "metadata.finalizers", Merge.SET, ()),
        ("Pod", "metadata.ownerReferences", Merge.ASSOCIATIVE, ("uid",)),
        ("Pod", "metadata.ownerReferences[0]", Merge.ATOMIC, ()),
        ("Pod", "metadata.labels", Merge.MAP, ()),
        ("Pod", "metadata.creationTimestamp", Merge.SCALAR, ()),
        ("Service", "spec.ports", Merge.ASSOCIATIVE, ("port", "protocol")),
        ("Service", "spec.ports[0].targetPort", Merge.SCALAR, ()),
        ("Service", "spec.selector", Merge.ATOMIC, ()),
        ("ServiceAccount", "secrets", Merge.ASSOCIATIVE, ("name",)),
        ("ConfigMap", "data", Merge.MAP, ()),
    ],
)
def test_how_built_in_fields_merge(cluster: Cluster, kind: str, path: str, merge: Merge, keys: tuple[str, ...]) -> None:
    node = at(document(cluster, "api/v1"), "v1", kind, path)
    assert (node.merge, node.key_fields) == (merge, keys)


def test_keys_that_are_left_out_have_defaults(cluster: Cluster) -> None:
    schemas = document(cluster, "api/v1")
    assert at(schemas, "v1", "Pod", "spec.containers[0].ports").key_default("protocol") == "TCP"
    assert at(schemas, "v1", "Service", "spec.ports").key_default("protocol") == "TCP"
    assert at(schemas, "v1", "Pod", "spec.containers").key_default("image") is MISSING


def test_formats_and_unknown_names(cluster: Cluster) -> None:
    schemas = document(cluster, "api/v1")
    assert at(schemas, "v1", "Pod", "spec.containers[0].resources.requests.memory").format == "quantity"
    assert at(schemas, "v1", "Service", "spec.ports[0].targetPort").format == "int-or-string"
    assert at(schemas, "v1", "Pod", "metadata.creationTimestamp").format == "date-time"
    spec = at(schemas, "v1", "Pod", "spec")
    assert (spec.field("contaners"), spec.has_fields, spec.is_struct_field("containers")) == (None, True, True)
    assert not at(schemas, "v1", "Pod", "metadata.labels").has_fields
    assert schemas.kind("v1", "Deployment") is None
    assert schemas.kind("apps/v1", "Pod") is None


def test_a_schema_that_holds_itself(cluster: Cluster) -> None:
    schemas = document(cluster, "apis/apiextensions.k8s.io/v1")
    path = "spec.versions[0].schema.openAPIV3Schema"
    node = at(schemas, "apiextensions.k8s.io/v1", "CustomResourceDefinition", path + ".properties.a.properties.b")
    assert node.is_struct_field("x-kubernetes-list-type")


SPEC: dict[str, Any] = {
    "listeners": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "port"],
                  "items": {"type": "object", "required": ["name"], "properties": {
                      "name": {"type": "string"}, "port": {"type": "integer", "default": 80},
                      "options": {"type": "array", "items": {"type": "string"}}}}},
    "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
    "plain": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
    "port": {"x-kubernetes-int-or-string": True},
    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True,
             "properties": {"known": {"type": "integer"}}},
    "anything": {"x-kubernetes-preserve-unknown-fields": True},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "nested": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
    "fixed": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}}},
    "template": {"type": "object", "x-kubernetes-embedded-resource": True,
                 "x-kubernetes-preserve-unknown-fields": True},
    "description": {"type": "string", "default": "none"},
}  # fmt: skip


@pytest.fixture
def widgets(cluster: Cluster, namespace: str) -> Iterator[str]:
    """The group of a custom resource Widget (v1) whose fields merge in every way there is."""
    group = f"{namespace}.example.com"
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": SPEC}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "metadata": {"name": f"widgets.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "versions": [version],
                 "names": {"plural": "widgets", "kind": "Widget"}},
    }  # fmt: skip
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    cluster.raw("POST", path, definition)
    deadline = time.monotonic() + 20
    while f"apis/{group}/v1?" not in str(cluster.raw("GET", "/openapi/v3")):
        assert time.monotonic() < deadline, "the definition's schema was not published in time"
        time.sleep(0.05)
    yield group
    cluster.raw("DELETE", f"{path}/widgets.{group}")


def expected(node: Node | None, value: Json, here: Path = ()) -> Iterator[Path]:
    """The fields that an applier of this value owns, by the rules of KEP-555 on top of ``Schemas``."""
    merge = node.merge if node else Merge.UNKNOWN
    if isinstance(value, dict) and value and merge in (Merge.MAP, Merge.UNKNOWN):
        for key, below in value.items():
            yield from expected(node.field(key) if node else None, below, (*here, key))
    elif isinstance(value, list) and value and merge is Merge.SET:
        yield from ((*here, Member(member)) for member in value)
    elif isinstance(value, list) and value and merge is Merge.ASSOCIATIVE:
        assert node is not None
        for item in value:
            keys = Item(tuple((key, item.get(key, node.key_default(key))) for key in sorted(node.key_fields)))
            yield from expected(node.items, item, (*here, keys))
    else:
        yield here


CONTAINER = {
    "name": "web",
    "image": "web:1",
    "args": ["a", "b"],
    "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP", "name": "dns"}],
    "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}, "requests": {"cpu": 1}},
    "livenessProbe": {"httpGet": {"port": "http", "httpHeaders": [{"name": "A", "value": "b"}]}},
    "securityContext": {"capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "data", "mountPath": "/data"}],
}
POD = {
    "containers": [CONTAINER],
    "volumes": [{"name": "data", "configMap": {"name": "web", "items": [{"key": "a", "path": "b"}]}},
                {"name": "tmp", "emptyDir": {}}],
    "nodeSelector": {"a": "b"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}]}}},
    "imagePullSecrets": [{"name": "pull"}],
    "topologySpreadConstraints": [{"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
                                   "labelSelector": {"matchLabels": {"app": "web"}}}],
}  # fmt: skip
META = {
    "labels": {"app": "web", "example.com/a": "b"},
    "annotations": {"a.b/c": "d"},
    "finalizers": ["a.example.com/b"],
}
SELECTOR = {"matchLabels": {"app": "web"}}
OBJECTS: list[dict[str, Any]] = [
    {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": META,
     "spec": {"replicas": 0, "selector": SELECTOR, "strategy": {"rollingUpdate": {"maxSurge": "50%"}},
              "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD}}},
    {"apiVersion": "v1", "kind": "Service", "metadata": {},
     "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http", "name": "http"},
                                                    {"port": 53, "protocol": "UDP", "name": "dns"}]}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {"a": "1", "b.c-d": "2"}, "binaryData": {}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {}, "secrets": [{"name": "a"}],
     "imagePullSecrets": [{"name": "b"}]},
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {},
     "spec": {"podSelector": SELECTOR, "policyTypes": ["Egress"],
              "egress": [{"ports": [{"port": 53, "protocol": "UDP"}], "to": [{"podSelector": {}}]}]}},
    {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {},
     "spec": {"rules": [{"host": "a.b", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
         "service": {"name": "web", "port": {"number": 80}}}}]}}], "tls": [{"hosts": ["a.b"]}]}},
    {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {},
     "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {},
     "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
              "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {
                  "type": "Utilization", "averageUtilization": 50}}}]}},
    {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {},
     "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": {
         "restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}}}}},
    {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {},
     "spec": {"minAvailable": "50%", "selector": SELECTOR}},
]  # fmt: skip
WIDGET = {
    "listeners": [{"name": "a", "options": ["x"]}, {"name": "b", "port": 443}],
    "tags": ["x", "y"],
    "plain": [{"a": "1"}],
    "port": "http",
    "free": {"known": 1, "other": {"deep": {"list": [{"a": 1}], "x": 1}}, "empty": {}},
    "anything": {"a": {"b": [1, 2]}, "c": "d"},
    "labels": {"a.b/c": "d"},
    "nested": {"one": {"a": "1"}},
    "fixed": {"a": "1"},
    "template": {"apiVersion": "v1", "kind": "ConfigMap",
                 "metadata": {"name": "a", "finalizers": ["a.example.com/b"], "labels": {"a": "b"}},
                 "data": {"a": "b"}},
    "description": "text",
}  # fmt: skip


def owned(cluster: Cluster, path: str, body: dict[str, Any]) -> set[str]:
    """Apply the object and return the paths that the server then records as ours."""
    query = f"fieldManager={FIELD_MANAGER}&force=true"
    live = cluster.raw("PATCH", f"{path}?{query}", body, "application/apply-patch+yaml")
    entry = our_entry(entries(live))
    assert entry is not None
    return {text(leaf) for leaf in leaves(entry.fields)}


def declared(schemas: Schemas, body: dict[str, Any]) -> set[str]:
    """The paths that we think the server will record; it never records the identity."""
    metadata = {key: value for key, value in body["metadata"].items() if key not in ("name", "namespace")}
    content = {key: value for key, value in body.items() if key not in ("apiVersion", "kind")} | {"metadata": metadata}
    if not metadata:
        del content["metadata"]
    return {text(path) for path in expected(schemas.kind(body["apiVersion"], body["kind"]), content)}


@pytest.mark.parametrize("body", OBJECTS, ids=lambda body: str(body["kind"]))
def test_the_server_splits_built_in_objects_into_the_same_fields(
    cluster: Cluster, namespace: str, body: dict[str, Any]
) -> None:
    group = body["apiVersion"]
    root = f"apis/{group}" if "/" in group else f"api/{group}"
    kind = body["kind"].lower()
    plural = "networkpolicies" if kind == "networkpolicy" else "ingresses" if kind == "ingress" else f"{kind}s"
    named = body | {"metadata": body["metadata"] | {"name": "web"}}
    path = f"/{root}/namespaces/{namespace}/{plural}/web"
    try:
        assert owned(cluster, path, named) == declared(document(cluster, root), named)
    finally:
        if body["metadata"].get("finalizers"):
            cluster.raw("PATCH", path, {"metadata": {"finalizers": None}}, "application/merge-patch+json")


def test_the_server_splits_custom_resources_into_the_same_fields(
    cluster: Cluster, namespace: str, widgets: str
) -> None:
    body = {"apiVersion": f"{widgets}/v1", "kind": "Widget", "metadata": {"name": "web"}, "spec": WIDGET}
    schemas = document(cluster, f"apis/{widgets}/v1")
    path = f"/apis/{widgets}/v1/namespaces/{namespace}/widgets/web"
    assert owned(cluster, path, body) == declared(schemas, body)
    spec = at(schemas, f"{widgets}/v1", "Widget", "spec")
    listeners = spec.field("listeners")
    assert spec.custom
    assert listeners is not None
    assert listeners.key_default("port") == 80
    assert listeners.key_default("name") is MISSING
    described = spec.field("description")
    assert described is not None
    assert described.default == "none"


def test_the_older_merge_keys_count_where_list_types_are_missing() -> None:
    """Documents of 1.27 and of some aggregated APIs have them alone (k8s.io/kube-openapi, pkg/schemaconv)."""
    merge = {"type": "array", "items": {"type": "object"}, "x-kubernetes-patch-strategy": "merge,retainKeys"}
    spec = {"type": "object", "properties": {"a": merge | {"x-kubernetes-patch-merge-key": "name"}, "b": merge,
                                             "c": merge | {"x-kubernetes-list-type": "atomic"}}}  # fmt: skip
    kinds = [{"group": "example.com", "version": "v1", "kind": "Widget"}]
    node = Schemas({"w": spec | {"x-kubernetes-group-version-kind": kinds}}).kind("example.com/v1", "Widget")
    assert node is not None
    found = [node.field(name) for name in "abc"]
    assert [field.merge for field in found if field] == [Merge.ASSOCIATIVE, Merge.SET, Merge.ATOMIC]


@pytest.mark.parametrize(
    ("definition", "raw", "merge"),
    [
        ("io.k8s.apimachinery.pkg.runtime.RawExtension", {"type": "object"}, Merge.ATOMIC),
        ("io.k8s.api.example.v1.IntOrBool", {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, Merge.SCALAR),
        ("com.example.v1.Either", {"anyOf": [{"type": "integer"}, {"type": "object"}]}, Merge.UNKNOWN),
        ("com.example.v1.Anything", {}, Merge.UNKNOWN),
    ],
)
def test_definitions_that_say_little(definition: str, raw: dict[str, Any], merge: Merge) -> None:
    field = {"$ref": f"#/components/schemas/{definition}"}
    kind = {
        "type": "object",
        "properties": {"field": field},
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "X"}],
    }
    node = Schemas({"com.example.v1.X": kind, definition: raw}).kind("example.com/v1", "X")
    assert node is not None
    below = node.field("field")
    assert below is not None
    assert (below.merge, repr(below)) == (merge, f"Node({definition}, {merge})")
