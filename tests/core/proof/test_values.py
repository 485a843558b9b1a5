"""What is declared against what is there, rule by rule; ownership is kept out of it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_gitops.core.path import text
from tests.core.proof.documents import Body, verdict


def deployment(**spec: Any) -> Body:
    return {"spec": spec}


def pod(**spec: Any) -> Body:
    return deployment(template={"spec": spec})


def created(time: str) -> Body:
    return deployment(template={"metadata": {"creationTimestamp": time}})


def container(**fields: Any) -> Body:
    return pod(containers=[{"name": "web", **fields}])


def widget(**spec: Any) -> Body:
    return {"spec": spec}


def policy_ports(*ports: Body) -> Body:
    return {"spec": {"podSelector": {}, "ingress": [{"ports": list(ports)}]}}


def binding(*subjects: Body) -> Body:
    return {"subjects": list(subjects)}


HTTP = {"containerPort": 80, "protocol": "TCP"}
DNS = {"containerPort": 53, "protocol": "UDP"}

CLEAN: list[tuple[str, str, Body, Body]] = [
    ("equal", "Deployment", deployment(replicas=2), deployment(replicas=2)),
    ("defaults beside it", "Deployment", deployment(replicas=2), deployment(replicas=2, paused=True)),
    ("an integral float", "Deployment", deployment(replicas=2.0), deployment(replicas=2)),
    ("a false left out", "Deployment", deployment(paused=False), deployment()),
    ("a null left out", "Deployment", deployment(replicas=None), deployment()),
    ("a null for a null", "Role", {"rules": None}, {"rules": None}),
    ("an empty list for a null", "Role", {"rules": []}, {"rules": None}),
    ("an empty associative list", "Deployment", pod(containers=[]), container()),
    ("a key's default", "Deployment", container(ports=[{"containerPort": 80}]), container(ports=[HTTP])),
    ("a part of a list in order", "Deployment", container(ports=[DNS]), container(ports=[HTTP, DNS])),
    ("a quantity by value", "Deployment", container(resources={"requests": {"cpu": "1000m"}}),
     container(resources={"requests": {"cpu": "1"}})),
    ("a null in a map of strings", "ConfigMap", {"data": {"a": None}}, {"data": {"a": ""}}),
    ("base64 with line breaks", "Secret", {"data": {"a": "YW\nJj"}}, {"data": {"a": "YWJj"}}),
    ("a policy port's protocol", "NetworkPolicy", policy_ports({"port": 80}),
     policy_ports({"port": 80, "protocol": "TCP"})),
    ("a user's group", "RoleBinding", binding({"kind": "User", "name": "u"}),
     binding({"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"})),
    ("a zero inside an atomic value", "RoleBinding", binding({"kind": "User", "name": "u", "apiGroup": ""}),
     binding({"kind": "User", "name": "u"})),
    ("a container's limits", "LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1000m"}}]}},
     {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}, "default": {"cpu": "1"},
                           "defaultRequest": {"cpu": "1"}}]}}),
    ("a set", "Widget", widget(tags=["a", "c"]), widget(tags=["a", "b", "c"])),
    ("an untyped map", "Widget", widget(anything={"a": {"b": 1}}), widget(anything={"a": {"b": 1, "c": 2}, "d": 3})),
    ("a default inside an atomic list", "Widget", widget(plain=[{"k": "a"}]),
     widget(plain=[{"k": "a", "d": "dd", "n": {"x": 1}}])),
    ("a port as it is", "Widget", widget(port="80"), widget(port="80")),
    ("a float", "Widget", widget(ratio=0.5), widget(ratio=0.5)),
    ("a status that is ignored", "Deployment", {"status": {"replicas": 3}}, {"status": {"replicas": 1}}),
    ("an empty status", "Deployment", {"status": {}}, {}),
    ("an empty list for a null in an atomic value", "Role", {"rules": [{"verbs": []}]}, {"rules": [{"verbs": None}]}),
    ("an untyped value in an atomic one", "CustomResourceDefinition", {"spec": {"versions": [{"default": {"a": [1]}}]}},
     {"spec": {"versions": [{"default": {"a": [1]}}]}}),
    ("a time by value", "Deployment", created("2026-01-01T01:00:00+01:00"), created("2026-01-01T00:00:00Z")),
    ("a status that fits", "Deployment", {"status": {"replicas": None, "ready": True, "phase": "x", "conditions":
     [{"type": "A"}, {"type": "B"}], "names": ["a", "a"]}}, {}),
    ("a limit beside a limit", "LimitRange", {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}},
     {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "1"}}]}}),
    ("a null time", "Deployment", deployment(template={"metadata": {"creationTimestamp": None}}),
     deployment(template={"metadata": {}})),
]  # fmt: skip

DOUBTED: list[tuple[str, str, Body, Body, str]] = [
    ("another value", "Deployment", deployment(replicas=2), deployment(replicas=3), "spec.replicas"),
    ("true is not 1", "Deployment", deployment(replicas=True), deployment(replicas=1), "spec.replicas"),
    ("1 is not true", "Deployment", deployment(paused=1), deployment(paused=True), "spec.paused"),
    ("text is no number", "Deployment", deployment(replicas="2"), deployment(replicas=2), "spec.replicas"),
    ("a null for a value", "Deployment", deployment(replicas=None), deployment(replicas=3), "spec.replicas"),
    ("a zero that a pointer keeps", "Deployment", deployment(replicas=0), deployment(), "spec.replicas"),
    ("absent", "Deployment", deployment(replicas=1), deployment(), "spec.replicas"),
    ("an unknown field", "Deployment", deployment(replica=1), deployment(), "spec.replica"),
    ("a map for a list", "Deployment", pod(containers={"a": 1}), container(),
     "spec.template.spec.containers"),
    ("a missing item", "Deployment", container(ports=[HTTP, DNS]), container(ports=[HTTP]),
     "spec.template.spec.containers[name=web].ports[containerPort=53,protocol=UDP]"),
    ("another order", "Deployment", container(ports=[DNS, HTTP]), container(ports=[HTTP, DNS]),
     "spec.template.spec.containers[name=web].ports"),
    ("an item twice", "Deployment", container(ports=[HTTP, HTTP]), container(ports=[HTTP, DNS]),
     "spec.template.spec.containers[name=web].ports"),
    ("an item twice in the cluster", "Deployment", container(ports=[HTTP]), container(ports=[HTTP, HTTP]),
     "spec.template.spec.containers[name=web].ports"),
    ("an item without its key", "Deployment", pod(containers=[{"image": "a"}]), container(image="a"),
     "spec.template.spec.containers"),
    ("an item that is none", "Deployment", pod(containers=["web"]), container(), "spec.template.spec.containers"),
    ("another quantity", "Deployment", container(resources={"requests": {"cpu": "1"}}),
     container(resources={"requests": {"cpu": "2"}}),
     "spec.template.spec.containers[name=web].resources.requests.cpu"),
    ("an atomic map with a key more", "Deployment", deployment(selector={"matchLabels": {"a": "b"}}),
     deployment(selector={"matchLabels": {"a": "b", "c": "d"}}), "spec.selector.matchLabels.c"),
    ("an atomic list with an item more", "Deployment", pod(tolerations=[{"key": "a"}]),
     pod(tolerations=[{"key": "a"}, {"key": "b"}]), "spec.template.spec.tolerations"),
    ("an atomic list with another item", "Deployment", container(args=["a"]), container(args=["b"]),
     "spec.template.spec.containers[name=web].args[0]"),
    ("an atomic list reordered", "Deployment", container(args=["a", "b"]), container(args=["b", "a"]),
     "spec.template.spec.containers[name=web].args[0]"),
    ("an unknown field in an atomic list", "Deployment", pod(tolerations=[{"keys": "a"}]), pod(tolerations=[{}]),
     "spec.template.spec.tolerations[0].keys"),
    ("null in an atomic list", "Deployment", pod(tolerations=[None]), pod(tolerations=[{"key": "a"}]),
     "spec.template.spec.tolerations[0]"),
    ("a service account's group", "RoleBinding", binding({"kind": "ServiceAccount", "name": "u"}),
     binding({"kind": "ServiceAccount", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}),
     "subjects[0].apiGroup"),
    ("a claim's limits", "LimitRange", {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"a": "1"}}]}},
     {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"a": "1"}, "default": {"a": "1"}}]}},
     "spec.limits[0].default"),
    ("an absent key of a map", "ConfigMap", {"data": {"a": ""}}, {"data": {}}, "data.a"),
    ("null for a text", "ConfigMap", {"data": {"a": None}}, {"data": {"a": "x"}}, "data.a"),
    ("no base64", "Secret", {"data": {"a": "%"}}, {"data": {"a": "YQ=="}}, "data.a"),
    ("a custom zero", "Widget", widget(flag=False), widget(), "spec.flag"),
    ("a custom null", "Widget", widget(nothing=None), widget(), "spec.nothing"),
    ("a custom empty list for a null", "Widget", widget(words=[]), widget(words=None), "spec.words"),
    ("a custom quantity keeps its text", "Widget", widget(quantity="1000m"), widget(quantity="1"), "spec.quantity"),
    ("a custom time keeps its text", "Widget", widget(when="2026-01-01T01:00:00+01:00"),
     widget(when="2026-01-01T00:00:00Z"), "spec.when"),
    ("80 is not text", "Widget", widget(port=80), widget(port="80"), "spec.port"),
    ("a set in another order", "Widget", widget(tags=["b", "a"]), widget(tags=["a", "b"]), "spec.tags"),
    ("a missing member", "Widget", widget(tags=["x"]), widget(tags=["a"]), 'spec.tags[="x"]'),
    ("an untyped list", "Widget", widget(anything={"a": [1]}), widget(anything={"a": [1, 2]}), "spec.anything.a"),
    ("1.0 in an untyped list", "Widget", widget(anything={"a": [1.0]}), widget(anything={"a": [1]}),
     "spec.anything.a"),
    ("another default inside an atomic list", "Widget", widget(plain=[{"k": "a"}]),
     widget(plain=[{"k": "a", "d": "other"}]), "spec.plain[0].d"),
    ("a status that is refused", "Deployment", {"status": {"replicas": "3"}}, {}, "status"),
    ("an unknown status", "Deployment", {"status": {"x": 1}}, {}, "status"),
    ("an untyped value in an atomic one", "CustomResourceDefinition", {"spec": {"versions": [{"default": {"a": 1}}]}},
     {"spec": {"versions": [{"default": {"a": 2}}]}}, "spec.versions[0].default"),
    ("an unknown field beside known ones of an atomic list", "Deployment", pod(tolerations=[{"key": "a", "x": "b"}]),
     pod(tolerations=[{"key": "a", "x": "c"}]), "spec.template.spec.tolerations[0].x"),
    ("an unknown default of a limit", "LimitRange", {"spec": {"limits": [{"type": "Container"}]}},
     {"spec": {"limits": [{"type": "Container", "maxLimitRequestRatio": {"a": "1"}}]}},
     "spec.limits[0].maxLimitRequestRatio"),
    ("no set of texts", "Widget", widget(tags=[True]), widget(tags=[True]), "spec.tags"),
    ("a status with an item without key", "Deployment", {"status": {"conditions": [{"x": "a"}]}}, {}, "status"),
    ("a status with an item twice", "Deployment", {"status": {"conditions": [{"type": "A"}, {"type": "A"}]}}, {},
     "status"),
    ("a status with a float", "Deployment", {"status": {"ratio": 0.5}}, {}, "status"),
    ("a status with a time", "Deployment", {"status": {"at": "now"}}, {}, "status"),
    ("an unknown kind of status", "Widget", {"status": {"x": 1}}, {}, "status"),
    ("a uid", "ConfigMap", {"metadata": {"uid": "1"}}, {}, "metadata.uid"),
    ("a name to generate", "ConfigMap", {"metadata": {"generateName": ""}}, {}, "metadata.generateName"),
    ("a time of creation", "ConfigMap", {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}}, {},
     "metadata.creationTimestamp"),
    ("a label", "ConfigMap", {"metadata": {"labels": {"a": "b"}}}, {"metadata": {"labels": {"a": "c"}}},
     "metadata.labels.a"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "desired", "live"), [case[1:] for case in CLEAN], ids=[case[0] for case in CLEAN])
def test_clean(kind: str, desired: Body, live: Body) -> None:
    assert verdict(kind, desired, live) is None


@pytest.mark.parametrize(
    ("kind", "desired", "live", "place"), [case[1:] for case in DOUBTED], ids=[case[0] for case in DOUBTED]
)
def test_doubted(kind: str, desired: Body, live: Body, place: str) -> None:
    found = verdict(kind, desired, live)
    assert found is not None
    assert text(found.path) == place
