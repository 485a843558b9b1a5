from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from kubectl_gitops.core.assess import Assessment, IgnoredField, compare
from kubectl_gitops.core.fields import overlay, same, value_at
from kubectl_gitops.core.objects import Key, Manifest
from kubectl_gitops.core.path import Path, parse
from kubectl_gitops.core.plan import Consent, Mode, Plan, Write, plan
from kubectl_gitops.core.removal import removal_patch
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING
from kubectl_gitops.core.verdicts import REPLICAS, Judged, state_of
from tests.core.objects import DEPLOYMENTS, fields_of, patched, tree_of
from tests.core.shapes import CONTAINERS, DEPLOYMENT, POD, WEB, deployment, entry, item, live, ours, pods

KEY = Key("apps", "Deployment", "shop", "web")
LIVE, GIT = Verdict.LIVE_CHANGED, Verdict.GIT_CHANGED
CONFLICT, UNKNOWN, REMOVED, EXTRA = Verdict.CONFLICT, Verdict.UNKNOWN, Verdict.REMOVED, Verdict.EXTRA
IMAGE: Any = parse(f"{CONTAINERS}[name=web].image")
LABEL: Path = ("metadata", "labels", "b")
F_IMAGE = f"{POD} {WEB} f:image"
OURS = ours(F_IMAGE, "f:spec f:replicas")
SET = entry("kubectl-set", F_IMAGE)
DESIRED = deployment(pods({"name": "web", "image": "git"}, replicas=1))
MANIFEST = Manifest(DESIRED, "web.yaml", 3)
DEFAULT = Consent()


def there(*owners: dict[str, Any]) -> dict[str, Any]:
    return live(deployment(pods({"name": "web", "image": "cluster"}, replicas=5), labels={"b": "1"}), *owners)


def judged(path: Path, verdict: Verdict, desired: Any = "git", cluster: Any = "cluster", **more: Any) -> Judged:
    return Judged(path, verdict, MISSING, desired, cluster, None, **more)


def member(*fields: Judged, owners: tuple[Any, ...] = (OURS,), **more: Any) -> Assessment:
    body = there(*owners)
    return Assessment(KEY, state_of(fields), MANIFEST, DESIRED, body, body, DEPLOYMENT, fields=fields, **more)


def planned(found: Assessment, mode: Mode = Mode.APPLY, consent: Consent = DEFAULT) -> Plan:
    return plan([found], mode, consent)


def written(found: Assessment, mode: Mode = Mode.APPLY, consent: Consent = DEFAULT) -> Write:
    made = planned(found, mode, consent)
    assert made.refusals == ()
    (write,) = made.writes
    return write


# What the two commands do with each verdict, row by row.

EXTRA_LABEL = judged(LABEL, EXTRA, MISSING, "1", release=True)


@pytest.mark.parametrize("state", [State.NEW, State.MISSING])
@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_not_there_is_created(state: State, mode: Mode) -> None:
    write = written(Assessment(KEY, state, MANIFEST, DESIRED), mode)
    assert write == Write(KEY, DESIRED, create=True)


@pytest.mark.parametrize(("mode", "force"), [(Mode.APPLY, False), (Mode.RECONCILE, True)])
@pytest.mark.parametrize("verdict", [GIT, REMOVED])
def test_what_git_changed_is_brought(verdict: Verdict, mode: Mode, force: bool) -> None:
    write = written(member(judged(IMAGE, verdict)), mode)
    assert (write.body, write.force, write.resource_version, write.remove, write.kept) == (DESIRED, force, "", (), ())


def test_what_git_dropped_while_another_holds_it_is_removed_by_a_patch() -> None:
    for mode in Mode:
        write = written(member(judged(LABEL, REMOVED, MISSING, "1", release=True)), mode)
        assert (write.body, write.remove) == (None, (LABEL,))


def test_what_was_changed_in_the_cluster_is_kept_by_apply() -> None:
    field = judged(IMAGE, LIVE)
    made = planned(member(field, owners=(SET,)))
    assert (made.writes, made.unchanged) == ((), ())
    assert made.kept == (Write(KEY, None, kept=(field,)),)


