import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.fields import (
    Difference,
    atomic_around,
    child,
    differences,
    entries,
    in_order_of,
    item_step,
    overlay,
    position_of,
    same,
    schema_at,
    value_at,
    with_value,
)
from kubectl_gitops.core.path import Item, Member, Step, parse, starts_with, text
from kubectl_gitops.core.schema import MISSING, Merge, Node
from tests.core.objects import DEPLOYMENTS, fields_of, is_key, shuffled
from tests.core.shapes import CONTAINERS, DEPLOYMENT, SERVICE, deployment, pods


def path_of(written: str) -> Any:
    return parse(written)


def at(node: Node, written: str) -> Node:
    below = schema_at(node, path_of(written))
    assert below is not None
    return below


PORTS = at(SERVICE, "spec.ports")
FINALIZERS = at(DEPLOYMENT, "metadata.finalizers")


def found(node: Node | None, left: Any, right: Any) -> list[tuple[str, Any, Any]]:
    return [(text(one.path), one.left, one.right) for one in differences(node, left, right) if not one.order]


def port(number: int, protocol: str = "TCP") -> Item:
    return Item((("port", number), ("protocol", protocol)))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (False, False, True),
        (None, None, True),
        (None, {}, False),
        (None, MISSING, False),
        (MISSING, MISSING, True),
        ("1", 1, False),
        ([1, {"a": 2.0}], [1.0, {"a": 2}], True),
        ([1], [1, 2], False),
        ([1, 2], [2, 1], False),
        ([], {}, False),
        ({"a": None}, {}, False),
        ({"a": 1}, [1], False),
    ],
)
def test_equality_as_json_has_it(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected
    assert same(other, one) is expected


@pytest.mark.parametrize(
    ("item", "step"),
    [
        ({"port": 80, "protocol": "UDP"}, port(80, "UDP")),
        ({"port": 80}, port(80)),
        ({"protocol": "UDP"}, None),
        ({"port": {"a": 1}}, None),
        ({"port": [80]}, None),
        ({"port": None}, Item((("port", None), ("protocol", "TCP")))),
        ("80", None),
        (None, None),
    ],
)
def test_what_names_an_item(item: Any, step: Item | None) -> None:
    assert item_step(PORTS, item) == step


@pytest.mark.parametrize(
    ("node", "values", "steps"),
    [
        (PORTS, [{"port": 1}, {"port": 1, "protocol": "UDP"}], [port(1), port(1, "UDP")]),
        (PORTS, [{"port": 1}, {"port": 1, "protocol": "TCP"}], None),
        (PORTS, [{"name": "a"}], None),
        (PORTS, [], []),
        (PORTS, None, None),
        (PORTS, {"port": 1}, None),
        (PORTS, MISSING, None),
        (None, [{"port": 1}], None),
        (FINALIZERS, ["a", "b"], [Member("a"), Member("b")]),
        (FINALIZERS, ["a", "a"], None),
        (FINALIZERS, [{"a": 1}], None),
        (FINALIZERS, [["a"]], None),
    ],
)
def test_entries(node: Node | None, values: Any, steps: list[Step] | None) -> None:
    by_step = entries(node, values)
    assert (None if by_step is None else list(by_step)) == steps


def test_walking_the_schema() -> None:
    assert schema_at(DEPLOYMENT, ()) is DEPLOYMENT
    assert schema_at(None, ("a", 0)) is None
    assert schema_at(DEPLOYMENT, ("spec", "unknown", "more")) is None
    assert child(PORTS, port(80)) is PORTS.items
    assert at(DEPLOYMENT, f"{CONTAINERS}[name=web].image").merge is Merge.SCALAR


@pytest.mark.parametrize(
    ("node", "path", "whole"),
    [
        (SERVICE, "spec.selector.app", "spec.selector"),
        (SERVICE, "spec.selector", None),
        (DEPLOYMENT, "spec.selector.matchLabels.app", "spec.selector"),
        (DEPLOYMENT, f"{CONTAINERS}[name=web].args[0]", f"{CONTAINERS}[name=web].args"),
        (DEPLOYMENT, f"{CONTAINERS}[name=web].image", None),
        (DEPLOYMENT, f"{CONTAINERS}[name=web].image.more", f"{CONTAINERS}[name=web].image"),
        (None, "spec.list[0].a", "spec.list"),
        (None, "spec.map.a", None),
    ],
)
def test_the_atomic_value_that_a_path_leads_into(node: Node | None, path: str, whole: str | None) -> None:
    assert atomic_around(node, path_of(path)) == (None if whole is None else path_of(whole))


OBJECT = deployment(
    pods({"name": "web", "args": ["a", "b"], "ports": [{"containerPort": 80}], "env": None}), finalizers=["x"]
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "web"),
        ("metadata.name.more", MISSING),
        ("metadata.labels.app", MISSING),
        (f"{CONTAINERS}[name=web].args[1]", "b"),
        (f"{CONTAINERS}[name=web].args[2]", MISSING),
        (f"{CONTAINERS}[name=other].args", MISSING),
        (f"{CONTAINERS}[name=web].ports[containerPort=80,protocol=TCP]", {"containerPort": 80}),
        (f"{CONTAINERS}[name=web].ports[protocol=TCP,containerPort=80]", {"containerPort": 80}),
        (f"{CONTAINERS}[name=web].ports[containerPort=80,protocol=UDP]", MISSING),
        (f"{CONTAINERS}[name=web].env", None),
        (f"{CONTAINERS}[name=web].env[name=A]", MISSING),
        (f"{CONTAINERS}[name=web].env[0]", MISSING),
        ('metadata.finalizers[="x"]', "x"),
        ('metadata.finalizers[="y"]', MISSING),
    ],
)
def test_finding_a_field(path: str, value: Any) -> None:
    assert value_at(DEPLOYMENT, OBJECT, path_of(path)) == value


