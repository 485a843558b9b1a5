"""What we own and no longer declare, and who else keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from kubectl_gitops.core.path import text
from kubectl_gitops.core.proof.dropped import find
from kubectl_gitops.core.proof.rules import of_kind
from tests.core.proof.documents import Body, entry, node, verdict

A = 'k:{"name":"A"}'
B = 'k:{"name":"B"}'
WEB = 'k:{"name":"web"}'
ITEM: Body = {".": {}, "f:name": {}, "f:value": {}}


def deployment(*env: str, **spec: Any) -> Body:
    variables = [{"name": name, "value": "1"} for name in env]
    return {"spec": {"template": {"spec": {"containers": [{"name": "web", "env": variables}]}}, **spec}}


def env(**owned: Body) -> Body:
    """The ownership of variables of the container: ``A`` and ``B`` by name."""
    items: Body = {".": {}} | {f'k:{{"name":"{name}"}}': below for name, below in owned.items()}
    return inside({".": {}, "f:name": {}, "f:env": items})


def inside(container: Body) -> Body:
    return {"f:spec": {"f:template": {"f:spec": {"f:containers": {WEB: container}}}}}


OURS = entry(env(A=ITEM, B=ITEM), "Deployment")
LIVE = deployment("A", "B")


def other(owned: Body, operation: str = "Update", **more: str) -> Body:
    return entry(owned, "Deployment", "somebody", operation, **more)


def test_nothing_dropped_is_clean() -> None:
    assert verdict("Deployment", deployment("A", "B"), LIVE, OURS) is None


def test_a_dropped_item_is_doubted_at_its_place() -> None:
    found = verdict("Deployment", deployment("A"), LIVE, OURS)
    assert found is not None
    assert text(found.path) == "spec.template.spec.containers[name=web].env[name=B]"


def test_a_dropped_item_that_is_gone_anyway_is_clean() -> None:
    assert verdict("Deployment", deployment("A"), deployment("A"), OURS) is None


@pytest.mark.parametrize("operation", ["Update", "Apply"])
def test_an_item_stays_whose_membership_and_fields_another_owns(operation: str) -> None:
    keeper = other(env(B=ITEM), operation)
    assert verdict("Deployment", deployment("A"), LIVE, OURS, keeper) is None


@pytest.mark.parametrize(
    "owned",
    [
        {"f:name": {}, "f:value": {}},  # not the item itself
        {".": {}, "f:name": {}},  # not all that we own of it
    ],
)
def test_an_item_goes_of_which_another_owns_only_a_part(owned: Body) -> None:
    assert verdict("Deployment", deployment("A"), LIVE, OURS, other(env(B=owned))) is not None


def test_two_others_keep_an_item_together() -> None:
    keepers = other(env(B={".": {}, "f:name": {}})), other(env(B={"f:value": {}}), subresource="x")
    assert verdict("Deployment", deployment("A"), LIVE, OURS, *keepers) is None


def test_our_own_update_keeps_it_too() -> None:
    keeper = entry(env(B=ITEM), "Deployment", operation="Update")
    assert verdict("Deployment", deployment("A"), LIVE, OURS, keeper) is None


def test_nobody_keeps_anything_where_an_entry_has_another_version() -> None:
    keepers = other(env(B=ITEM)), {**other({}), "apiVersion": "apps/v1beta1"}
    assert verdict("Deployment", deployment("A"), LIVE, OURS, *keepers) is not None


def test_a_struct_stays_of_which_another_owns_any_part() -> None:
    owned: Body = {"f:spec": {"f:template": {"f:metadata": {}}, "f:paused": {}}}
    live: Body = {"spec": {"paused": True, "template": {"metadata": {"labels": {"a": "b"}}}}}
    keeper = other({"f:spec": {"f:template": {"f:metadata": {"f:labels": {"f:a": {}}}}}})
    desired = {"spec": {"paused": True}}
    assert verdict("Deployment", desired, live, entry(owned, "Deployment"), keeper) is None
    assert verdict("Deployment", desired, live, entry(owned, "Deployment")) is not None


def test_a_key_that_a_user_chose_needs_an_owner_of_itself() -> None:
    owned: Body = {"f:data": {".": {}, "f:a": {}}}
    ours, live = entry(owned, "ConfigMap"), {"data": {"a": "1", "b": "2"}}
    assert verdict("ConfigMap", {"data": {"b": "2"}}, live, ours) is not None
    keeper = entry({"f:data": {"f:a": {}}}, "ConfigMap", "somebody", "Update")
    assert verdict("ConfigMap", {"data": {"b": "2"}}, live, ours, keeper) is None


def test_a_custom_resources_default_comes_back() -> None:
    ours = entry({"f:spec": {"f:size": {}, "f:flag": {}}}, "Widget")
    assert verdict("Widget", {"spec": {"flag": True}}, {"spec": {"flag": True, "size": 3}}, ours) is None
    assert verdict("Widget", {"spec": {"flag": True}}, {"spec": {"flag": True, "size": 4}}, ours) is not None
    # Nothing is left of the map that would have the default.
    assert verdict("Widget", {"spec": {}}, {"spec": {"size": 3}}, ours) is not None


def test_a_set_drops_members() -> None:
    ours = entry({"f:spec": {"f:tags": {'v:"a"': {}, 'v:"b"': {}}}}, "Widget")
    live: Body = {"spec": {"tags": ["a", "b", "c"]}}
    assert verdict("Widget", {"spec": {"tags": ["a", "b"]}}, live, ours) is None
    found = verdict("Widget", {"spec": {"tags": ["a"]}}, live, ours)
    assert found is not None
    assert text(found.path) == 'spec.tags[="b"]'


def test_a_custom_resources_structure_does_not_come_back() -> None:
    ours = entry({"f:spec": {"f:flag": {}, "f:nested": {}}}, "Widget")
    live = {"spec": {"flag": True, "nested": {"deep": {"filled": 7}}}}
    assert verdict("Widget", {"spec": {"flag": True}}, live, ours) is not None


def test_fields_owned_below_what_is_a_text_now() -> None:
    ours = entry({"f:spec": {"f:anything": {"f:a": {"f:b": {}}}}}, "Widget")
    body = {"spec": {"anything": {"a": "text"}}}
    assert verdict("Widget", body, body, ours) is not None


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        ([{"value": "1"}], [{"name": "A"}]),
        ([{"name": "A"}], [{"name": True}]),
        ([{"name": "A"}, {"name": "A"}], [{"name": "A"}]),
        ([{"name": "A"}], [{"name": "A"}, {"name": "A"}]),
    ],
)
def test_items_that_can_not_be_told_apart_are_doubted_here_too(declared: list[Body], live: list[Body]) -> None:
    # Their values are never proven clean; the other half of the proof does not rely on that.
    rule = of_kind(node("Deployment"))
    for name in ("spec", "template", "spec", "containers"):
        below = rule.fields[name]
        assert below is not None
        rule = below
    assert rule.item is not None
    owned = {"f:env": {".": {}, A: ITEM}}
    assert find(rule.item, owned, {"env": declared}, {"env": live}, []) is not None


@pytest.mark.parametrize(
    "owned",
    [
        inside({"f:env": {"x:unknown": {}}}),
        inside({"f:env": {"k:{broken": {}}}),
        inside({"f:env": {'k:{"name":true}': ITEM}}),
        inside({"f:env": {'k:{"other":"A"}': ITEM}}),
        inside({"f:env": {'v:"A"': {}}}),
        inside({"f:env": {'k:{"name":"A"}': ITEM, 'k:{"name": "A"}': ITEM}}),
        inside({"i:0": {}}),
        inside({"f:args": {"f:x": {}}}),
    ],
)
def test_ownership_that_can_not_be_read_is_doubted(owned: Body) -> None:
    desired = deployment("A")
    desired["spec"]["template"]["spec"]["containers"][0]["args"] = ["x"]
    assert verdict("Deployment", desired, desired, entry(owned, "Deployment")) is not None
