"""The read side of every command that compares: source, inventory and cluster, to one assessment an object."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property

from kubectl_gitops.cluster import Resource, connect, get_object
from kubectl_gitops.core import ignore
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.declared import Declared, custom_kinds, declare
from kubectl_gitops.core.inventory import Inventory, applyset_id, decode
from kubectl_gitops.core.objects import Body, GroupKind, Key
from kubectl_gitops.core.order import apply_order
from kubectl_gitops.core.reports import State
from kubectl_gitops.core.verdicts import PEOPLE
from kubectl_gitops.manifests import check_unique
from kubectl_gitops.pipeline.base import Bases
from kubectl_gitops.pipeline.comparing import Comparison, Rules
from kubectl_gitops.pipeline.confirmed import Confirmed
from kubectl_gitops.pipeline.live import Wanted, read_members, read_missing
from kubectl_gitops.pipeline.request import Selection
from kubectl_gitops.pipeline.selection import EVERYTHING, Selector, selector_of
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.source import Aim, Source, load
from kubectl_gitops.pipeline.verify import verify

INVENTORY_KIND = ("v1", "ConfigMap")


@dataclass(frozen=True)
class Survey:
    """Everything that was found out about one target. ``assessments`` are in apply order, orphans aside.

    ``strays`` are live objects that carry this inventory's label and are not declared. ``gaps`` says what of the
    cluster could not be read beyond single objects. ``selector`` says which objects were compared.
    """

    aim: Aim
    source: Source
    session: Session
    inventory: Inventory | None
    declared: tuple[Declared, ...]
    assessments: tuple[Assessment, ...]
    strays: tuple[Body, ...]
    members: int
    gaps: tuple[str, ...]
    bases: Bases
    disagreements: tuple[str, ...] = ()
    selector: Selector = EVERYTHING

    @cached_property
    def api_versions(self) -> Mapping[Key, str]:
        """The apiVersion of each declared object."""
        return {one.key: str(one.body["apiVersion"]) for one in self.declared}

    @property
    def applyset(self) -> str:
        return applyset_id(self.aim.inventory, self.aim.namespace)


def survey(aim: Aim, selection: Selection, concurrency: int, sample: float = 0.0, with_health: bool = False) -> Survey:
    """Read source and cluster and compare them. Writes nothing.

    ``sample`` is the share of locally proven objects that the server is asked about as well; ``with_health`` says
    that the health of all objects is wanted. Raises SourceError, ConnectionFailed, ApiError for what no command can
    do without, Refused for a foreign inventory.
    """
    # JSON makes no cycles, and looking for them while thousands of objects come in costs more than reading them.
    gc.disable()
    try:
        return _survey(aim, selection, concurrency, sample, with_health)
    finally:
        gc.enable()


def _survey(aim: Aim, selection: Selection, concurrency: int, sample: float, with_health: bool) -> Survey:
    source = load(aim, aim.commit, aim.path)
    session = Session.open(connect(aim.connect))
    session.custom = custom_kinds(source.manifests)
    inventory = read_inventory(session, aim.inventory, aim.namespace)
    applyset = applyset_id(aim.inventory, aim.namespace)
    declared = declare(source.manifests, session.scope, aim.namespace, applyset)
    check_unique((one.key, one.manifest) for one in declared)
    bases = Bases(inventory, aim.repository, lambda rev: _base(aim, source, session, applyset, rev, inventory))
    selector = selector_of(selection, session.resources)
    chosen = tuple(one for one in declared if selector.matches(one.key, one.body))
    wanted = _wanted(session, declared, inventory, applyset, aim.namespace)
    people = PEOPLE | frozenset(aim.config.people)
    mutations = session.mutations() if chosen else ()
    rules = Rules(applyset, _rules(aim, session, wanted, declared), mutations, people, sample, with_health)
    known = {one.key: (one, wanted.declared[one.key]) for one in chosen if one.key in wanted.declared}
    confirmed = Confirmed(session.cluster.cache, session.cluster.server, session.cluster.version(), applyset)
    comparison = Comparison(session, frozenset(one.key for one in declared), known, bases, rules, confirmed)
    session.openapi.prefetch({resource.api_version for _, resource in known.values()})
    gaps = (
        *unreachable_kinds(session, inventory),
        *read_members(session.cluster, wanted, concurrency, comparison.see),
    )
    unreadable = read_missing(session.cluster, wanted, comparison.unseen(), concurrency, comparison.see)
    unreadable = {**unreadable, **_after_schema_changes(session, wanted, comparison, concurrency)}
    verified = verify(session.cluster, list(comparison.questions.values()), confirmed, concurrency)
    for found in verified.found:
        comparison.done[found.key] = comparison.judge(found)
    confirmed.save(everything=not selector.narrows)
    selector.check(known=(*(one.key for one in declared), *comparison.strays))
    for one in chosen:
        if one.key not in comparison.done:
            comparison.done[one.key] = _not_there(one, session, comparison, unreadable)
    order = [key for wave in apply_order(comparison.done) for key in wave]
    return Survey(
        aim,
        source,
        session,
        inventory,
        declared,
        tuple(comparison.done[key] for key in order),
        tuple(comparison.strays.values()),
        members=len(comparison.members),
        gaps=gaps,
        bases=bases,
        disagreements=verified.disagreements,
        selector=selector,
    )


def _after_schema_changes(
    session: Session, wanted: Wanted, comparison: Comparison, concurrency: int
) -> Mapping[Key, str]:
    """Compare again what was compared by a schema that is another one now.

    A definition that gains a default changes its objects without their resourceVersion moving, and the schema a moment
    later; so the schemas' hashes are looked at after the objects were read. The result says of each object that could
    not be read again why not.
    """
    changed = session.openapi.refresh()
    again = comparison.seen_at(changed)
    if not again:
        return {}
    comparison.forget(again)
    session.openapi.prefetch(changed)
    return read_missing(session.cluster, wanted, again, concurrency, comparison.see)


def read_inventory(session: Session, name: str, namespace: str) -> Inventory | None:
    """The target's inventory, None when it was never applied. Raises ApiError, Refused, SourceError."""
    resource = session.resources.find(*INVENTORY_KIND)
    assert resource is not None
    body = get_object(session.cluster, resource, namespace, name)
    return decode(body) if body is not None else None


