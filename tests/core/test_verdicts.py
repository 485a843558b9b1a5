import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.fields import overlay
from kubectl_gitops.core.path import text
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING, Node
from kubectl_gitops.core.verdicts import (
    BY_A_WRITE,
    Judged,
    judge,
    same_but_for_bookkeeping,
    state_of,
    unchanged,
)
from tests.core.objects import DEPLOYMENTS, fields_of, shuffled
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
    pods,
)

LIVE, GIT = Verdict.LIVE_CHANGED, Verdict.GIT_CHANGED
CONFLICT, UNKNOWN, REMOVED, EXTRA = Verdict.CONFLICT, Verdict.UNKNOWN, Verdict.REMOVED, Verdict.EXTRA
IMAGE = f"{CONTAINERS}[name=web].image"
F_IMAGE = f"{POD} {WEB} f:image"
OURS = ours(F_IMAGE, "f:spec f:replicas")
SET = entry("kubectl-set", F_IMAGE, hour=2)
CONTROLLER = entry("controller", F_IMAGE, hour=3)


def image(value: Any, **spec: Any) -> dict[str, Any]:
    """A Deployment with this image; ``MISSING`` leaves it out."""
    return deployment(pods({"name": "web", **({} if value is MISSING else {"image": value})}, **spec))


