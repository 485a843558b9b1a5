import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.path import Item, Member, Path, Wildcard, matches, parse, same_step, starts_with, text

SCALARS = st.one_of(
    st.text(), st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
ITEMS = st.lists(st.tuples(st.text(), SCALARS), min_size=1, max_size=3).map(lambda keys: Item(tuple(keys)))
STEPS = st.one_of(st.text(), ITEMS, SCALARS.map(Member), st.integers(min_value=0))
PATHS = st.lists(STEPS, min_size=1, max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (("spec", "replicas"), "spec.replicas"),
        (("metadata", "annotations", "example.com/a.b"), 'metadata.annotations["example.com/a.b"]'),
        (("data", ""), 'data[""]'),
        (("data", 'a"]\n\\'), 'data["a\\"]\\n\\\\"]'),
        (("größe",), '["größe"]'),
        (("containers", Item((("name", "web"),)), "image"), "containers[name=web].image"),
        (
            ("ports", Item((("containerPort", 80), ("protocol", "TCP")))),
            "ports[containerPort=80,protocol=TCP]",
        ),
        ((Item((("name", "80"),)),), '[name="80"]'),
        ((Item((("name", "true"),)),), '[name="true"]'),
        ((Item((("name", "007"),)),), "[name=007]"),
        ((Item((("name", "1e5"),)),), '[name="1e5"]'),
        ((Item((("name", ""),)),), '[name=""]'),
        ((Item((("name", "a,b]"),)),), '[name="a,b]"]'),
        ((Item((("on", True), ("off", None))),), "[on=true,off=null]"),
        ((Item((("example.com/key", "a"),)),), '["example.com/key"=a]'),
        (("finalizers", Member("x")), 'finalizers[="x"]'),
        (("numbers", Member(1)), "numbers[=1]"),
        (("args", 0), "args[0]"),
    ],
)
def test_paths_as_people_write_them(path: Path, written: str) -> None:
    assert text(path) == written
    assert parse(written) == path


@given(PATHS)
def test_a_path_can_be_read_again(path: Path) -> None:
    again = parse(text(path))
    assert again == path
    assert list(map(repr, again)) == list(map(repr, path))


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("spec.containers[*].image", ("spec", "containers", Wildcard(), "image")),
        ("a[b=]", ("a", Item((("b", ""),)))),
        ("a[=x]", ("a", Member("x"))),
        ("a[b=c=d]", ("a", Item((("b", "c=d"),)))),
        ("a[b=\uff11]", ("a", Item((("b", "\uff11"),)))),
    ],
)
def test_what_else_is_read(written: str, pattern: Any) -> None:
    assert parse(written) == pattern


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        (".a", ".a"),
        ("a..b", "..b"),
        ("a.", "."),
        ("a b", " b"),
        ("metadata.labels.app.kubernetes.io/name", "/name"),
        ("a[name=web", "[name=web"),
        ("a[name=web,protocol]", "[name=web,protocol]"),
        ("a[name=web,]", "[name=web,]"),
        ('a[name=w"e"b]', '[name=w"e"b]'),
        ('a["\\q"]', '["\\q"]'),
        ("a[-1]", "[-1]"),
        ("a[]", "[]"),
        ("a[" + "9" * 5000 + "]", "[" + "9" * 5000 + "]"),
    ],
)
def test_what_is_no_path(written: str, rest: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"from {rest!r} on")):
        parse(written)


def test_nothing_is_no_path() -> None:
    with pytest.raises(ValueError, match="empty"):
        parse("")


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("spec", "spec.replicas", True),
        ("spec.replicas", "spec", False),
        ("spec.replicas", "spec.replica", False),
        ("a[*].c", "a.b.c", True),
        ("a[*].c", "a[name=b].c", True),
        ("a[*]", "a[0]", True),
        ("a[*]", "a", False),
        ("ports[containerPort=80]", "ports[containerPort=80,protocol=TCP]", True),
        ("ports[protocol=TCP,containerPort=80]", "ports[containerPort=80,protocol=TCP]", True),
        ("ports[containerPort=80,protocol=TCP]", "ports[containerPort=80]", False),
        ("ports[containerPort=1]", "ports[containerPort=true]", False),
        ('ports[containerPort="80"]', "ports[containerPort=80]", False),
        ("ports[containerPort=80.0]", "ports[containerPort=80]", True),
        ("a[=1]", "a[=1.0]", True),
        ("a[=1]", "a[=true]", False),
        ('a[="1"]', "a[=1]", False),
        ("a[0]", "a[1]", False),
        ("a[0]", "a[name=x]", False),
        ("a[name=x]", "a[0]", False),
    ],
)
def test_what_a_pattern_names(pattern: str, path: str, expected: bool) -> None:
    concrete: Any = parse(path)
    assert matches(parse(pattern), concrete) is expected


def test_the_same_item_by_another_order_of_keys() -> None:
    one, other = Item((("port", 80), ("protocol", "TCP"))), Item((("protocol", "TCP"), ("port", 80)))
    assert same_step(one, other)
    assert not same_step(one, Item((("port", 80),)))
    assert not same_step(Item((("port", 80),)), one)
    assert same_step("a", "a")
    assert not same_step("a", Member("a"))


@given(PATHS, PATHS)
def test_prefixes(path: Path, more: Path) -> None:
    assert starts_with(path + more, path)
    assert not starts_with(path, path + more)
