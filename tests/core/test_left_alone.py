import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.fields import differences, overlay, value_at
from kubectl_gitops.core.left_alone import concrete, leaving, leaving_order, owned_part
from kubectl_gitops.core.path import Item, parse, starts_with, text
from kubectl_gitops.core.schema import MISSING
from tests.core.objects import DEPLOYMENTS, fields_of
from tests.core.shapes import (
    CONTAINERS,
    DEPLOYMENT,
    POD,
    SERVICE,
    WEB,
    deployment,
    entry,
    item,
    live,
    ours,
    owned,
    pods,
)

IMAGE = f"{CONTAINERS}[name=web].image"


def path_of(written: str) -> Any:
    return parse(written)


def sent(desired: dict[str, Any], there: dict[str, Any], *paths: str, node: Any = DEPLOYMENT) -> Any:
    before = copy.deepcopy((desired, there))
    body = leaving(node, desired, there, [path_of(one) for one in paths])
    assert (desired, there) == before
    return body


def containers(body: Any) -> Any:
    return body["spec"]["template"]["spec"]["containers"]


def test_what_we_do_not_own_is_omitted() -> None:
    desired = deployment(pods({"name": "web", "image": "a"}, replicas=1))
    there = live(
        deployment(pods({"name": "web", "image": "b"}, replicas=5)),
        ours(f"{POD} {WEB} f:name"),
        entry("kubectl-set", f"{POD} {WEB} f:image", "f:spec f:replicas"),
    )
    assert sent(desired, there, IMAGE, "spec.replicas") == deployment(pods({"name": "web"}))


def test_what_we_own_is_sent_as_live_has_it() -> None:
    desired = deployment(pods({"name": "web", "image": "a"}, replicas=1))
    there = live(
        deployment(pods({"name": "web", "image": "b"}, replicas=5)), ours(f"{POD} {WEB} f:image", "f:spec f:replicas")
    )
    assert sent(desired, there, IMAGE, "spec.replicas") == deployment(pods({"name": "web", "image": "b"}, replicas=5))


def test_what_we_own_and_git_dropped_is_still_sent() -> None:
    there = live(deployment({"replicas": 5}), ours("f:spec f:replicas"))
    assert sent(deployment({}), there, "spec.replicas") == deployment({"replicas": 5})


def test_without_owners_everything_is_omitted() -> None:
    there = live(deployment({"replicas": 5}))
    del there["metadata"]["managedFields"]
    assert "replicas" not in (sent(deployment({"replicas": 1}), there, "spec.replicas").get("spec") or {})


def test_what_the_cluster_lacks_is_omitted_even_if_we_own_it() -> None:
    there = live(deployment(pods({"name": "web"})), ours(f"{POD} {WEB} f:image"))
    assert sent(deployment(pods({"name": "web", "image": "a"})), there, IMAGE) == deployment(pods({"name": "web"}))


def test_what_is_on_neither_side_changes_nothing() -> None:
    desired = deployment({"replicas": 1})
    assert sent(desired, live(deployment()), "spec.strategy.type", f"{CONTAINERS}[name=web]") == desired


def test_of_a_shared_map_only_our_part_is_sent() -> None:
    desired = deployment(annotations={"a": "git", "b": "git"})
    there = live(
        deployment(annotations={"a": "person", "b": "person", "deployment.kubernetes.io/revision": "3"}),
        ours("f:metadata f:annotations f:a"),
        entry("controller", "f:metadata f:annotations f:deployment.kubernetes.io/revision"),
    )
    assert sent(desired, there, "metadata.annotations")["metadata"]["annotations"] == {"a": "person"}