def with_pods(*containers: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return deployment(pods(*containers), **metadata)


def verdicts(
    base: dict[str, Any] | None,
    desired: dict[str, Any],
    there: dict[str, Any],
    merged: dict[str, Any] | None = None,
    node: Node | None = DEPLOYMENT,
) -> tuple[Judged, ...]:
    """The verdicts, with what a forced apply would make unless it is given; nothing that goes in is changed."""
    made = overlay(node, there, desired) if merged is None else live(merged)
    before = copy.deepcopy((base, desired, there, made))
    found = judge(node, base, desired, there, made)
    assert (base, desired, there, made) == before
    return found


def brief(found: tuple[Judged, ...]) -> dict[str, Verdict]:
    return {text(one.path): one.verdict for one in found}


@pytest.mark.parametrize(
    ("base", "desired", "cluster", "owners", "expected"),
    [
        # base = desired
        ("a", "a", "a", [OURS], None),
        ("a", "a", "b", [SET], LIVE),
        ("a", "a", "b", [CONTROLLER], LIVE),
        ("a", "a", "b", [], LIVE),
        ("a", "a", "b", [OURS], LIVE),  # an admission webhook changes values without owning them
        ("a", "a", MISSING, [], LIVE),
        # Git moved on
        ("a", "b", "a", [OURS], GIT),
        ("a", "b", "a", [OURS, SET], GIT),
        ("a", "b", "a", [SET], GIT),
        ("a", "b", "c", [OURS], GIT),
        ("a", "b", "c", [], GIT),
        ("a", "b", MISSING, [], GIT),
        (MISSING, "b", "c", [OURS], GIT),
        (MISSING, "b", MISSING, [], GIT),
        # A quantity reads otherwise in the cluster; our entry tells that nobody changed it.
        ("1000m", "2", "1", [OURS, SET], GIT),
        # both moved
        ("a", "b", "b", [OURS], None),
        ("a", "b", "b", [SET], None),
        ("a", "b", "c", [SET], CONFLICT),
        ("a", "b", "c", [CONTROLLER], CONFLICT),
        (MISSING, "b", "c", [SET], CONFLICT),
        # no base
        (None, "b", "b", [SET], None),
        (None, "b", "a", [OURS], GIT),
        (None, "b", "a", [OURS, SET], GIT),
        (None, "b", "a", [SET], UNKNOWN),
        (None, "b", "a", [], UNKNOWN),
        (None, "b", MISSING, [], UNKNOWN),
    ],
)
def test_the_table(base: Any, desired: Any, cluster: Any, owners: list[Any], expected: Verdict | None) -> None:
    found = verdicts(None if base is None else image(base), image(desired), live(image(cluster), *owners))
    assert brief(found) == ({} if expected is None else {IMAGE: expected})
    for one in found:
        assert (one.base, one.desired, one.live) == (MISSING if base is None else base, desired, cluster)


def test_who_wrote_last() -> None:
    (one,) = verdicts(image("a"), image("a"), live(image("b"), CONTROLLER, SET))
    assert one.by is not None
    assert (one.by.manager, one.by.time) == ("controller", "2026-01-01T03:00:00Z")


def test_nobody_is_recorded_for_a_deletion() -> None:
    (one,) = verdicts(image("a"), image("a"), live(image(MISSING)))
    assert one.by is None


def test_a_scale_is_seen_through_its_subresource() -> None:
    scale = entry("kubectl", "f:spec f:replicas", subresource="scale")
    (one,) = verdicts(image("a", replicas=1), image("a", replicas=1), live(image("a", replicas=5), scale))
    assert (text(one.path), one.verdict) == ("spec.replicas", LIVE)
    assert one.by is not None
    assert one.by.subresource == "scale"


def test_writers_of_the_status_own_nothing_here() -> None:
    status = entry("kubectl-edit", F_IMAGE, subresource="status")
    assert brief(verdicts(image("a"), image("b"), live(image("c"), status))) == {IMAGE: GIT}


def test_status_and_the_servers_own_fields_do_not_differ() -> None:
    there = live(image("a"), OURS, version="7")
    merged = {**live(image("a"), version="8"), "status": {"replicas": 1}}
    assert judge(DEPLOYMENT, image("a"), image("a"), there, merged) == ()
    assert unchanged(there, merged)
    assert not unchanged(there, image("b"))


# What Git does not declare.

A, B = {"name": "A", "value": "1"}, {"name": "B", "value": "1"}
ENV = f"{CONTAINERS}[name=web].env"


def env(*entries: dict[str, Any]) -> dict[str, Any]:
    return with_pods({"name": "web", **({"env": list(entries)} if entries else {})})


def f_env(name: str, *below: str) -> list[str]:
    path = f"{POD} {WEB} f:env {item(name=name)}"
    return [f"{path} {one}" for one in below] if below else [path]


WHOLE_B = f_env("B", "f:name", "f:value")


@pytest.mark.parametrize(
    ("base", "owners", "expected"),
    [
        (env(A, B), [ours(*WHOLE_B)], REMOVED),
        (env(A), [ours(*WHOLE_B)], REMOVED),  # a base of another time; our entry owns it
        (None, [ours(*WHOLE_B)], REMOVED),
        (env(A, B), [ours(*WHOLE_B), entry("controller", *f_env("B", "f:extra"))], REMOVED),
        (
            env(A, {**B, "value": "0"}),
            [ours(*f_env("B", "f:name")), entry("kubectl-set", *f_env("B", "f:value"))],
            CONFLICT,
        ),
        (env(A, {**B, "value": "0"}), [ours(*WHOLE_B), entry("kubectl-set", *f_env("B", "f:extra"))], REMOVED),
        (
            env(A, {"name": "B", "gone": "1"}),
            [ours(*f_env("B", "f:name")), entry("x", *f_env("B", "f:value"))],
            REMOVED,
        ),
        (env(A, {**B, "value": "0"}), [ours(*f_env("B", "f:name"))], REMOVED),
    ],
)
def test_what_git_dropped_and_an_apply_removes(base: Any, owners: list[Any], expected: Verdict) -> None:
    (one,) = verdicts(base, env(A), live(env(A, B), *owners), merged=env(A))
    assert (text(one.path), one.verdict, one.desired, one.live) == (f"{ENV}[name=B]", expected, MISSING, B)
    assert not one.release


@pytest.mark.parametrize(
    ("base", "owners", "expected"),
    [
        (env(A), [OURS, entry("kubectl-set", *WHOLE_B)], EXTRA),
        (None, [OURS, entry("kubectl-set", *WHOLE_B)], EXTRA),
        (env(A, B), [OURS, entry("kubectl-set", *WHOLE_B)], EXTRA),
        # Client-side apply declared it too: the server keeps it for that manager when we drop it.
        (env(A, B), [ours(*WHOLE_B), entry("kubectl-client-side-apply", *WHOLE_B)], REMOVED),
        (None, [ours(*WHOLE_B), entry("kubectl-client-side-apply", *WHOLE_B)], REMOVED),
        (env(A, {**B, "value": "0"}), [ours(*WHOLE_B), entry("kubectl-client-side-apply", *WHOLE_B)], REMOVED),
        (env(A, {**B, "value": "0"}), [ours(*f_env("B", "f:name")), entry("kubectl-edit", *WHOLE_B)], CONFLICT),
        (env(A), [OURS, entry("controller", *WHOLE_B)], None),
        (env(A), [OURS, entry("kubectl-gitops", *WHOLE_B)], None),
        (env(A), [OURS, entry("kubectl-set", *WHOLE_B, subresource="status")], None),
    ],
)
def test_what_an_apply_leaves_there(base: Any, owners: list[Any], expected: Verdict | None) -> None:
    there = live(env(A, B), *owners)
    found = verdicts(base, env(A), there, merged=env(A, B))
    assert brief(found) == ({} if expected is None else {f"{ENV}[name=B]": expected})
    assert all(one.release and one.live == B for one in found)


def test_an_item_is_one_extra_only_when_it_is_wholly_a_persons() -> None:
    there = live(env(A, B), OURS, entry("kubectl-edit", *WHOLE_B), entry("controller", *f_env("B", "f:value")))
    assert brief(verdicts(env(A), env(A), there, merged=env(A, B))) == {f"{ENV}[name=B].value": EXTRA}
    there = live(env(A, B), OURS, entry("kubectl-edit", *f_env("B")), entry("controller", *f_env("B", "f:value")))
    assert verdicts(env(A), env(A), there, merged=env(A, B)) == ()


def test_an_extra_by_several_people_counts_once_and_names_the_last() -> None:
    there = live(
        env(A, B),
        entry("kubectl-edit", *f_env("B", "f:name"), hour=5),
        entry("kubectl-set", *f_env("B", "f:value"), hour=4),
        OURS,
    )
    (one,) = verdicts(env(A), env(A), there, merged=env(A, B))
    assert one.by is not None
    assert (text(one.path), one.by.manager) == (f"{ENV}[name=B]", "kubectl-edit")


def test_an_extra_field_in_an_item_of_ours() -> None:
    with_policy = with_pods({"name": "web", "image": "a", "imagePullPolicy": "Always"})
    there = live(with_policy, OURS, entry("kubectl-edit", f"{POD} {WEB} f:imagePullPolicy"))
    found = verdicts(image("a"), image("a"), there)
    assert brief(found) == {f"{CONTAINERS}[name=web].imagePullPolicy": EXTRA}


def test_an_extra_port_has_its_keys_in_the_schemas_order() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    ports = [{"port": 80, "protocol": "TCP"}, {"port": 90, "protocol": "UDP"}]
    # The server writes keys in alphabetical order, which here is the schema's as well; another one counts the same.
    token = 'k:{"protocol":"UDP","port":90}'
    there = live(
        {**service, "spec": {"ports": ports}}, ours("f:metadata"), entry("kubectl-edit", f"f:spec f:ports {token}")
    )
    assert brief(verdicts(service, service, there, node=SERVICE)) == {"spec.ports[port=90,protocol=UDP]": EXTRA}


def test_extra_members_and_keys() -> None:
    git = deployment(labels={"a": "1"}, finalizers=["f"])
    there = live(
        deployment(labels={"a": "1", "b": "1"}, finalizers=["f", "g"], annotations={"c": "1"}),
        entry("kubectl-label", "f:metadata f:labels f:b"),
        entry("kubectl-edit", 'f:metadata f:finalizers v:"g"', "f:metadata f:annotations f:c"),
        OURS,
    )
    names = ["metadata.labels.b", 'metadata.finalizers[="g"]', "metadata.annotations.c"]
    assert brief(verdicts(git, git, there)) == dict.fromkeys(names, EXTRA)
    untyped = brief(verdicts(git, git, there, node=None))
    assert untyped == {names[0]: EXTRA, names[2]: EXTRA, "metadata.finalizers": LIVE}


def test_what_is_never_an_extra() -> None:
    configuration = "kubectl.kubernetes.io/last-applied-configuration"
    there = {
        **live(
            deployment({"strategy": {}}, annotations={configuration: "{}"}),
            OURS,
            entry("kubectl-client-side-apply", f"f:metadata f:annotations f:{configuration}", "f:spec f:strategy"),
            entry("before-first-apply", "f:status f:replicas", "f:spec f:gone"),
        ),
        "status": {"replicas": 1},
    }
    assert verdicts(deployment({}), deployment({}), there) == ()


def test_owning_an_empty_map_makes_nobody_the_owner_of_what_is_in_it() -> None:
    f_resources, limits = f"{POD} {WEB} f:resources", {"resources": {"limits": {"cpu": "1"}}}
    there = with_pods({"name": "web", **limits})
    empty = with_pods({"name": "web", "resources": {}})
    # Ours is the empty map; the limit is a person's.
    owners = [ours(f_resources), entry("kubectl-set", f"{f_resources} f:limits f:cpu")]
    path = f"{CONTAINERS}[name=web].resources.limits.cpu"
    assert brief(verdicts(empty, empty, live(there, *owners))) == {path: EXTRA}
    # The person's is the empty map; the limit is a controller's.
    owners = [OURS, entry("kubectl-create", f_resources), entry("vpa", f"{f_resources} f:limits f:cpu")]
    bare = with_pods({"name": "web"})
    assert verdicts(bare, bare, live(there, *owners)) == ()


def test_an_atomic_map_of_a_persons_is_one_extra() -> None:
    there = live(
        deployment({"selector": {"matchLabels": {"a": "1"}}}), OURS, entry("kubectl-edit", "f:spec f:selector")
    )
    assert brief(verdicts(deployment({}), deployment({}), there)) == {"spec.selector": EXTRA}


def test_what_goes_as_a_whole_is_not_reported_in_parts() -> None:
    owners = [ours(*f_env("B", "f:name", "f:value")), entry("kubectl-client-side-apply", *f_env("B", "f:name"))]
    found = verdicts(env(A, B), env(A), live(env(A, B), *owners), merged=env(A, {"name": "B"}))
    assert [(text(one.path), one.verdict, one.release) for one in found] == [(f"{ENV}[name=B]", REMOVED, True)]


def test_a_part_of_what_goes_is_no_extra() -> None:
    owners = [ours(*f_env("B", "f:name")), entry("kubectl-edit", *f_env("B", "f:value"))]
    assert brief(verdicts(env(A), env(A), live(env(A, B), *owners), merged=env(A))) == {f"{ENV}[name=B]": REMOVED}


# Owners were lost.


@pytest.mark.parametrize(
    ("base", "desired", "expected"),
    [
        (env(A, B), env(A), {f"{ENV}[name=B]": REMOVED}),
        (env(A, {**B, "value": "0"}), env(A), {f"{ENV}[name=B]": CONFLICT}),
        (env(A, {"name": "C"}), env(A), {}),
        (env(B, A), env(A, B), {}),
        (env(A), env(A), {}),
        (deployment({"replicas": None}), deployment({}), {}),
    ],
)
def test_what_git_dropped_after_owners_were_reset(base: Any, desired: Any, expected: dict[str, Verdict]) -> None:
    there = live({**env(A, B), "spec": {**env(A, B)["spec"], "replicas": 1}})
    del there["metadata"]["managedFields"]
    found = verdicts(base, desired, there, merged=copy.deepcopy(there))
    assert brief(found) == expected
    assert all(one.release and one.by is None for one in found)


def test_what_others_own_is_not_taken_for_lost() -> None:
    there = live(env(A, B), entry("controller", *WHOLE_B))
    assert verdicts(env(A, B), env(A), there, merged=env(A, B)) == ()
    there = live(env(A, B))
    assert brief(verdicts(env(A, B), env(A), there, merged=env(A))) == {f"{ENV}[name=B]": REMOVED}


# Order.

WEB_AND_LOG = ({"name": "web"}, {"name": "log"})
LOG_AND_WEB = ({"name": "log"}, {"name": "web"})
ITEMS = ours(f"{POD} {WEB}", f"{POD} {item(name='log')}")


@pytest.mark.parametrize(
    ("base", "desired", "cluster", "owners", "expected"),
    [
        (WEB_AND_LOG, WEB_AND_LOG, LOG_AND_WEB, [ITEMS], LIVE),
        (LOG_AND_WEB, WEB_AND_LOG, LOG_AND_WEB, [ITEMS], GIT),
        (None, WEB_AND_LOG, LOG_AND_WEB, [ITEMS], GIT),
        (None, WEB_AND_LOG, LOG_AND_WEB, [], UNKNOWN),
        # Git changed other things of the items, but not their order.
        (({"name": "web"}, {"name": "new"}, {"name": "log", "image": "a"}), WEB_AND_LOG, LOG_AND_WEB, [ITEMS], LIVE),
    ],
)
def test_order(base: Any, desired: Any, cluster: Any, owners: list[Any], expected: Verdict) -> None:
    before = None if base is None else with_pods(*base)
    found = verdicts(before, with_pods(*desired), live(with_pods(*cluster), *owners), merged=with_pods(*desired))
    (one,) = (one for one in found if one.order)
    assert (text(one.path), one.verdict, one.by) == (CONTAINERS, expected, None)
    assert [text((step,)) for step in one.desired] == ["[name=web]", "[name=log]"]
    assert [text((step,)) for step in one.live] == ["[name=log]", "[name=web]"]


def test_another_order_hides_no_extra() -> None:
    side = {"name": "side"}
    there = live(with_pods(*LOG_AND_WEB, side), ITEMS, entry("kubectl-edit", f"{POD} {item(name='side')}"))
    git = with_pods(*WEB_AND_LOG)
    found = verdicts(git, git, there, merged=with_pods(*WEB_AND_LOG, side))
    assert brief(found) == {CONTAINERS: LIVE, f"{CONTAINERS}[name=side]": EXTRA}


def test_the_order_of_what_git_does_not_declare() -> None:
    git = deployment()
    found = verdicts(git, git, live(with_pods(*LOG_AND_WEB)), merged=with_pods(*WEB_AND_LOG))
    assert [(one.verdict, one.order, one.note, one.by) for one in found] == [(LIVE, True, BY_A_WRITE, None)]


# Nulls, and what the server does by itself.


@pytest.mark.parametrize(
    ("base", "owners", "expected"),
    [
        ({"rollingUpdate": None}, [entry("kubectl-edit", "f:spec f:strategy f:rollingUpdate f:maxSurge")], LIVE),
        ({"rollingUpdate": {"maxSurge": 1}}, [ours("f:spec f:strategy f:rollingUpdate f:maxSurge")], GIT),
    ],
)
def test_a_null_declares_everything_below_it(base: Any, owners: list[Any], expected: Verdict) -> None:
    there = live(deployment({"strategy": {"type": "R", "rollingUpdate": {"maxSurge": 1}}}), *owners)
    desired = deployment({"strategy": {"type": "R", "rollingUpdate": None}})
    merged = deployment({"strategy": {"type": "R"}})
    found = verdicts(deployment({"strategy": {"type": "R", **base}}), desired, there, merged)
    assert brief(found) == {"spec.strategy.rollingUpdate.maxSurge": expected}


def test_what_the_server_sets_is_reported_only_if_nothing_else_is() -> None:
    there = live(image("a"), OURS, entry("controller", "f:spec f:replicas"))
    merged = image("a", replicas=1)
    (one,) = verdicts(image("a"), image("a"), there, merged)
    assert (text(one.path), one.verdict, one.desired, one.live, one.note) == (
        "spec.replicas",
        LIVE,
        1,
        MISSING,
        BY_A_WRITE,
    )
    assert brief(verdicts(image("a"), image("b"), there, image("b", replicas=1))) == {IMAGE: GIT}


def test_lists_that_cannot_be_told_apart_are_one_field() -> None:
    twice = with_pods({"name": "web"}, {"name": "web"})
    found = verdicts(
        with_pods({"name": "web"}), with_pods({"name": "web"}), live(twice, SET), with_pods({"name": "web"})
    )
    assert brief(found) == {CONTAINERS: LIVE}


def test_a_kind_without_a_schema() -> None:
    git = {"apiVersion": "example.com/v1", "kind": "X", "metadata": {"name": "x"}, "spec": {"a": {"b": 1}, "list": [1]}}
    there = live(
        {**git, "spec": {"a": {"b": 2}, "list": [2], "c": 3}}, entry("kubectl-edit", "f:spec f:c", "f:spec f:list")
    )
    found = verdicts(git, git, there, node=None)
    assert brief(found) == {"spec.a.b": LIVE, "spec.list": LIVE, "spec.c": EXTRA}


@given(DEPLOYMENTS, st.none() | DEPLOYMENTS)
def test_what_is_as_declared_is_in_sync(body: dict[str, Any], base: dict[str, Any] | None) -> None:
    assert judge(DEPLOYMENT, base, body, live(body, OURS), live(shuffled(body))) == ()


OWNERS = st.sampled_from([OURS, SET, CONTROLLER, ours(*WHOLE_B), entry("kubectl-edit", *WHOLE_B, POD)])


@given(st.none() | DEPLOYMENTS, DEPLOYMENTS, DEPLOYMENTS, st.lists(OWNERS, max_size=3))
def test_every_departure_has_one_verdict_by_the_table(
    base: dict[str, Any] | None, desired: dict[str, Any], cluster: dict[str, Any], owners: list[Any]
) -> None:
    there = live(cluster, *owners)
    found = verdicts(base, desired, there)
    assert len({(one.path, one.order) for one in found}) == len(found)
    for one in found:
        if one.verdict is LIVE and not one.note and not one.order:
            assert one.base == one.desired
        if one.verdict is UNKNOWN:
            assert base is None
        if one.verdict in (REMOVED, EXTRA):
            assert one.desired is MISSING
    assert bool(found) or unchanged(there, overlay(DEPLOYMENT, there, desired))
    turned = judge(DEPLOYMENT, base, shuffled(desired), shuffled(there), overlay(DEPLOYMENT, there, desired))
    assert {(one.path, one.verdict) for one in turned} == {(one.path, one.verdict) for one in found}


def test_places_are_those_of_single_fields() -> None:
    places = [text(path) for path, _ in fields_of(DEPLOYMENT, image("a"))]
    assert places == [
        "apiVersion",
        "kind",
        "metadata.name",
        "metadata.namespace",
        f"{CONTAINERS}[name=web].name",
        IMAGE,
    ]


@pytest.mark.parametrize(
    ("found", "state"),
    [
        ([], State.SYNCED),
        ([GIT], State.PENDING),
        ([REMOVED, GIT], State.PENDING),
        ([LIVE, GIT], State.DRIFTED),
        ([EXTRA], State.DRIFTED),
        ([LIVE, CONFLICT], State.CONFLICTED),
        ([UNKNOWN, EXTRA], State.CONFLICTED),
    ],
)
def test_states(found: list[Verdict], state: State) -> None:
    assert state_of(Judged((), verdict, 1, 1, 1, None) for verdict in found) is state


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (live(image("a"), OURS, version="8"), True),
        ({**live(image("a"), OURS), "status": {"replicas": 2}}, True),
        (live(image("a"), ours(F_IMAGE, "f:spec f:replicas"), entry("c", "f:status", subresource="status")), True),
        (live(image("a"), {**OURS, "time": "2027-01-01T00:00:00Z"}), True),
        (live(image("b"), OURS), False),
        (live(image("a"), OURS, SET), False),
        (live(image("a"), ours(F_IMAGE)), False),
        (live(image("a"), OURS, {**SET, "apiVersion": "v2"}), False),
    ],
)
def test_what_a_decision_rests_on(other: dict[str, Any], same: bool) -> None:
    assert same_but_for_bookkeeping(live(image("a"), OURS), other) is same


def test_entries_of_two_versions_are_both_looked_at() -> None:
    newer = {**SET, "apiVersion": "v2"}
    one = live(image("a"), SET, newer)
    other = live(image("a"), {**SET, "fieldsV1": {}}, newer)
    assert not same_but_for_bookkeeping(one, other)