def unreachable_kinds(session: Session, inventory: Inventory | None) -> tuple[str, ...]:
    """The recorded kinds whose API does not answer the server, each a gap: they are unknown, and may have members."""
    return tuple(
        f"{kind.kind}: the server can't reach the API {kind.group}"
        for kind in (sorted(inventory.kinds) if inventory else ())
        if session.resources.preferred(kind.group, kind.kind) is None and session.resources.is_unknown(kind.group)
    )


def _base(
    aim: Aim,
    source: Source,
    session: Session,
    applyset: str,
    revision: str,
    inventory: Inventory | None,
) -> tuple[tuple[Declared, ...], str]:
    path = inventory.path if inventory else aim.path
    if aim.commit is None or revision != aim.commit.id or path != aim.path:
        source = load(aim, aim.repository.resolve(revision), path)
    return declare(source.manifests, session.scope, aim.namespace, applyset), source.renderer


def _wanted(
    session: Session, declared: Iterable[Declared], inventory: Inventory | None, applyset: str, namespace: str
) -> Wanted:
    resources: dict[Key, Resource] = {}
    for one in declared:
        resource = session.resources.find(one.body["apiVersion"], one.key.kind)
        if resource is not None:
            resources[one.key] = resource
    listed = {GroupKind(resource.group, resource.kind) for resource in resources.values()}
    recorded = session.known(inventory.kinds - listed) if inventory else ()
    namespaces = {key.namespace for key in resources} | {namespace} | (inventory.namespaces if inventory else set())
    return Wanted(resources, recorded, frozenset(namespaces - {""}), applyset)


def _rules(aim: Aim, session: Session, wanted: Wanted, declared: tuple[Declared, ...]) -> tuple[ignore.Rule, ...]:
    today = datetime.now(UTC).date()
    rules: list[ignore.Rule] = list(ignore.active(aim.config.ignore, today))
    scalable = {key.namespace for key, resource in wanted.declared.items() if "scale" in resource.subresources}
    if scalable:
        live, unreadable = session.autoscalers(scalable)
        own = [one.body for one in declared if one.key.kind == "HorizontalPodAutoscaler"]
        rules.extend(ignore.hpa_rules([*own, *live]))
        rules.extend(ignore.MayBeScaled(namespace) for namespace in sorted(unreadable))
    return tuple(rules)


def _not_there(one: Declared, session: Session, comparison: Comparison, unreadable: Mapping[Key, str]) -> Assessment:
    """The assessment of a declared object that was not seen: absent, or not to be told."""
    found = Assessment(one.key, State.SYNCED, one.manifest, one.body)
    api_version = one.body["apiVersion"]
    if one.key in unreadable:
        return replace(found, state=State.UNVERIFIED, message=unreadable[one.key])
    known = session.resources.find(api_version, one.key.kind) is not None
    if known or (api_version, one.key.kind) in session.custom:
        return comparison.absent(found)
    if api_version in session.resources.unreachable or session.resources.is_unknown(one.key.group):
        return replace(found, state=State.UNVERIFIED, message=f"the server can't reach the API {api_version}")
    why = f"the cluster has no kind {one.key.kind} in {api_version}; correct its apiVersion or install its definition"
    return replace(found, state=State.UNVERIFIED, message=why)