def test_of_a_shared_list_only_our_part_is_sent_in_lives_order() -> None:
    there = live(
        deployment(
            pods(
                {"name": "log", "image": "l:1", "imagePullPolicy": "Always"},
                {"name": "injected", "image": "i:1"},
                {"name": "web", "image": "w:2", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
            )
        ),
        ours(
            f"{POD} {WEB} f:image",
            f"{POD} {WEB} f:ports {item(containerPort=80, protocol='TCP')} f:containerPort",
            f"{POD} {item(name='log')} f:image",
        ),
    )
    desired = deployment(pods({"name": "web", "image": "w:1"}, {"name": "log", "image": "l:0"}))
    assert containers(sent(desired, there, CONTAINERS)) == [
        {"name": "log", "image": "l:1"},
        {"name": "web", "image": "w:2", "ports": [{"containerPort": 80}]},
    ]


def test_inside_an_atomic_map_live_rules_because_it_is_sent_as_a_whole() -> None:
    desired = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "x"},
        "spec": {"selector": {"a": "1", "b": "1"}},
    }
    there = live({**desired, "spec": {"selector": {"a": "2", "c": "2"}}}, ours("f:spec f:selector"))
    body = sent(desired, there, "spec.selector.a", "spec.selector.b", "spec.selector.c", node=SERVICE)
    assert body["spec"]["selector"] == {"a": "2", "c": "2"}


@pytest.mark.parametrize(
    ("git", "cluster", "paths", "expected"),
    [
        (["a", "b"], ["x", "y", "z"], [1], ["a", "y"]),
        (["a"], ["x", "y", "z"], [2], ["a", "z"]),
        (["a", "b", "c", "d"], ["x"], [0, 1, 2], ["x", "d"]),
        (["a", "b"], None, [0], ["a", "b"]),
        (None, ["x"], [0], None),
    ],
)
def test_inside_an_atomic_list(git: Any, cluster: Any, paths: list[int], expected: Any) -> None:
    def body(args: Any) -> dict[str, Any]:
        return deployment(pods({"name": "web", **({} if args is None else {"args": args})}))

    there = live(body(cluster), ours(f"{POD} {WEB} f:args"))
    written = [f"{CONTAINERS}[name=web].args[{position}]" for position in paths]
    assert sent(body(git), there, *written) == body(expected)


def test_a_null_above_what_is_kept_is_not_sent() -> None:
    desired = deployment({"replicas": 1, "strategy": {"type": "R", "rollingUpdate": None}})
    there = live(
        deployment({"strategy": {"type": "R", "rollingUpdate": {"maxSurge": 1}}}),
        ours("f:spec f:strategy f:rollingUpdate"),
        entry("kubectl-edit", "f:spec f:strategy f:rollingUpdate f:maxSurge"),
    )
    body = sent(desired, there, "spec.strategy.rollingUpdate.maxSurge")
    assert body == deployment({"replicas": 1, "strategy": {"type": "R"}})


@pytest.mark.parametrize(
    ("fields", "value", "expected"),
    [
        ({}, {"a": 1}, {}),
        ({}, 1, 1),
        ({}, [1], [1]),
        ({"f:a": {}}, {"a": 1, "b": 2}, {"a": 1}),
        ({"f:c": {}}, {"a": 1}, MISSING),
        ({".": {}, "f:c": {}}, {"a": 1}, {}),
        ({"f:a": {"f:c": {}}, "f:b": {}}, {"a": {"d": 1}, "b": 2}, {"b": 2}),
        ({"f:a": {}}, None, None),
        ({item(name="x"): {}}, [{"name": "x"}], [{"name": "x"}]),
    ],
)
def test_our_part_of_a_value_without_a_schema(fields: Any, value: Any, expected: Any) -> None:
    assert owned_part(None, value, fields) == expected


@pytest.mark.parametrize(
    ("path", "fields", "value", "expected"),
    [
        ("metadata.finalizers", {}, ["x"], []),
        ("metadata.finalizers", owned('v:"x"'), ["y", "x"], ["x"]),
        ("metadata.finalizers", owned('v:"z"'), ["y", "x"], MISSING),
        ("metadata.finalizers", {".": {}, 'v:"z"': {}}, ["y", "x"], []),
        ("spec.selector", {}, {"matchLabels": {"a": "b"}}, {"matchLabels": {"a": "b"}}),
        (CONTAINERS, owned(f"{WEB} f:image"), [{"name": "web"}], [{"name": "web"}]),
        (CONTAINERS, {WEB: {"f:image": {}}}, [{"name": "web"}], [{"name": "web"}]),
        (
            CONTAINERS,
            owned(f"{WEB} f:image", "z:later"),
            [{"name": "web", "image": "a"}],
            [{"name": "web", "image": "a"}],
        ),
    ],
)
def test_our_part_of_a_list(path: str, fields: Any, value: Any, expected: Any) -> None:
    node: Any = DEPLOYMENT
    for step in path.split("."):
        node = node.field(step)
    assert owned_part(node, value, fields) == expected


