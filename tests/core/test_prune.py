from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.inventory import PART_OF, applyset_id
from kubectl_gitops.core.objects import GroupKind, Key
from kubectl_gitops.core.prune import (
    DATA_KINDS,
    PRUNE_ANNOTATION,
    Context,
    Declared,
    Limit,
    Orphan,
    blocked,
    decide,
    parse_limit,
    protected,
    refused,
    unproven,
)

ID = applyset_id("gitops-shop", "shop")
CONFIG = Key("", "ConfigMap", "shop", "old")
OTHER = Key("", "ConfigMap", "shop", "declared")
CONTEXT = Context(
    applyset=ID,
    kinds=frozenset({GroupKind("", "ConfigMap"), GroupKind("", "Endpoints"), *DATA_KINDS}),
    namespaces=frozenset({"shop"}),
    declared=Declared.of([OTHER]),
    members=100,
)
APPLIED = {"manager": "kubectl-gitops", "operation": "Apply", "fieldsV1": {"f:data": {}}}


def orphan(key: Key = CONFIG, **metadata: Any) -> Orphan:
    complete: dict[str, Any] = {
        "name": key.name,
        "uid": f"uid of {key}",
        "resourceVersion": "7",
        "labels": {PART_OF: ID},
        "managedFields": [APPLIED],
        **({"namespace": key.namespace} if key.namespace else {}),
        **metadata,
    }
    version = f"{key.group}/v1" if key.group else "v1"
    return Orphan.of({"apiVersion": version, "kind": key.kind, "metadata": complete})


def many(number: int) -> list[Orphan]:
    return [orphan(CONFIG._replace(name=f"old-{index}")) for index in range(number)]


def test_orphan_of_a_live_object() -> None:
    found = orphan()
    assert (found.key, found.uid, found.resource_version) == (CONFIG, f"uid of {CONFIG}", "7")


def test_a_proven_orphan() -> None:
    assert unproven(orphan(), CONTEXT) is None
    assert decide([orphan()], CONTEXT).prune == (orphan(),)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (orphan(labels=None), "does not carry"),
        (orphan(labels={}), "does not carry"),
        (orphan(labels={PART_OF: applyset_id("gitops-shop", "other")}), "does not carry"),
        (orphan(managedFields=None), "does not own any field"),
        (orphan(managedFields=[{**APPLIED, "operation": "Update"}]), "does not own any field"),
        (orphan(managedFields=[{**APPLIED, "manager": "kubectl"}]), "does not own any field"),
        (orphan(managedFields=[{**APPLIED, "subresource": "status"}]), "does not own any field"),
        (orphan(ownerReferences=[{"kind": "Job", "name": "j", "controller": True}]), "Job j controls it"),
        (orphan(Key("", "Secret", "shop", "old")), "kind Secret"),
        (orphan(Key("example.com", "ConfigMap", "shop", "old")), r"kind ConfigMap\.example\.com"),
        (orphan(Key("", "ConfigMap", "other", "old")), "namespace other"),
        (orphan(OTHER), "declares it"),
        (orphan(uid="u"), "declares it"),
    ],
)
def test_what_is_not_proven_is_kept(found: Orphan, reason: str) -> None:
    context = replace(CONTEXT, declared_uids=frozenset({"u"}))
    assert unproven(found, context) is not None
    decision = decide([found], context)
    assert decision.prune == ()
    assert [kept for kept, _ in decision.kept] == [found]
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(decision.kept[0][1])


def test_an_owner_that_is_no_controller_does_not_protect() -> None:
    assert unproven(orphan(ownerReferences=[{"kind": "Job", "name": "j"}]), CONTEXT) is None


@pytest.mark.parametrize(
    ("declared", "live", "has"),
    [
        (Key("apps", "Deployment", "a", "x"), Key("apps", "Deployment", "a", "x"), True),
        (Key("apps", "Deployment", "a", "x"), Key("apps", "Deployment", "b", "x"), False),
        (Key("apps", "Deployment", "a", "x"), Key("extensions", "Deployment", "a", "x"), False),
        # The scope of the kind is not known: the manifest names no namespace, or one too many.
        (Key("e.com", "Widget", "", "x"), Key("e.com", "Widget", "a", "x"), True),
        (Key("e.com", "Widget", "a", "x"), Key("e.com", "Widget", "", "x"), True),
        (Key("e.com", "Widget", "a", "x"), Key("e.com", "Widget", "", "y"), False),
    ],
)
def test_declared(declared: Key, live: Key, has: bool) -> None:
    assert Declared.of([declared]).has(live) is has


@pytest.mark.parametrize("kind", sorted(DATA_KINDS))
def test_data_needs_consent(kind: GroupKind) -> None:
    namespace = "shop" if kind.kind == "PersistentVolumeClaim" else ""
    found = orphan(Key(*kind, namespace, "x"))
    assert protected(found, data=False) == f"a {kind.kind} is deleted only with --prune-data"
    assert protected(found, data=True) is None
    assert decide([found], CONTEXT).prune == ()
    assert decide([found], replace(CONTEXT, data=True)).prune == (found,)


