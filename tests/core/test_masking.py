from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.masking import (
    CHANGED,
    LAST_APPLIED,
    SECRET,
    mask_body,
    mask_field,
    mask_pair,
    mask_text,
    mask_values,
    secret_values,
)
from kubectl_gitops.core.objects import GroupKind, Json
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.schema import MISSING

KIND = GroupKind("", "Secret")
CONFIG = GroupKind("", "ConfigMap")


def secret(**rest: Json) -> dict[str, Json]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, **rest}


def test_body() -> None:
    annotations = {LAST_APPLIED: '{"data": …}', "other": "kept"}
    body = secret(data={"a": "eA==", "none": None}, stringData={"b": "x"}, type="Opaque")
    body["metadata"] = {"name": "db", "annotations": annotations}
    before = repr(body)
    assert mask_body(body) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "annotations": {LAST_APPLIED: SECRET, "other": "kept"}},
        "data": {"a": SECRET, "none": None},
        "stringData": {"b": SECRET},
        "type": "Opaque",
    }
    assert repr(body) == before


@pytest.mark.parametrize("data", ["hunter22", ["hunter22"], 12345678, {"a": {"b": "hunter22"}}, {"a": ["hunter22"]}])
def test_malformed_data_is_hidden_too(data: Json) -> None:
    assert "hunter22" not in repr(mask_body(secret(data=data)))
    assert "12345678" not in repr(mask_body(secret(data=data)))


def test_other_kinds_lose_only_the_annotation() -> None:
    metadata = {"annotations": {LAST_APPLIED: "x"}}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "x"}}
    assert mask_body(body) == {**body, "metadata": {"annotations": {LAST_APPLIED: SECRET}}}
    other_group = secret(data={"a": "x"}) | {"apiVersion": "vault.example.com/v1"}
    assert mask_body(other_group) == other_group


@pytest.mark.parametrize("metadata", [None, "x", [], {}, {"annotations": None}, {"annotations": "x"}])
def test_odd_metadata_passes(metadata: Json) -> None:
    body = secret() | {"metadata": metadata}
    assert mask_body(body) == body


def test_lists() -> None:
    hidden = secret(data={"a": SECRET})
    assert mask_body({"apiVersion": "v1", "kind": "List", "items": [secret(data={"a": "x"}), "odd"]})["items"] == [
        hidden,
        "odd",
    ]
    listed = {"apiVersion": "v1", "kind": "SecretList", "items": [{"data": {"a": "x"}}]}
    assert mask_body(listed)["items"] == [{"data": {"a": SECRET}}]
    assert mask_body({"apiVersion": "v1", "kind": "List", "items": None})["items"] is None


def test_pair() -> None:
    live, merged = mask_pair(
        secret(data={"same": "x", "changed": "x", "gone": "x"}),
        secret(data={"same": "x", "changed": "y", "new": "y"}),
    )
    assert live is not None
    assert merged is not None
    assert live["data"] == {"same": SECRET, "changed": SECRET, "gone": SECRET}
    assert merged["data"] == {"same": SECRET, "changed": CHANGED, "new": SECRET}
    assert mask_pair(live, merged) == (live, merged)
    assert mask_pair(None, secret(data={"a": "x"})) == (None, secret(data={"a": SECRET}))
    assert mask_pair(secret(data={"a": "x"}), None) == (secret(data={"a": SECRET}), None)
    assert mask_pair(None, None) == (None, None)


@pytest.mark.parametrize(
    ("kind", "path", "value", "shown"),
    [
        (KIND, ("data", "a"), "x", SECRET),
        (KIND, ("stringData", "a"), "x", SECRET),
        (KIND, ("data", "a"), MISSING, MISSING),
        (KIND, ("data", "a"), None, None),
        (KIND, ("data",), {"a": "x"}, {"a": SECRET}),
        (KIND, ("data",), "x", SECRET),
        (KIND, ("type",), "Opaque", "Opaque"),
        (KIND, (), {"data": {"a": "x"}}, {"data": {"a": SECRET}}),
        (CONFIG, ("data", "a"), "x", "x"),
        (
            CONFIG,
            ("metadata", "annotations"),
            {LAST_APPLIED: "x", "b": "y"},
            {LAST_APPLIED: SECRET, "b": "y"},
        ),
        (CONFIG, ("metadata", "annotations", LAST_APPLIED), "x", SECRET),
        (
            CONFIG,
            ("metadata",),
            {"annotations": {LAST_APPLIED: "x"}},
            {"annotations": {LAST_APPLIED: SECRET}},
        ),
    ],
)
def test_field(kind: GroupKind, path: Path, value: Json, shown: Json) -> None:
    assert mask_field(kind, path, value) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (("1", "1", "2"), (SECRET, SECRET, CHANGED)),
        (("1", "2", "1"), (SECRET, CHANGED, SECRET)),
        (("1", "2", "3"), (SECRET, CHANGED, CHANGED)),
        ((MISSING, "1", "2"), (MISSING, SECRET, CHANGED)),
        ((MISSING, MISSING, "2"), (MISSING, MISSING, SECRET)),
        (("1", MISSING, "1"), (SECRET, MISSING, SECRET)),
    ],
)
def test_changed_values_differ(values: tuple[Json, Json, Json], shown: tuple[Json, Json, Json]) -> None:
    once = mask_values(KIND, ("data", "a"), *values)
    assert once == shown
    assert mask_values(KIND, ("data", "a"), *once) == shown


def test_text() -> None:
    encoded = base64.b64encode(b"hunter22\nline two").decode()
    known = secret_values(secret(data={"a": encoded, "short": "eA=="}, stringData={"b": "swordfish", "n": 12345678}))
    message = f'Invalid: "{encoded}": hunter22\nline two; hunter22; "line two"; swordfish c3dvcmRmaXNo 12345678 x'
    shown = mask_text(message, known)
    for word in (encoded, "hunter22", "line two", "swordfish", "c3dvcmRmaXNo", "12345678"):
        assert word not in shown
    assert shown.endswith(" x")
    assert secret_values({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "swordfish"}}) == frozenset()


TEXT = st.text(st.characters(codec=None), max_size=30)
VALUES = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("data", "stringData", "metadata", "type"), VALUES)))
def test_masking_twice_is_masking_once_and_the_shape_stays(rest: dict[str, Json]) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", **rest}
    once = mask_body(body)
    assert mask_body(once) == once
    assert once.keys() == body.keys()
    assert once.get("type") == body.get("type")
    secret_values(body)
