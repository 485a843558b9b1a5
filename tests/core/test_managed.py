from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.managed import (
    Entry,
    entries,
    holds,
    leaves,
    our_entry,
    owners_of,
    owns_above,
    step,
    subtree,
)
from kubectl_gitops.core.path import Item, Member, Path, Step
from tests.core.shapes import DEPLOYMENT, POD, SERVICE, WEB, deployment, entry, item, live, ours, owned

WEB_ITEM = Item((("name", "web"),))
CONTAINERS: Path = ("spec", "template", "spec", "containers")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"metadata": None},
        {"metadata": {}},
        {"metadata": {"managedFields": None}},
        {"metadata": {"managedFields": []}},
    ],
)
def test_an_object_without_owners(body: dict[str, Any]) -> None:
    assert entries(body) == ()
    assert our_entry(entries(body)) is None


def test_entries_as_the_server_writes_them() -> None:
    body = live(deployment(), ours("f:spec f:replicas"), {"manager": None, "time": None, "fieldsV1": None})
    first, second = entries(body)
    assert first == Entry("kubectl-gitops", "Apply", "", "v1", "2026-01-01T01:00:00Z", {"f:spec": {"f:replicas": {}}})
    assert second == Entry("", "", "", "", "", {})


@pytest.mark.parametrize(
    ("written", "is_ours"),
    [
        (entry("kubectl-gitops", "f:a", operation="Apply"), True),
        (entry("kubectl-gitops", "f:a", operation="Update"), False),
        (entry("kubectl-gitops", "f:a", operation="Apply", subresource="scale"), False),
        (entry("kubectl", "f:a", operation="Apply"), False),
    ],
)
def test_which_entry_is_ours(written: dict[str, Any], is_ours: bool) -> None:
    found = entries(live(deployment(), written))
    assert (our_entry(found) is not None) is is_ours


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("f:spec", "spec"),
        ("f:", ""),
        ("f:example.com/a:b", "example.com/a:b"),
        ('k:{"containerPort":80,"protocol":"TCP"}', Item((("containerPort", 80), ("protocol", "TCP")))),
        ('v:"a:b"', Member("a:b")),
        ("v:1", Member(1)),
        ("i:3", 3),
        (".", None),
        ("z:later", None),
    ],
)
def test_tokens(token: str, expected: Step | None) -> None:
    assert step(token) == expected


def test_what_is_owned_below_a_path() -> None:
    port = item(containerPort=80, protocol="TCP")
    fields = owned(
        f"{POD} {WEB} f:image", f"{POD} {WEB} f:ports {port} f:containerPort", 'f:metadata f:finalizers v:"x"'
    )
    web: Path = (*CONTAINERS, WEB_ITEM)
    reversed_keys = Item((("protocol", "TCP"), ("containerPort", 80)))
    assert subtree(fields, ()) == fields
    assert subtree(fields, (*web, "image")) == {}
    assert subtree(fields, (*web, "ports", reversed_keys)) == {".": {}, "f:containerPort": {}}
    assert subtree(fields, (*web, "name")) is None
    assert subtree(fields, (*CONTAINERS, Item((("name", "other"),)))) is None
    assert subtree(fields, ("metadata", "finalizers", Member("x"))) == {}
    assert subtree(fields, ("metadata", "finalizers", Member("y"))) is None


def test_an_atomic_value_is_owned_with_everything_in_it() -> None:
    fields = owned("f:spec f:selector")
    assert owns_above(fields, ("spec", "selector", "app"), SERVICE)
    assert owns_above(fields, ("spec", "selector", "matchLabels", "app"), DEPLOYMENT)
    assert not owns_above(fields, ("spec", "selector"), SERVICE)
    assert not owns_above(owned("f:spec f:ports"), ("spec", "selector", "app"), SERVICE)


def test_owning_an_empty_map_is_not_owning_what_others_put_into_it() -> None:
    """A manifest with ``resources: {}`` leaves limits to others."""
    fields = owned(f"{POD} {WEB} f:resources")
    limits: Path = (*CONTAINERS, WEB_ITEM, "resources", "limits", "cpu")
    assert not owns_above(fields, limits, DEPLOYMENT)
    assert not owns_above(fields, limits)
    assert owners_of(entries(live(deployment(), ours(f"{POD} {WEB} f:resources"))), limits, DEPLOYMENT) == ()


def test_without_a_schema_lists_are_atomic_and_maps_are_not() -> None:
    assert owns_above(owned("f:spec f:args"), ("spec", "args", 0))
    assert owns_above(owned("f:spec f:args"), ("spec", "args", 0, "name"))
    assert not owns_above(owned("f:spec f:map"), ("spec", "map", "a"))


def test_holding_a_field_itself() -> None:
    fields = owned(f"{POD} {WEB} f:image", "f:spec f:selector")
    web: Path = (*CONTAINERS, WEB_ITEM)
    assert holds(fields, (*web, "image"), DEPLOYMENT)
    assert not holds(fields, web, DEPLOYMENT)
    assert holds(owned(f"{POD} {WEB}"), web, DEPLOYMENT)
    assert holds(fields, ("spec", "selector", "matchLabels"), DEPLOYMENT)
    assert not holds(fields, (*web, "env"), DEPLOYMENT)


def test_owners_of_a_field_and_of_what_is_below_it() -> None:
    body = live(
        deployment(),
        ours(f"{POD} {WEB} f:image"),
        entry("kubectl-set", f"{POD} {WEB} f:env {item(name='A')} f:value"),
        entry("kubectl", "f:spec f:replicas", subresource="scale"),
    )
    owners = entries(body)

    def managers(path: Path) -> list[str]:
        return [one.manager for one in owners_of(owners, path, DEPLOYMENT)]

    assert managers((*CONTAINERS, WEB_ITEM)) == ["kubectl-gitops", "kubectl-set"]
    assert managers((*CONTAINERS, WEB_ITEM, "env")) == ["kubectl-set"]
    assert managers(("spec", "replicas")) == ["kubectl"]
    assert managers(("spec", "strategy")) == []


def test_leaves_leave_out_what_has_children_and_what_is_not_understood() -> None:
    fields = owned("f:spec f:replicas", f"{POD} {WEB} f:image", f"{POD} {item(name='bare')}", "z:later")
    assert list(leaves(fields)) == [
        ("spec", "replicas"),
        (*CONTAINERS, WEB_ITEM, "image"),
        (*CONTAINERS, Item((("name", "bare"),))),
    ]


NAMES = st.sampled_from(["f:a", "f:b", item(name="x"), item(port=1, protocol="TCP"), 'v:"m"', "i:0"])
TREES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.just({}), lambda below: st.dictionaries(NAMES | st.just("."), below, max_size=3), max_leaves=12
)


@given(TREES)
def test_every_leaf_is_found_and_held(fields: dict[str, Any]) -> None:
    for leaf in leaves(fields):
        assert subtree(fields, leaf) is not None
        assert holds(fields, leaf)
        assert all(subtree(fields, leaf[:length]) is not None for length in range(len(leaf)))