def test_what_was_changed_in_the_cluster_is_reverted_by_reconcile() -> None:
    write = written(member(judged(IMAGE, LIVE), owners=(SET,)), Mode.RECONCILE)
    assert (write.body, write.force, write.kept) == (DESIRED, True, ())


def test_what_a_person_added_is_kept_by_apply() -> None:
    assert planned(member(EXTRA_LABEL)).kept == (Write(KEY, None, kept=(EXTRA_LABEL,)),)


def test_what_a_person_added_is_removed_by_reconcile() -> None:
    write = written(member(EXTRA_LABEL), Mode.RECONCILE)
    assert (write.body, write.remove) == (None, (LABEL,))
    write = written(member(EXTRA_LABEL, judged(IMAGE, GIT)), Mode.RECONCILE)
    assert (write.body, write.remove) == (DESIRED, (LABEL,))


@pytest.mark.parametrize(
    ("verdict", "why"),
    [
        (CONFLICT, "changed in Git and in the cluster"),
        (UNKNOWN, "changed, and there is no base to tell by whom"),
    ],
)
def test_what_both_changed_is_refused_by_apply(verdict: Verdict, why: str) -> None:
    found = member(judged(LABEL, LIVE), judged(IMAGE, verdict), owners=(SET,))
    made = planned(found)
    assert made.writes == ()
    (refusal,) = made.refusals
    assert refusal.startswith(f"Deployment shop/web (web.yaml:3): {CONTAINERS}[name=web].image {why}: ")
    assert "--force-conflicts" in refusal
    more = planned(replace(found, fields=(*found.fields, judged(REPLICAS, verdict)))).refusals[0]
    assert f"image and 1 more {why}" in more
    for mode, consent in ((Mode.RECONCILE, DEFAULT), (Mode.APPLY, Consent(force_conflicts=True))):
        write = written(found, mode, consent)
        assert write.force
        assert write.body is not None


def test_forced_conflicts_take_gits_value_but_no_other_that_a_person_changed() -> None:
    found = member(judged(REPLICAS, LIVE), judged(IMAGE, CONFLICT), owners=(SET, entry("kubectl", "f:spec f:replicas")))
    write = written(found, consent=Consent(force_conflicts=True))
    assert write.body == deployment(pods({"name": "web", "image": "git"}))
    assert (write.force, write.resource_version) == (True, "7")


# Kept fields in what is sent.


def test_a_kept_field_is_omitted_where_we_do_not_own_it() -> None:
    field = judged(REPLICAS, LIVE, 1, 5)
    found = member(field, judged(IMAGE, GIT), owners=(ours(F_IMAGE), entry("kubectl", "f:spec f:replicas")))
    write = written(found)
    assert write.body == deployment(pods({"name": "web", "image": "git"}))
    assert write.kept == (field,)


def test_a_kept_field_is_sent_with_lives_value_where_we_own_it() -> None:
    write = written(member(judged(REPLICAS, LIVE, 1, 5), judged(IMAGE, GIT)))
    assert write.body == deployment(pods({"name": "web", "image": "git"}, replicas=5))


def test_a_kept_order_is_sent() -> None:
    order: Any = [parse("[name=log]")[0], parse("[name=web]")[0]]
    desired = deployment(pods({"name": "web", "image": "git"}, {"name": "log"}))
    field = judged(IMAGE[:-2], LIVE, order[::-1], order, order=True)
    found = replace(member(field, judged(IMAGE, GIT)), desired=desired)
    body = written(found).body
    assert body == deployment(pods({"name": "log"}, {"name": "web", "image": "git"}))
    assert written(found, Mode.RECONCILE).body == desired


def test_a_kept_extra_changes_nothing_of_what_is_sent() -> None:
    write = written(member(EXTRA_LABEL, judged(IMAGE, GIT)))
    assert (write.body, write.remove, write.kept) == (DESIRED, (), (EXTRA_LABEL,))


# Force.