def test_finding_an_item_without_a_schema() -> None:
    assert position_of(None, ["x", {"name": "a"}, {"name": "b"}], Item((("name", "b"),))) == 2
    assert position_of(None, [True, 1], Member(1)) == 1
    assert position_of(None, {"name": "b"}, Item((("name", "b"),))) is None


@pytest.mark.parametrize(
    ("node", "left", "right", "expected"),
    [
        (None, {"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", 1, 2)]),
        (None, {"a": [1]}, {"a": [2]}, [("a", [1], [2])]),
        (None, {}, {"a": {"b": {"c": 1}}}, [("a.b.c", MISSING, 1)]),
        (None, {"a": {"b": 1, "c": 2}}, {}, [("a.b", 1, MISSING), ("a.c", 2, MISSING)]),
        (None, {}, {"a": {}}, [("a", MISSING, {})]),
        (None, {"a": None}, {"a": {"b": 1}}, [("a", None, {"b": 1})]),
        (None, {"a": None}, {}, [("a", None, MISSING)]),
        (None, {"a": "b"}, {"a": {"b": 1}}, [("a", "b", {"b": 1})]),
        (PORTS, [{"port": 1}], [{"port": 1, "protocol": "TCP"}], [("[port=1,protocol=TCP].protocol", MISSING, "TCP")]),
        (PORTS, [{"port": 1}], [], [("[port=1,protocol=TCP]", {"port": 1}, MISSING)]),
        (PORTS, MISSING, [{"port": 1}], [("", MISSING, [{"port": 1}])]),
        (PORTS, None, [], [("", None, [])]),
        (PORTS, [{"port": 1}, {"port": 1}], [{"port": 1}], [("", [{"port": 1}, {"port": 1}], [{"port": 1}])]),
        (PORTS, [{"name": "a"}], [{"name": "b"}], [("", [{"name": "a"}], [{"name": "b"}])]),
        (FINALIZERS, ["a"], ["a", "b"], [('[="b"]', MISSING, "b")]),
        (at(SERVICE, "spec.selector"), {"a": "1"}, {"b": "1"}, [("", {"a": "1"}, {"b": "1"})]),
    ],
)
def test_differences(node: Node | None, left: Any, right: Any, expected: list[tuple[str, Any, Any]]) -> None:
    assert found(node, left, right) == expected


