"""``-l`` and ``KIND/NAME``: which objects a drift is narrowed to."""

from typing import Any

import pytest

from kubectl_gitops.cluster.discovery import Resource, Resources
from kubectl_gitops.core.declared import Declared
from kubectl_gitops.core.objects import Key, Manifest, key_of
from kubectl_gitops.errors import UsageError
from kubectl_gitops.pipeline.request import Selection
from kubectl_gitops.pipeline.selection import Requirement, Selector, parse_selector, selector_of

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True, frozenset(), frozenset(), "configmap", ("cm",))
WEB = Resource("apps", "v1", "Deployment", "deployments", True, frozenset(), frozenset(), "deployment", ("deploy",))
OTHER = Resource("example.com", "v1", "Deployment", "deployments", True, frozenset(), frozenset(), "deployment")
SERVED = Resources(
    (MAPS, WEB, OTHER),
    frozenset(),
    {(one.group, one.version, one.kind): one for one in (MAPS, WEB, OTHER)},
    {(one.group, one.kind): one for one in (MAPS, WEB, OTHER)},
)


def declared(name: str, labels: Any = None, kind: str = "ConfigMap", api_version: str = "v1") -> Declared:
    metadata = {"name": name, "namespace": "shop", **({} if labels is None else {"labels": labels})}
    body = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    return Declared(key_of(body), body, Manifest(body, "a.yaml", 1))


def admits(selector: Selector, one: Declared) -> bool:
    return selector.matches(one.key, one.body)


def matches(selector: str, labels: Any) -> bool:
    return admits(selector_of(Selection(selector), SERVED), declared("a", labels))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("a=b", (Requirement("a", "in", frozenset({"b"})),)),
        ("a==b", (Requirement("a", "in", frozenset({"b"})),)),
        ("a = b", (Requirement("a", "in", frozenset({"b"})),)),
        ("a!=b", (Requirement("a", "notin", frozenset({"b"})),)),
        ("a", (Requirement("a", "exists"),)),
        ("!a", (Requirement("a", "absent"),)),
        ("! a", (Requirement("a", "absent"),)),
        ("a=", (Requirement("a", "in", frozenset({""})),)),
        ("a in (b, c)", (Requirement("a", "in", frozenset({"b", "c"})),)),
        ("a notin (b),c", (Requirement("a", "notin", frozenset({"b"})), Requirement("c", "exists"))),
        ("in in (in)", (Requirement("in", "in", frozenset({"in"})),)),
        (
            " example.com/a.b=c , d ",
            (Requirement("example.com/a.b", "in", frozenset({"c"})), Requirement("d", "exists")),
        ),
    ],
)
def test_a_selector_as_kubectl_reads_it(text: str, found: tuple[Requirement, ...]) -> None:
    assert parse_selector(text) == found


@pytest.mark.parametrize(
    "text", ["a=(b", "a,", ",a", "a b", "a in b", "a in (b", "a>1", "a<1", "=b", "!", "a=b=c", "a in (b)c"]
)
def test_a_selector_that_can_not_be_read(text: str) -> None:
    with pytest.raises(UsageError, match="can't read the label selector"):
        parse_selector(text)


def test_a_requirement_and_an_absent_label() -> None:
    assert matches("a!=b", {})
    assert matches("a notin (b)", None)
    assert not matches("a=b", {})
    assert not matches("a in (b, c)", {"a": "d"})
    assert matches("a in (b, c),!x", {"a": "c"})
    assert matches("a", {"a": ""})


@pytest.mark.parametrize("labels", [["a"], "text", {"a": ["b"]}, {"a": {"b": "c"}}, {"a": 1}, {"a": None}])
def test_labels_that_are_none_match_nothing(labels: Any) -> None:
    """The server refuses such an object, and says so; a selector must not fail on it."""
    assert not matches("a=b", labels)
    assert matches("a!=b", labels)


def test_words() -> None:
    words = selector_of(Selection(resources=("cm/a", "deployments.apps/web")), SERVED)
    assert words.narrows
    assert admits(words, declared("a"))
    assert not admits(words, declared("b"))
    assert admits(words, declared("web", kind="Deployment", api_version="apps/v1"))
    assert not admits(words, declared("web", kind="Deployment", api_version="example.com/v1"))
    # A short name may mean several kinds.
    several = selector_of(Selection(resources=("deployment/web",)), SERVED)
    assert admits(several, declared("web", kind="Deployment", api_version="example.com/v1"))
    assert not selector_of(Selection(), SERVED).narrows


def test_words_and_labels_narrow_together() -> None:
    both = selector_of(Selection("tier=front", ("cm/a", "cm/b")), SERVED)
    assert admits(both, declared("a", {"tier": "front"}))
    assert not admits(both, declared("b", {"tier": "back"}))
    assert not admits(both, declared("c", {"tier": "front"}))


def test_a_kind_that_nobody_knows() -> None:
    with pytest.raises(UsageError, match="no kind 'nosuch'"):
        selector_of(Selection(resources=("nosuch/web",)), SERVED)


def test_a_word_that_names_nothing() -> None:
    """Exit code 0 for a name that was mistyped would say that the object is in sync."""
    words = selector_of(Selection("x=y", ("cm/a", "deploy/wbe")), SERVED)
    known = [Key("", "ConfigMap", "shop", "a"), Key("apps", "Deployment", "shop", "web")]
    with pytest.raises(UsageError, match="deploy/wbe is neither declared"):
        words.check(known)
    words.check([*known, Key("apps", "Deployment", "other", "wbe")])
    selector_of(Selection("x=y"), SERVED).check([])