@pytest.mark.parametrize(
    ("fields", "owners", "force"),
    [
        ([judged(IMAGE, GIT)], [OURS], False),
        ([judged(IMAGE, GIT)], [], False),
        ([judged(IMAGE, GIT)], [SET], True),
        ([judged(IMAGE, GIT)], [OURS, SET], True),
        ([judged(IMAGE, GIT)], [OURS, entry("c", f"{POD} {WEB} f:env")], False),
        ([judged(IMAGE[:-1], REMOVED, MISSING)], [OURS, SET], False),
        ([judged(IMAGE[:-1], CONFLICT, MISSING)], [OURS, SET], True),
        ([judged(IMAGE[:-2], GIT, [], [], order=True)], [OURS, SET], False),
        ([judged(REPLICAS, LIVE), judged(IMAGE, GIT)], [ours(F_IMAGE), entry("kubectl", "f:spec f:replicas")], False),
        ([judged(("spec", "selector", "matchLabels"), GIT)], [entry("c", "f:spec f:selector")], True),
        ([judged(("spec", "strategy", "type"), GIT)], [entry("c", "f:spec f:strategy")], False),
    ],
)
def test_only_what_takes_a_field_over_is_forced_and_then_only_over_the_state_seen(
    fields: list[Judged], owners: list[Any], force: bool
) -> None:
    write = written(member(*fields, owners=tuple(owners)), consent=Consent(force_conflicts=True))
    assert (write.force, write.resource_version) == (force, "7" if force else "")


# The other states.


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_in_sync_is_not_written(mode: Mode) -> None:
    assert planned(member(), mode) == Plan(unchanged=(KEY,))


@pytest.mark.parametrize("mode", list(Mode))
def test_what_could_not_be_verified_is_handed_on(mode: Mode) -> None:
    found = Assessment(KEY, State.UNVERIFIED, MANIFEST, DESIRED)
    assert planned(found, mode) == Plan(unverified=(found,))


@pytest.mark.parametrize("mode", list(Mode))
def test_orphans_are_pruned_elsewhere(mode: Mode) -> None:
    assert planned(Assessment(KEY, State.ORPHANED, live=there()), mode) == Plan()


@pytest.mark.parametrize("mode", list(Mode))
def test_adopting(mode: Mode) -> None:
    found = Assessment(KEY, State.UNMANAGED, None, DESIRED, there(SET))
    assert "--adopt" in planned(found, mode).refusals[0]
    assert planned(found, mode).refusals[0].startswith("Deployment shop/web exists")
    made = planned(found, mode, Consent(adopt=True))
    assert made.writes == (Write(KEY, DESIRED, adopt=True, force=True, resource_version="7"),)
    assert made.adopts
    assert not planned(member(), mode).adopts
    (refusal,) = planned(replace(found, foreign="Helm release shop/web"), mode, Consent(adopt=True)).refusals
    assert "belongs to Helm release shop/web" in refusal


def test_one_refusal_does_not_hide_the_others() -> None:
    conflict = member(judged(IMAGE, CONFLICT))
    foreign = Assessment(KEY, State.UNMANAGED, MANIFEST, DESIRED, there(), foreign="ApplySet x")
    made = plan([conflict, foreign, member(judged(IMAGE, GIT))], Mode.APPLY, DEFAULT)
    assert len(made.refusals) == 2
    assert len(made.writes) == 1


REPLICAS_LEFT_OPEN = IgnoredField(REPLICAS, "built in", "left open", MISSING, 5, removable=True)
RULED = IgnoredField(LABEL, "gitops.yaml:7", "because", MISSING, "1")
ALL = Consent(remove_all_extras=True)


@pytest.mark.parametrize(
    ("fields", "mode", "consent", "remove"),
    [
        ([], Mode.RECONCILE, ALL, (REPLICAS,)),
        ([], Mode.RECONCILE, DEFAULT, None),
        ([], Mode.APPLY, ALL, None),
        ([judged(IMAGE, GIT)], Mode.RECONCILE, ALL, (REPLICAS,)),
        ([judged(IMAGE, GIT)], Mode.RECONCILE, DEFAULT, ()),
        ([judged(IMAGE, GIT)], Mode.APPLY, ALL, ()),
        ([EXTRA_LABEL], Mode.RECONCILE, ALL, (LABEL, REPLICAS)),
    ],
)
def test_harmless_extras_go_only_when_all_are_to_go(
    fields: list[Judged], mode: Mode, consent: Consent, remove: tuple[Path, ...] | None
) -> None:
    made = planned(member(*fields, ignored=(REPLICAS_LEFT_OPEN, RULED)), mode, consent)
    assert [write.remove for write in made.writes] == ([] if remove is None else [remove])


