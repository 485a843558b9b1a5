"""Comparing live objects one by one as they are read: proven clean and let go, or kept with the question they leave."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kubectl_gitops.cluster import Resource
from kubectl_gitops.core import ignore
from kubectl_gitops.core.admission import MutationRule, mutating
from kubectl_gitops.core.adoption import Foreign, Unmanaged, membership
from kubectl_gitops.core.assess import Assessment, compare, sendable
from kubectl_gitops.core.declared import Declared
from kubectl_gitops.core.health import health
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.managed import entries, our_entry
from kubectl_gitops.core.objects import Body, Key, key_of
from kubectl_gitops.core.proof import prove
from kubectl_gitops.core.reports import State
from kubectl_gitops.core.verdicts import unchanged
from kubectl_gitops.pipeline.base import Bases
from kubectl_gitops.pipeline.confirmed import Confirmed
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.verify import Question


@dataclass(frozen=True)
class Rules:
    """What a comparison goes by.

    ``sample`` is the share, 0 to 1, of proven and confirmed objects that the server is asked about all the same.
    ``with_health``: the health of objects that are let go is wanted afterwards.
    """

    applyset: str
    ignore: tuple[ignore.Rule, ...]
    mutations: tuple[MutationRule, ...]
    people: frozenset[str]
    sample: float = 0.0
    with_health: bool = False


@dataclass
class Comparison:
    """``chosen`` are the objects to compare, with their resources; ``declared`` are all that the source declares.

    ``done`` fills up with what is settled, ``questions`` with what only the server can tell, ``strays`` with live
    objects that nobody declares.
    """

    session: Session
    declared: frozenset[Key]
    chosen: Mapping[Key, tuple[Declared, Resource]]
    bases: Bases
    rules: Rules
    confirmed: Confirmed
    done: dict[Key, Assessment] = field(default_factory=dict)
    questions: dict[Key, Question] = field(default_factory=dict)
    strays: dict[Key, Body] = field(default_factory=dict)
    members: set[Key] = field(default_factory=set)
    _chooser: random.Random = field(default_factory=random.Random)

    def see(self, live: Body) -> None:
        """Take in one live object. Seen again, the later reading counts."""
        key = key_of(live)
        if (live["metadata"].get("labels") or {}).get(PART_OF) == self.rules.applyset:
            self.members.add(key)
        if key not in self.declared:
            self.strays[key] = live
            return
        if key not in self.chosen:
            return
        self.forget((key,))
        one, resource = self.chosen[key]
        found = self._whose(one, live)
        self._compare(found, resource)

    def seen_at(self, api_versions: frozenset[str]) -> list[Key]:
        """The objects of these versions that were settled or asked about."""
        return [
            key
            for key, (_, resource) in self.chosen.items()
            if resource.api_version in api_versions and (key in self.done or key in self.questions)
        ]

    def forget(self, keys: Iterable[Key]) -> None:
        """What was found out about these objects does not count any more; they are to be seen once more."""
        for key in keys:
            self.done.pop(key, None)
            self.questions.pop(key, None)

    def unseen(self) -> list[Key]:
        return [key for key in self.chosen if key not in self.done and key not in self.questions]

    def judge(self, found: Assessment) -> Assessment:
        """The state and the fields of an object of which the server's answer is known."""
        if found.state is State.UNVERIFIED:
            return found
        if found.live is None or found.merged is None:
            return self.absent(found)
        clean = found.merged is found.live or unchanged(found.live, found.merged)
        if clean and not self._may_have_more(found.live):
            return found
        rules = ignore.field_rules(self.rules.ignore, found.key)
        judged = compare(found, self.bases.of(found.key), rules, self.rules.people)
        why = self.bases.missing(found.key) if judged.fields and not judged.based else ""
        return replace(judged, message="; ".join(filter(None, (judged.message, why and f"no base: {why}"))))

    def absent(self, found: Assessment) -> Assessment:
        """An object that is not in the cluster: Missing if it was applied before, else New."""
        state = State.MISSING if self.bases.of(found.key) is not None else State.NEW
        return replace(found, state=state, live=None, merged=None)

    def _may_have_more(self, live: Body) -> bool:
        """Whether ownership has to be looked at: a person wrote to it, or our entry is gone and tells nothing."""
        owners = entries(live)
        return our_entry(owners) is None or any(owner.manager in self.rules.people for owner in owners)

    def _whose(self, one: Declared, live: Body) -> Assessment:
        found = Assessment(one.key, State.SYNCED, one.manifest, one.body, live=live)
        whose = membership(live, self.rules.applyset)
        if isinstance(whose, Unmanaged):
            based = self.bases.of(one.key) is not None
            whose = membership(live, self.rules.applyset, declared_by_base=based)
        match whose:
            case Foreign(owner):
                return replace(found, state=State.UNMANAGED, message=f"it belongs to {owner}", foreign=owner)
            case Unmanaged():
                message = "it exists and was not created by this target; apply --adopt takes it over"
                return replace(found, state=State.UNMANAGED, message=message)
        return found

    def _compare(self, found: Assessment, resource: Resource) -> None:
        assert found.desired is not None and found.live is not None
        deleted = found.live["metadata"].get("deletionTimestamp")
        if deleted and found.state is not State.UNMANAGED:
            message = f"it is being deleted since {deleted}; run again when it is gone"
            self.done[found.key] = replace(found, state=State.UNVERIFIED, message=message)
            return
        node = self.session.node(found.desired)
        rules = ignore.field_rules(self.rules.ignore, found.key)
        if rules:
            body, ignored = sendable(node, found.desired, found.live, rules)
            found = replace(found, desired=body, ignored=ignored)
        assert found.desired is not None and found.live is not None
        if found.state is State.UNMANAGED:
            self.done[found.key] = replace(found, node=node)
            return
        mutations = mutating(self.rules.mutations, resource.group, resource.plural)
        doubt = node is None or mutations or prove(node, found.desired, found.live, resource.subresources)
        digest = ""
        if doubt:
            schema = self.session.openapi.digest(resource.api_version)
            digest = self.confirmed.digest(found, schema, mutations)
        known = not doubt or self.confirmed.has(digest)
        if known and not (self.rules.sample and self._chooser.random() < self.rules.sample):
            self.done[found.key] = self._settled(found)
            return
        # An admission step may answer otherwise than it did; anything else that was known has to be true.
        proven = known and not mutations
        found = replace(found, node=node)
        self.questions[found.key] = Question(found, resource, digest, mutable=bool(mutations), proven=proven)

    def _settled(self, found: Assessment) -> Assessment:
        """An object that is clean. Where nothing more is to be said of it, only its identity and health are kept."""
        live = found.live
        assert live is not None
        if self._may_have_more(live):
            node = self.session.node(live)
            return self.judge(replace(found, node=node, merged=live))
        metadata = {name: live["metadata"].get(name) for name in ("name", "namespace", "uid", "resourceVersion")}
        identity = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}
        state = health(live) if self.rules.with_health else None
        return Assessment(
            found.key,
            State.SYNCED,
            found.manifest,
            found.desired,
            identity,
            identity,
            ignored=found.ignored,
            health=state,
        )
