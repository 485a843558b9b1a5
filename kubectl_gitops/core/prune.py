"""Which orphans may be deleted. Every reason not to delete is a rule here, and the default answer is to keep.

An orphan must be proven: controllers copy labels (Service labels to Endpoints), so a label alone proves
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.managed import entries, our_entry
from kubectl_gitops.core.objects import Body, GroupKind, Key, key_of

PRUNE_ANNOTATION = "kubectl-gitops/prune"

COUNTS_FROM = 5
"""Fewer orphans than this are never held against a percentage."""

DATA_KINDS = frozenset(
    {
        GroupKind("", "Namespace"),
        GroupKind("", "PersistentVolume"),
        GroupKind("", "PersistentVolumeClaim"),
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
    }
)
"""Deleting one of these deletes data, or other people's objects, with it."""


class Limit(NamedTuple):
    """How many members one run may prune: a count of objects, or a percentage of the members."""

    value: int
    percent: bool

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)

    def allows(self, orphans: int, members: int) -> bool:
        """Whether that many may be pruned; a percentage counts from ``COUNTS_FROM`` orphans up."""
        if not self.percent:
            return orphans <= self.value
        return orphans < COUNTS_FROM or orphans * 100 <= self.value * members


DEFAULT_LIMIT = Limit(25, percent=True)


def parse_limit(text: str) -> Limit:
    """``25%`` or ``12``, as ``prune.limit`` and ``--prune-limit`` have it.

    Raises ValueError with a sentence that says what is accepted.
    """
    match = re.fullmatch(r"([0-9]{1,9})(%?)", text.strip(), re.ASCII)
    if match is None or (match[2] and int(match[1]) > 100):
        raise ValueError(f"{text!r} is no prune limit; give a number of objects (12) or a percentage (25%)")
    return Limit(int(match[1]), percent=bool(match[2]))


class Declared(NamedTuple):
    """The declared objects, to be asked whether one of them is a live object."""

    keys: frozenset[Key]
    names: frozenset[tuple[str, str, str]]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Declared:
        """From keys whose namespace is filled in where the kind's scope is known."""
        unique = frozenset(keys)
        return cls(unique, frozenset((key.group, key.kind, key.name) for key in unique))

    def has(self, key: Key) -> bool:
        """Whether the object is declared, at any version.

        Where the namespace is "" on one side only, someone did not know the kind's scope; then the name
        decides, because to miss the declaration would be to delete what is declared.
        """
        if key in self.keys or key._replace(namespace="") in self.keys:
            return True
        return not key.namespace and (key.group, key.kind, key.name) in self.names


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live object of the inventory that seems to be no longer declared. ``uid`` and ``resource_version``
    are the preconditions of its deletion."""

    key: Key
    uid: str
    resource_version: str
    body: Body

    @classmethod
    def of(cls, body: Body) -> Orphan:
        """From a live object, which has its apiVersion and kind."""
        metadata = body["metadata"]
        return cls(key_of(body), metadata["uid"], metadata["resourceVersion"], body)


@dataclass(frozen=True, slots=True)
class Context:
    """What the decision rests on.

    ``kinds`` and ``namespaces`` are those that the inventory records, its own namespace included.
    ``declared_uids`` are the uids of the live objects that are declared: one object can show up under two
    groups. ``members`` counts the live members, orphans included. ``skipped`` names files that were skipped
    by error, ``unreadable`` whatever kinds or namespaces could not be listed. ``raised`` is
    ``--prune-limit``, ``data`` is ``--prune-data``.
    """

    applyset: str
    kinds: frozenset[GroupKind]
    namespaces: frozenset[str]
    declared: Declared
    members: int
    declared_uids: frozenset[str] = frozenset()
    skipped: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    limit: Limit = DEFAULT_LIMIT
    raised: Limit | None = None
    data: bool = False


@dataclass(frozen=True, slots=True)
class PruneDecision:
    """``prune`` may be deleted; ``kept`` says why not. With a ``refusal`` the whole run is to be refused."""

    prune: tuple[Orphan, ...]
    kept: tuple[tuple[Orphan, str], ...]
    refusal: str | None = None


def unproven(orphan: Orphan, context: Context) -> str | None:
    """Why the object may not be taken for an orphan of this inventory; None if it is proven to be one."""
    key, metadata = orphan.key, orphan.body.get("metadata") or {}
    if (metadata.get("labels") or {}).get(PART_OF) != context.applyset:
        return "it does not carry this inventory's label"
    if our_entry(entries(orphan.body)) is None:
        return "kubectl-gitops does not own any field of it, so the label may be a copy"
    owners = metadata.get("ownerReferences") or ()
    controller = next((owner for owner in owners if owner.get("controller")), None)
    if controller is not None:
        return f"{controller.get('kind')} {controller.get('name')} controls it"
    if key.group_kind not in context.kinds:
        return f"the inventory does not record the kind {key.group_kind}"
    if key.namespace and key.namespace not in context.namespaces:
        return f"the inventory does not record the namespace {key.namespace}"
    if context.declared.has(key) or orphan.uid in context.declared_uids:
        return "the source declares it"
    return None


def protected(orphan: Orphan, data: bool) -> str | None:
    """Why a proven orphan is kept all the same; None if nothing protects it. ``data`` is ``--prune-data``."""
    metadata = orphan.body.get("metadata") or {}
    if metadata.get("deletionTimestamp"):
        return "it is being deleted already"
    if (metadata.get("annotations") or {}).get(PRUNE_ANNOTATION) == "disabled":
        return f"its annotation {PRUNE_ANNOTATION} is disabled"
    if orphan.key.group_kind in DATA_KINDS and not data:
        return f"a {orphan.key.kind} is deleted only with --prune-data"
    return None


def blocked(context: Context) -> str | None:
    """Why nothing at all may be pruned: source or cluster was not read completely. None if both were."""
    if context.skipped:
        return f"not all of the source could be read ({_some(context.skipped)})"
    if context.unreadable:
        return f"not all of the cluster could be read ({_some(context.unreadable)})"
    return None


def refused(orphans: int, context: Context) -> str | None:
    """Why a run that would delete that many orphans is refused as a whole; None if it may go on."""
    if not orphans:
        return None
    if not context.declared.keys:
        return f"the source declares nothing, and {orphans} objects would be deleted; delete tears a target down"
    limit = context.raised or context.limit
    if limit.allows(orphans, context.members):
        return None
    return (
        f"{orphans} of {context.members} members would be deleted, more than the prune limit of {limit}; "
        f"if that is right, pass --prune-limit {orphans}"
    )


def decide(orphans: Iterable[Orphan], context: Context) -> PruneDecision:
    """Sort orphans into those to delete and those to keep, each kept one with its reason, in the order given.

    When something could not be read, or the run is refused, ``prune`` is empty.
    """
    prune: list[Orphan] = []
    kept: list[tuple[Orphan, str]] = []
    obstacle = blocked(context)
    for orphan in orphans:
        reason = unproven(orphan, context) or obstacle or protected(orphan, context.data)
        if reason is None:
            prune.append(orphan)
        else:
            kept.append((orphan, reason))
    refusal = refused(len(prune), context)
    if refusal is not None:
        return PruneDecision((), (*kept, *((orphan, refusal) for orphan in prune)), refusal)
    return PruneDecision(tuple(prune), tuple(kept))


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