def test_an_object_with_everything_at_once() -> None:
    """One apply: Git's image, a person's replicas kept, and an old co-owned variable taken away."""
    variable = f"{POD} {WEB} f:env {item(name='A')} f:value"
    old: Any = parse(f"{CONTAINERS}[name=web].env[name=A]")
    found = member(
        judged(IMAGE, GIT),
        judged(REPLICAS, LIVE, 1, 5),
        EXTRA_LABEL,
        judged(old, REMOVED, MISSING, {"name": "A"}, release=True),
        owners=(
            ours(F_IMAGE, variable),
            entry("kubectl-client-side-apply", variable),
            entry("kubectl", "f:spec f:replicas"),
        ),
    )
    write = written(found)
    assert write.body == deployment(pods({"name": "web", "image": "git"}))
    assert write.remove == (old,)
    assert [field.path for field in write.kept] == [REPLICAS, LABEL]
    assert (write.force, write.resource_version) == (False, "")


# Carried out.


def surveyed(
    base: dict[str, Any], desired: dict[str, Any], body: dict[str, Any], *owners: dict[str, Any]
) -> Assessment:
    there = live(body, *owners)
    merged = overlay(DEPLOYMENT, there, desired)
    return compare(Assessment(KEY, State.SYNCED, MANIFEST, desired, there, merged, DEPLOYMENT), base)


def owning(manager: str, operation: str, places: list[Path]) -> dict[str, Any]:
    return {**entry(manager, operation=operation), "fieldsV1": tree_of(places)}


def carried_out(found: Assessment, write: Write) -> dict[str, Any]:
    body: Any = found.live if write.body is None else overlay(DEPLOYMENT, found.live, write.body)
    return dict(patched(body, removal_patch(DEPLOYMENT, body, write.remove)))


def places_of(body: dict[str, Any]) -> list[Path]:
    return [place for place, _ in fields_of(DEPLOYMENT, body)]


@settings(max_examples=60)
@given(DEPLOYMENTS, DEPLOYMENTS, DEPLOYMENTS)
def test_a_reconcile_leaves_nothing_to_do(
    base: dict[str, Any], desired: dict[str, Any], cluster: dict[str, Any]
) -> None:
    found = surveyed(base, desired, cluster, owning("kubectl-edit", "Update", places_of(cluster)))
    found = replace(found, ignored=())
    made = planned(found, Mode.RECONCILE)
    after = carried_out(found, made.writes[0]) if made.writes else found.live
    assert after is not None
    git = places_of(desired)
    theirs = [place for place in places_of(cluster) if place not in git]
    owners = owning("kubectl-gitops", "Apply", git), owning("kubectl-edit", "Update", theirs)
    again = surveyed(desired, desired, dict(after), *owners)
    assert again.fields == ()


@settings(max_examples=60)
@given(DEPLOYMENTS, DEPLOYMENTS, DEPLOYMENTS)
def test_an_apply_brings_gits_changes_and_keeps_the_others(
    base: dict[str, Any], desired: dict[str, Any], cluster: dict[str, Any]
) -> None:
    found = surveyed(base, desired, cluster, owning("kubectl-edit", "Update", places_of(cluster)))
    made = planned(found, consent=Consent(force_conflicts=True))
    after = carried_out(found, made.writes[0]) if made.writes else found.live
    for field in found.fields:
        if field.order:
            continue
        kept = field.verdict in (LIVE, EXTRA)
        there = value_at(DEPLOYMENT, after, field.path)
        assert same(there, field.live if kept else field.desired) or (there in ({}, []) and not field.live)