@pytest.mark.parametrize(
    ("metadata", "kept"),
    [
        ({"annotations": {PRUNE_ANNOTATION: "disabled"}}, True),
        ({"annotations": {PRUNE_ANNOTATION: "enabled"}}, False),
        ({"deletionTimestamp": "2026-01-01T00:00:00Z"}, True),
        ({}, False),
    ],
)
def test_protected(metadata: dict[str, Any], kept: bool) -> None:
    assert (protected(orphan(**metadata), data=True) is not None) is kept


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"skipped": ("a.yaml", "b.yaml")}, "not all of the source could be read (a.yaml, b.yaml)"),
        (
            {"unreadable": tuple(f"n{number}" for number in range(5))},
            "not all of the cluster could be read (n0, n1, n2 and 2 more)",
        ),
        ({}, None),
    ],
)
def test_nothing_is_pruned_after_an_incomplete_reading(change: dict[str, Any], reason: str | None) -> None:
    context = replace(CONTEXT, **change)
    assert blocked(context) == reason
    decision = decide(many(3), context)
    assert decision.refusal is None
    assert len(decision.prune) == (3 if reason is None else 0)
    assert {kept for _, kept in decision.kept} == (set() if reason is None else {reason})


def test_an_empty_source_prunes_nothing() -> None:
    context = replace(CONTEXT, declared=Declared.of([]), raised=Limit(100, percent=True))
    decision = decide(many(1), context)
    assert decision.prune == ()
    assert decision.refusal is not None
    assert "declares nothing" in decision.refusal
    assert decide([], context).refusal is None


@pytest.mark.parametrize(
    ("orphans", "members", "limit", "raised", "allowed"),
    [
        (4, 4, "25%", None, True),  # counts from 5 up
        (5, 20, "25%", None, True),
        (5, 19, "25%", None, False),
        (5, 5, "25%", None, False),
        (25, 100, "25%", None, True),
        (26, 100, "25%", None, False),
        (5, 100, "0%", None, False),
        (26, 100, "25%", "26", True),
        (26, 100, "25%", "25", False),
        (26, 100, "25%", "30%", True),
        (31, 100, "25%", "30%", False),
        (100, 100, "25%", "100%", True),
        (3, 100, "2", None, False),
        (2, 100, "2", None, True),
        (1, 100, "25%", "0", False),
        (0, 0, "0", None, True),
    ],
)
def test_limit(orphans: int, members: int, limit: str, raised: str | None, allowed: bool) -> None:
    context = replace(
        CONTEXT, members=members, limit=parse_limit(limit), raised=parse_limit(raised) if raised else None
    )
    assert (refused(orphans, context) is None) is allowed


def test_a_refusal_keeps_everything_and_says_how_to_go_on() -> None:
    decision = decide(many(26), CONTEXT)
    assert decision.prune == ()
    assert len(decision.kept) == 26
    assert decision.refusal == (
        "26 of 100 members would be deleted, more than the prune limit of 25%; if that is right, pass --prune-limit 26"
    )


def test_what_is_kept_does_not_count_against_the_limit() -> None:
    kept = [orphan(CONFIG._replace(name=f"k{n}"), annotations={PRUNE_ANNOTATION: "disabled"}) for n in range(30)]
    decision = decide([*many(25), *kept], CONTEXT)
    assert len(decision.prune) == 25
    assert len(decision.kept) == 30


@pytest.mark.parametrize(
    ("text", "limit"), [("25%", Limit(25, True)), (" 12 ", Limit(12, False)), ("0", Limit(0, False))]
)
def test_parse_limit(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit
    assert str(limit) == text.strip()


@pytest.mark.parametrize("text", ["", "-1", "101%", "ten", "2.5%", "%", "٣"])
def test_parse_limit_names_what_it_takes(text: str) -> None:
    with pytest.raises(ValueError, match="give a number"):
        parse_limit(text)


flags = st.fixed_dictionaries(
    {
        "label": st.sampled_from([ID, "", applyset_id("x", "y")]),
        "applied": st.booleans(),
        "controlled": st.booleans(),
        "disabled": st.booleans(),
        "kind": st.sampled_from(["ConfigMap", "Secret", "Namespace"]),
        "namespace": st.sampled_from(["", "shop", "other"]),
        "name": st.sampled_from(["declared", "a", "b"]),
    }
)


def built(flag: dict[str, Any]) -> Orphan:
    return orphan(
        Key("", flag["kind"], flag["namespace"], flag["name"]),
        labels={PART_OF: flag["label"]},
        managedFields=[APPLIED] if flag["applied"] else [],
        ownerReferences=[{"controller": True}] if flag["controlled"] else [],
        annotations={PRUNE_ANNOTATION: "disabled"} if flag["disabled"] else {},
    )


@given(st.lists(flags, max_size=12), st.integers(0, 12), st.booleans(), st.booleans())
def test_whatever_is_pruned_has_every_proof(
    some: list[dict[str, Any]], members: int, complete: bool, data: bool
) -> None:
    context = replace(CONTEXT, members=members, data=data, unreadable=() if complete else ("pods",))
    orphans = [built(flag) for flag in some]
    decision = decide(orphans, context)
    assert len(decision.prune) + len(decision.kept) == len(orphans)
    for found in decision.prune:
        metadata = found.body["metadata"]
        assert complete
        assert metadata["labels"] == {PART_OF: ID}
        assert metadata["managedFields"]
        assert not metadata["ownerReferences"]
        assert not metadata["annotations"]
        assert found.key.kind == "ConfigMap" or (data and found.key.kind == "Namespace")
        assert found.key.namespace in ("", "shop")
        assert found.key.name != "declared" or found.key.kind != "ConfigMap"
    assert len(decision.prune) < 5 or len(decision.prune) * 4 <= members
