"""What no forced apply would take away: fields that people added, and those that Git dropped while others hold them."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_gitops.core import managed
from kubectl_gitops.core.fields import child, differences, schema_at, value_at
from kubectl_gitops.core.judged import Judged, changed_by_others, comparable, declared_at, latest
from kubectl_gitops.core.managed import Entry
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Item, Member, Path, Step, starts_with
from kubectl_gitops.core.reports import Verdict
from kubectl_gitops.core.schema import MISSING, Merge, Node

LAST_APPLIED: Path = ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")


def extras(
    node: Node | None,
    base: Body | None,
    desired: Body,
    live: Body,
    owners: tuple[Entry, ...],
    people: frozenset[str],
    judged: list[Path],
) -> Iterator[Judged]:
    """Fields that a person's tool owns and Git does not declare; a list item that is wholly theirs counts once."""
    persons = tuple(entry for entry in owners if not entry.ours and entry.manager in people)
    paths = (
        _whole_item(node, desired, owners, people, _schema_order(node, leaf))
        for entry in persons
        for leaf in managed.leaves(entry.fields)
    )
    for path in dict.fromkeys(paths):
        value = value_at(node, live, path)
        if (
            path == LAST_APPLIED
            or path[0] == "status"
            or value is MISSING
            or value in ({}, [])
            or declared_at(node, desired, path) is not MISSING
            or any(starts_with(path, other) for other in judged)
            or _shared(node, owners, people, path, value)
        ):
            continue
        before = MISSING if base is None else value_at(node, base, path)
        owning = managed.owners_of(owners, path, node)
        verdict = Verdict.EXTRA
        if any(entry.ours for entry in owning):
            changed = changed_by_others(node, before, value, path, owners)
            verdict = Verdict.CONFLICT if changed else Verdict.REMOVED
        by = latest(entry for entry in persons if entry in owning)
        yield Judged(path, verdict, before, MISSING, value, by, release=True)


def _shared(node: Node | None, owners: tuple[Entry, ...], people: frozenset[str], path: Path, value: Json) -> bool:
    """Whether removing the field would take away more than what people put there.

    Owning ``resources`` without anything below says ``resources: {}`` was written; what is in it now is others'. A
    key field can't go without its item, and an item with a controller's fields in it stays.
    """
    last = path[-1]
    if isinstance(last, str):
        merge = at.merge if (at := schema_at(node, path)) is not None else Merge.UNKNOWN
        above = path[-2] if len(path) > 1 else None
        container = (Merge.MAP, Merge.UNKNOWN) if isinstance(value, dict) else (Merge.ASSOCIATIVE, Merge.SET)
        key_field = isinstance(above, Item) and last in dict(above.keys)
        return key_field or (isinstance(value, dict | list) and merge in container)
    return not _wholly(node, owners, people, path)


def forgotten(
    node: Node | None,
    base: Body,
    desired: Body,
    live: Body,
    owners: tuple[Entry, ...],
    judged: list[Path],
) -> Iterator[Judged]:
    """What base set, Git dropped and nobody owns: after a reset of ``managedFields`` an apply would not remove it."""
    for difference in differences(node, comparable(base), comparable(desired)):
        path, before = difference.path, difference.left
        if difference.order or difference.right is not MISSING or before is None:
            continue
        value = value_at(node, live, path)
        nobody = not managed.owners_of(owners, path, node)
        if value is not MISSING and nobody and not any(starts_with(path, other) for other in judged):
            apart = differences(schema_at(node, path), before, value)
            changed = any(not found.order and MISSING not in (found.left, found.right) for found in apart)
            verdict = Verdict.CONFLICT if changed else Verdict.REMOVED
            yield Judged(path, verdict, before, MISSING, value, None, release=True)


def _schema_order(node: Node | None, path: Path) -> Path:
    """The path with item keys in the schema's order, as all other paths have them; fieldsV1 sorts them by name."""
    ordered: list[Step] = []
    for step in path:
        if isinstance(step, Item) and node is not None and len(step.keys) > 1:
            rank = {name: position for position, name in enumerate(node.key_fields)}
            step = Item(tuple(sorted(step.keys, key=lambda pair: rank.get(pair[0], len(rank)))))
        ordered.append(step)
        node = child(node, step)
    return tuple(ordered)


def _whole_item(
    node: Node | None, desired: Body, owners: tuple[Entry, ...], people: frozenset[str], leaf: Path
) -> Path:
    for length, step in enumerate(leaf, start=1):
        prefix = leaf[:length]
        if not isinstance(step, Item | Member) or declared_at(node, desired, prefix) is not MISSING:
            continue
        if _wholly(node, owners, people, prefix):
            return prefix
    return leaf


def _wholly(node: Node | None, owners: tuple[Entry, ...], people: frozenset[str], path: Path) -> bool:
    owning = managed.owners_of(owners, path, node)
    return all(entry.ours or entry.manager in people for entry in owning)