def test_another_order_is_a_difference_of_its_own() -> None:
    left, right = [{"port": 1}, {"port": 2}, {"port": 3}], [{"port": 4}, {"port": 3}, {"port": 1, "name": "a"}]
    *others, order = differences(PORTS, left, right)
    assert order == Difference((), [port(1), port(3)], [port(3), port(1)], order=True)
    assert [text(one.path) for one in others] == [
        "[port=4,protocol=TCP]", "[port=1,protocol=TCP].name", "[port=2,protocol=TCP]",
    ]  # fmt: skip


@given(DEPLOYMENTS)
def test_nothing_differs_from_itself(body: dict[str, Any]) -> None:
    assert list(differences(DEPLOYMENT, body, copy.deepcopy(body))) == []
    assert list(differences(None, body, body)) == []


@given(DEPLOYMENTS, DEPLOYMENTS)
def test_the_order_of_maps_does_not_matter(one: dict[str, Any], other: dict[str, Any]) -> None:
    plain = {repr(found) for found in differences(DEPLOYMENT, one, other)}
    turned = differences(DEPLOYMENT, shuffled(one), shuffled(other))
    assert len(plain) == len(list(turned))
    assert list(differences(DEPLOYMENT, one, shuffled(one))) == []


@given(DEPLOYMENTS, st.data())
def test_every_changed_field_is_found(body: dict[str, Any], data: st.DataObject) -> None:
    places = [place for place, _ in fields_of(DEPLOYMENT, body) if not is_key(place)]
    changed = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))
    after: Any = body
    for place in changed:
        if not isinstance(place[-1], Member):
            after = with_value(DEPLOYMENT, after, place, "new")
    expected = {place for place in changed if not isinstance(place[-1], Member)}
    assert {one.path for one in differences(DEPLOYMENT, body, after)} == expected


@given(DEPLOYMENTS, DEPLOYMENTS)
def test_differences_are_those_of_the_values(one: dict[str, Any], other: dict[str, Any]) -> None:
    for difference in differences(DEPLOYMENT, one, other):
        if not difference.order:
            assert same(value_at(DEPLOYMENT, one, difference.path), difference.left)
            assert same(value_at(DEPLOYMENT, other, difference.path), difference.right)


@pytest.mark.parametrize(
    ("body", "path", "value", "expected"),
    [
        ({}, "a.b", 1, {"a": {"b": 1}}),
        ({"a": None}, "a.b", 1, {"a": {"b": 1}}),
        ({"a": {"b": 1}, "c": 2}, "a.b", MISSING, {"c": 2}),
        ({"a": {"b": {"c": 1}, "d": 2}}, "a.b.c", MISSING, {"a": {"d": 2}}),
        ({"a": {}}, "a.b", MISSING, {"a": {}}),
        ({"a": []}, "a[0]", MISSING, {"a": []}),
        ({"a": None}, "a.b", MISSING, {"a": None}),
        ({"a": 1}, "a", None, {"a": None}),
        ({"a": 1}, "a", {}, {"a": {}}),
        ({"a": ["x", "y"]}, "a[0]", "z", {"a": ["z", "y"]}),
        ({"a": ["x", "y"]}, "a[0]", MISSING, {"a": ["y"]}),
        ({"a": ["x"]}, "a[0]", MISSING, MISSING),
        ({"a": ["x"]}, "a[5]", "y", {"a": ["x", "y"]}),
        ({"a": []}, "a[0].b", "y", {"a": [{"b": "y"}]}),
        ({"a": [{"name": "x", "v": 1}]}, "a[name=x].v", MISSING, {"a": [{"name": "x"}]}),
        ({"a": [{"name": "x", "v": 1}]}, "a[name=y].v", 2, {"a": [{"name": "x", "v": 1}, {"name": "y", "v": 2}]}),
        ({"a": [{"name": "x"}]}, "a[name=x]", MISSING, MISSING),
        ({"a": [{"name": "x"}]}, "a[name=y]", MISSING, {"a": [{"name": "x"}]}),
        ({"a": ["x"]}, 'a[="y"]', "y", {"a": ["x", "y"]}),
        ({}, 'a[="y"]', "y", {"a": ["y"]}),
    ],
)
def test_setting_and_dropping(body: Any, path: str, value: Any, expected: Any) -> None:
    before = copy.deepcopy(body)
    assert with_value(None, body, path_of(path), value) == expected
    assert body == before


