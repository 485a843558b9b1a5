import copy
from typing import Any

import pytest

from kubectl_gitops.core.declared import CustomKind, custom_kinds, declare
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.objects import Key, Manifest

SCOPES = {("v1", "ConfigMap"): True, ("v1", "Secret"): True, ("v1", "Namespace"): False}


def scope(api_version: str, kind: str) -> bool | None:
    return SCOPES.get((api_version, kind))


def manifest(kind: str, api_version: str = "v1", **body: Any) -> Manifest:
    return Manifest({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **body}, "a.yaml", 1)


@pytest.mark.parametrize(
    ("kind", "named", "key"),
    [
        ("ConfigMap", None, Key("", "ConfigMap", "shop", "x")),
        ("ConfigMap", "", Key("", "ConfigMap", "shop", "x")),
        ("ConfigMap", "other", Key("", "ConfigMap", "other", "x")),
        ("Namespace", None, Key("", "Namespace", "", "x")),
        ("Namespace", "mistaken", Key("", "Namespace", "", "x")),
        ("Widget", None, Key("", "Widget", "", "x")),
        ("Widget", "other", Key("", "Widget", "other", "x")),
    ],
)
def test_the_namespace_that_an_object_ends_up_in(kind: str, named: str | None, key: Key) -> None:
    given = manifest(kind, metadata={"name": "x", "namespace": named})
    before = copy.deepcopy(given)
    (one,) = declare([given], scope, "shop", "set")
    assert one.key == key
    assert (one.body["metadata"].get("namespace") or "") == key.namespace
    assert one.manifest is given
    assert given == before


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (None, {PART_OF: "set"}),
        ({}, {PART_OF: "set"}),
        ({"app": "web"}, {"app": "web", PART_OF: "set"}),
        ({PART_OF: "another"}, {PART_OF: "set"}),
        (["app"], ["app"]),
    ],
)
def test_every_object_carries_the_label(labels: Any, expected: Any) -> None:
    (one,) = declare([manifest("ConfigMap", metadata={"name": "x", "labels": labels})], scope, "shop", "set")
    assert one.body["metadata"]["labels"] == expected


def test_the_texts_of_a_secret_are_sent_as_data() -> None:
    (one,) = declare([manifest("Secret", stringData={"a": "b"})], scope, "shop", "set")
    assert one.body["data"] == {"a": "Yg=="}
    assert "stringData" not in one.body


def test_objects_stay_in_order() -> None:
    given = [manifest("Namespace"), manifest("ConfigMap")]
    assert [one.manifest for one in declare(given, scope, "shop", "set")] == given


def definition(spec: Any, api_version: str = "apiextensions.k8s.io/v1") -> Manifest:
    return manifest("CustomResourceDefinition", api_version, spec=spec)


SPEC = {
    "group": "example.com",
    "scope": "Namespaced",
    "names": {"kind": "Widget", "plural": "widgets"},
    "versions": [{"name": "v1", "served": True}, {"name": "v2", "served": True}, {"name": "v0", "served": False}],
}


def test_custom_kinds_that_the_source_defines() -> None:
    kind = CustomKind("widgets", namespaced=True)
    expected = {("example.com/v1", "Widget"): kind, ("example.com/v2", "Widget"): kind}
    assert custom_kinds([manifest("ConfigMap"), definition(SPEC)]) == expected


def test_a_cluster_scoped_kind() -> None:
    found = custom_kinds([definition({**SPEC, "scope": "Cluster"})])
    assert not found["example.com/v1", "Widget"].namespaced


@pytest.mark.parametrize(
    "spec", [None, {}, [], {"versions": None}, {"versions": ["v1"]}, {**SPEC, "versions": {"a": 1}}]
)
def test_definitions_that_define_nothing(spec: Any) -> None:
    assert custom_kinds([definition(spec)]) == {}


def test_other_groups_have_definitions_of_their_own() -> None:
    assert custom_kinds([definition(SPEC, "example.com/v1")]) == {}
