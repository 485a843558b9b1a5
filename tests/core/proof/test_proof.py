"""What leaves an object in doubt before its fields are even looked at, and what every proof must hold."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.path import text
from kubectl_gitops.core.proof import prove
from tests.core.proof.documents import Body, entry, node, verdict

MAP: Body = {"data": {"a": "1"}}


def test_an_object_that_is_being_deleted() -> None:
    live = {**MAP, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    found = verdict("ConfigMap", MAP, live)
    assert found is not None
    assert text(found.path) == "metadata.deletionTimestamp"


def test_an_object_that_we_never_applied() -> None:
    assert verdict("ConfigMap", MAP, MAP, entry({}, "ConfigMap", "kubectl-edit", "Update")) is not None
    assert verdict("ConfigMap", MAP, MAP, entry({}, "ConfigMap", operation="Update")) is not None
    assert verdict("ConfigMap", MAP, MAP, entry({}, "ConfigMap", subresource="status")) is not None


def test_an_object_last_applied_with_another_version() -> None:
    found = verdict("Deployment", {}, {}, {**entry({}, "Deployment"), "apiVersion": "apps/v1beta1"})
    assert found is not None
    assert found.path == ("apiVersion",)


def test_metadata_that_is_none() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": None}
    live = {"metadata": {"managedFields": [entry({}, "ConfigMap")]}}
    found = prove(node("ConfigMap"), body, live, frozenset())
    assert found is not None
    assert found.path == ("metadata",)


def test_no_value_is_in_the_reason() -> None:
    found = verdict("Secret", {"data": {"a": "aHVzaA=="}}, {"data": {"a": "c2VjcmV0"}})
    assert found is not None
    assert "aHVzaA" not in str(found)
    assert "c2VjcmV0" not in str(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["replicas", "paused", "template", "spec", "containers", "name", "env", "ports", "args"])
SHAPES = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["", "web", "1"]) | st.booleans(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)


@given(SHAPES | JSON, SHAPES | JSON)
def test_any_two_bodies_have_a_verdict_and_stay_as_they_are(wanted: Any, has: Any) -> None:
    desired, live = {"spec": wanted}, {"spec": has}
    before = copy.deepcopy((desired, live))
    verdict("Deployment", desired, live)
    verdict("Widget", desired, live)
    assert (desired, live) == before