@given(DEPLOYMENTS, DEPLOYMENTS, st.data())
def test_what_was_set_is_there(body: dict[str, Any], other: dict[str, Any], data: st.DataObject) -> None:
    place, value = data.draw(st.sampled_from(list(fields_of(DEPLOYMENT, other))))
    before = copy.deepcopy(body)
    after = with_value(DEPLOYMENT, body, place, value)
    assert same(value_at(DEPLOYMENT, after, place), value)
    assert body == before
    assert value_at(DEPLOYMENT, with_value(DEPLOYMENT, after, place, MISSING), place) is MISSING
    assert all(
        starts_with(place, one.path) or starts_with(one.path, place) or is_key(one.path)
        for one in differences(DEPLOYMENT, body, after)
    )


def test_items_in_anothers_order() -> None:
    items: list[Any] = [{"port": 1}, {"port": 2}, {"port": 3}, {"port": 4}]
    assert in_order_of(PORTS, items, [port(4), port(9), port(1)]) == [items[3], items[1], items[2], items[0]]
    assert in_order_of(PORTS, items, []) == items


def test_items_that_cannot_be_told_apart_stay() -> None:
    items: list[Any] = [{"port": 1}, {"port": 1}]
    assert in_order_of(PORTS, items, [port(1)]) == items
    assert in_order_of(None, items, [port(1)]) == items


@pytest.mark.parametrize(
    ("node", "live", "desired", "expected"),
    [
        (None, MISSING, {"a": 1}, {"a": 1}),
        (None, None, {"a": 1}, {"a": 1}),
        (None, {"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        (None, {"a": {"b": 1}}, {"a": None}, {"a": None}),
        (None, {"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        (PORTS, [{"port": 1, "name": "a"}], [{"port": 2}, {"port": 1}], [{"port": 1, "name": "a"}, {"port": 2}]),
        (PORTS, [{"port": 1}], [{"port": {}}], [{"port": {}}]),
        (PORTS, [{"port": 1}, {"port": 1}], [{"port": 2}], [{"port": 2}]),
        (FINALIZERS, ["a"], ["b"], ["a", "b"]),
        (at(SERVICE, "spec.selector"), {"a": "1"}, {"b": "1"}, {"b": "1"}),
    ],
)
def test_what_an_apply_would_make(node: Node | None, live: Any, desired: Any, expected: Any) -> None:
    assert overlay(node, live, desired) == expected


@given(DEPLOYMENTS, DEPLOYMENTS)
def test_an_apply_leaves_nothing_to_do(live: dict[str, Any], desired: dict[str, Any]) -> None:
    merged = overlay(DEPLOYMENT, live, desired)
    declared = [(place, value) for place, value in fields_of(DEPLOYMENT, desired) if value not in ({}, [])]
    assert all(same(value_at(DEPLOYMENT, merged, place), value) for place, value in declared)
    assert list(differences(DEPLOYMENT, merged, overlay(DEPLOYMENT, merged, desired))) == []