def test_the_clusters_order_is_sent() -> None:
    a, b, new = {"name": "a", "image": "1"}, {"name": "b"}, {"name": "new"}
    order = [Item((("name", "b"),)), Item((("name", "a"),))]
    body = leaving_order(DEPLOYMENT, deployment(pods(a, new, b)), path_of(CONTAINERS), list(order))
    assert containers(body) == [b, new, a]


def test_the_order_of_a_list_that_is_not_sent() -> None:
    desired = deployment()
    assert leaving_order(DEPLOYMENT, desired, path_of(CONTAINERS), []) is desired


BODY = deployment(
    pods({"name": "web", "image": "a", "args": ["x", "y"]}, {"name": "log", "image": "b"}), finalizers=["f", "g"]
)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("spec.replicas", []),
        (IMAGE, [IMAGE]),
        (f"{CONTAINERS}[*].image", [IMAGE, f"{CONTAINERS}[name=log].image"]),
        (f"{CONTAINERS}[name=web].args[1]", [f"{CONTAINERS}[name=web].args[1]"]),
        (f"{CONTAINERS}[name=web].args[*]", [f"{CONTAINERS}[name=web].args[{at}]" for at in (0, 1)]),
        ('metadata.finalizers[="g"]', ['metadata.finalizers[="g"]']),
        ("metadata.finalizers[*]", ['metadata.finalizers[="f"]', 'metadata.finalizers[="g"]']),
        ("metadata.name.more", []),
        ("metadata[*]", ["metadata.name", "metadata.namespace", "metadata.finalizers"]),
    ],
)
def test_which_fields_a_pattern_comes_to(pattern: str, paths: list[str]) -> None:
    assert [text(one) for one in concrete(DEPLOYMENT, (BODY, BODY), parse(pattern))] == paths


def test_lists_without_names_are_counted() -> None:
    assert concrete(None, ({"a": [{"b": 1}, {"c": 1}]},), parse("a[*].b")) == (("a", 0, "b"),)
    twice = deployment(pods({"name": "web"}, {"name": "web"}))
    assert concrete(DEPLOYMENT, (twice,), parse(f"{CONTAINERS}[1].name")) == (path_of(f"{CONTAINERS}[1].name"),)


def test_keys_may_be_named_in_part() -> None:
    port = f"{CONTAINERS}[name=web].ports[containerPort=80]"
    body = deployment(pods({"name": "web", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]}))
    assert len(concrete(DEPLOYMENT, (body,), parse(port))) == 2


@given(DEPLOYMENTS, DEPLOYMENTS, st.data())
def test_live_keeps_what_is_left_alone(desired: dict[str, Any], cluster: dict[str, Any], data: st.DataObject) -> None:
    """Whatever of live's scalars is left alone and not owned comes out of an apply as it was."""
    leaves = [place for place, value in fields_of(DEPLOYMENT, cluster) if isinstance(value, str | int)]
    keys = ("name", "containerPort", "protocol")
    some = data.draw(
        st.lists(st.sampled_from([one for one in leaves if one[-1] not in keys] or [("kind",)]), max_size=3)
    )
    body = leaving(DEPLOYMENT, desired, live(cluster), some)
    merged = overlay(DEPLOYMENT, cluster, body)
    for place in some:
        if place != ("kind",):
            assert value_at(DEPLOYMENT, merged, place) == value_at(DEPLOYMENT, cluster, place)
    for one in differences(DEPLOYMENT, desired, body):
        assert one.order or any(starts_with(place, one.path) or starts_with(one.path, place) for place in some)
