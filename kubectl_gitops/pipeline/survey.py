"""The read side of every command that compares: source, inventory and cluster, to one assessment an object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kubectl_gitops.cluster import Resource, connect, get_object
from kubectl_gitops.core import ignore
from kubectl_gitops.core.admission import may_mutate
from kubectl_gitops.core.adoption import Foreign, Unmanaged, membership
from kubectl_gitops.core.assess import Assessment, compare, sendable
from kubectl_gitops.core.declared import Declared, custom_kinds, declare
from kubectl_gitops.core.inventory import PART_OF, Inventory, applyset_id, decode
from kubectl_gitops.core.managed import entries
from kubectl_gitops.core.objects import Body, GroupKind, Key
from kubectl_gitops.core.order import apply_order
from kubectl_gitops.core.reports import State
from kubectl_gitops.core.verdicts import PEOPLE, unchanged
from kubectl_gitops.manifests import check_unique
from kubectl_gitops.pipeline.base import Bases
from kubectl_gitops.pipeline.live import Live, Wanted, read_live
from kubectl_gitops.pipeline.request import Selection
from kubectl_gitops.pipeline.selection import selector_of
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.source import Aim, Source, load
from kubectl_gitops.pipeline.verify import Question, verify

INVENTORY_KIND = ("v1", "ConfigMap")


@dataclass(frozen=True)
class Survey:
    """Everything that was found out about one target. ``assessments`` are in apply order, orphans aside.

    ``strays`` are live objects that carry this inventory's label and are not declared. ``gaps`` says what of the
    cluster could not be read beyond single objects. ``selected`` tells that only some objects were compared.
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
    selected: bool = False

    @property
    def applyset(self) -> str:
        return applyset_id(self.aim.inventory, self.aim.namespace)


def survey(aim: Aim, selection: Selection, concurrency: int, sample: float = 0.0) -> Survey:
    """Read source and cluster and compare them. Writes nothing.

    ``sample`` is the share of locally proven objects that the server is asked about as well. Raises SourceError,
    ConnectionFailed, ApiError for what no command can do without, Refused for a foreign inventory.
    """
    source = load(aim, aim.commit, aim.path)
    session = Session.open(connect(aim.connect))
    session.custom = custom_kinds(source.manifests)
    inventory = read_inventory(session, aim.inventory, aim.namespace)
    applyset = applyset_id(aim.inventory, aim.namespace)
    declared = declare(source.manifests, session.scope, aim.namespace, applyset)
    check_unique((one.key, one.manifest) for one in declared)
    live = read_live(session.cluster, _wanted(session, declared, inventory, applyset, aim.namespace), concurrency)
    bases = Bases(inventory, aim.repository, lambda rev: _base(aim, source, session, applyset, rev, inventory))
    selector = selector_of(selection, session.resources)
    chosen = tuple(one for one in declared if selector.matches(one))
    rules = _rules(aim, session, declared)
    found, disagreements = _assess(session, chosen, live, bases, rules, aim, applyset, concurrency, sample)
    keys = {one.key for one in declared}
    strays = tuple(body for key, body in live.objects.items() if key not in keys)
    return Survey(
        aim,
        source,
        session,
        inventory,
        declared,
        found,
        strays,
        members=sum(1 for body in live.objects.values() if _labelled(body, applyset)),
        gaps=live.gaps,
        bases=bases,
        disagreements=disagreements,
        selected=selector.narrows,
    )


def read_inventory(session: Session, name: str, namespace: str) -> Inventory | None:
    """The target's inventory, None when it was never applied. Raises ApiError, Refused, SourceError."""
    resource = session.resources.find(*INVENTORY_KIND)
    assert resource is not None
    body = get_object(session.cluster, resource, namespace, name)
    return decode(body) if body is not None else None


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
    further = () if inventory is None else sorted(inventory.kinds - listed)
    recorded = tuple(
        resource for kind in further if (resource := session.resources.preferred(kind.group, kind.kind)) is not None
    )
    namespaces = {key.namespace for key in resources} | {namespace} | (inventory.namespaces if inventory else set())
    return Wanted(resources, recorded, frozenset(namespaces - {""}), applyset)


def _rules(aim: Aim, session: Session, declared: tuple[Declared, ...]) -> tuple[ignore.Rule, ...]:
    today = datetime.now(UTC).date()
    rules: list[ignore.Rule] = list(ignore.active(aim.config.ignore, today))
    scaled = [one for one in declared if "replicas" in (one.body.get("spec") or {})]
    if scaled:
        live, unreadable = session.autoscalers({one.key.namespace for one in scaled})
        own = [one.body for one in declared if one.key.kind == "HorizontalPodAutoscaler"]
        rules.extend(ignore.hpa_rules([*own, *live]))
        rules.extend(ignore.MayBeScaled(namespace) for namespace in sorted(unreadable))
    return tuple(rules)


def _assess(
    session: Session,
    chosen: tuple[Declared, ...],
    live: Live,
    bases: Bases,
    rules: tuple[ignore.Rule, ...],
    aim: Aim,
    applyset: str,
    concurrency: int,
    sample: float,
) -> tuple[tuple[Assessment, ...], tuple[str, ...]]:
    mutations = session.mutations() if chosen else ()
    people = PEOPLE | frozenset(aim.config.people)
    done: dict[Key, Assessment] = {}
    questions: list[Question] = []
    field_rules: dict[Key, tuple[ignore.FieldRule, ...]] = {}
    session.openapi.prefetch({one.body["apiVersion"] for one in chosen if one.key in live.objects})
    for one in chosen:
        resource = session.resources.find(one.body["apiVersion"], one.key.kind)
        found = _first_look(one, resource, session, live, bases, applyset)
        if found.live is None or found.state is not State.SYNCED or resource is None:
            done[one.key] = found
            continue
        node = session.node(one.body)
        field_rules[one.key] = ignore.field_rules(rules, one.key)
        body, ignored = sendable(node, one.body, found.live, field_rules[one.key])
        found = replace(found, desired=body, node=node, ignored=ignored)
        questions.append(Question(found, resource, may_mutate(mutations, resource.group, resource.plural)))
    verified = verify(session.cluster, questions, concurrency, sample)
    for found in verified.found:
        done[found.key] = _judge(found, bases, field_rules[found.key], people)
    order = [key for wave in apply_order(done) for key in wave]
    return tuple(done[key] for key in order), verified.disagreements


def _first_look(
    one: Declared, resource: Resource | None, session: Session, live: Live, bases: Bases, applyset: str
) -> Assessment:
    """What can be said before comparing; ``Synced`` stands for a member that is still to be compared."""
    found = Assessment(one.key, State.SYNCED, one.manifest, one.body)
    api_version = one.body["apiVersion"]
    if resource is None:
        if (api_version, one.key.kind) in session.custom:
            return _absent(found, bases)
        if api_version in session.resources.unreachable or session.resources.is_unknown(one.key.group):
            return replace(found, state=State.UNVERIFIED, message=f"the server can't reach the API {api_version}")
        why = (
            f"the cluster has no kind {one.key.kind} in {api_version}; correct its apiVersion or install its definition"
        )
        return replace(found, state=State.UNVERIFIED, message=why)
    if one.key in live.unreadable:
        return replace(found, state=State.UNVERIFIED, message=live.unreadable[one.key])
    body = live.objects.get(one.key)
    if body is None:
        return _absent(found, bases)
    whose = membership(body, applyset)
    if isinstance(whose, Unmanaged):
        whose = membership(body, applyset, declared_by_base=bases.of(one.key) is not None)
    match whose:
        case Foreign(owner):
            message = f"it belongs to {owner}"
            return replace(found, state=State.UNMANAGED, live=body, message=message, foreign=owner)
        case Unmanaged():
            message = "it exists and was not created by this target; apply --adopt takes it over"
            return replace(found, state=State.UNMANAGED, live=body, message=message)
    return replace(found, live=body)


def _absent(found: Assessment, bases: Bases) -> Assessment:
    state = State.MISSING if bases.of(found.key) is not None else State.NEW
    return replace(found, state=state, live=None, merged=None)


def _judge(found: Assessment, bases: Bases, rules: tuple[ignore.FieldRule, ...], people: frozenset[str]) -> Assessment:
    if found.state is State.UNVERIFIED:
        return found
    if found.live is None or found.merged is None:
        return _absent(found, bases)
    clean = found.merged is found.live or unchanged(found.live, found.merged)
    if clean and not any(entry.manager in people for entry in entries(found.live)):
        return found
    judged = compare(found, bases.of(found.key), rules, people)
    why = bases.missing(found.key) if judged.fields and not judged.based else ""
    return replace(judged, message="; ".join(filter(None, (judged.message, why and f"no base: {why}"))))


def _labelled(body: Body, applyset: str) -> bool:
    return (body["metadata"].get("labels") or {}).get(PART_OF) == applyset


def kinds_of(declared: Iterable[Declared]) -> frozenset[GroupKind]:
    return frozenset(one.key.group_kind for one in declared)


def namespaces_of(declared: Iterable[Declared]) -> frozenset[str]:
    return frozenset(one.key.namespace for one in declared if one.key.namespace)
