"""Who owns which field: ``metadata.managedFields`` as values (KEP-555, sigs.k8s.io/structured-merge-diff fieldpath).

``fieldsV1`` is a tree. ``f:NAME`` is a map's key, ``k:{…}`` an associative list's item, ``v:…`` a set's member, ``i:N``
a position; ``.`` says that the node itself is owned, and is left out where the node has no children.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kubectl_gitops.core.fields import atomic_around
from kubectl_gitops.core.objects import FIELD_MANAGER, Body, Json
from kubectl_gitops.core.path import Item, Member, Path, Scalar, Step, same_step
from kubectl_gitops.core.schema import Node

FieldSet = Mapping[str, Json]
"""A ``fieldsV1`` tree."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of ``managedFields``. ``time`` is RFC 3339, or "" where the server recorded none."""

    manager: str
    operation: str
    subresource: str
    api_version: str
    time: str
    fields: FieldSet

    @property
    def ours(self) -> bool:
        return self.manager == FIELD_MANAGER and self.operation == "Apply" and not self.subresource


def entries(body: Body) -> tuple[Entry, ...]:
    """The owners of an object's fields, in the server's order; entries without ``fieldsV1`` own nothing."""
    raw = (body.get("metadata") or {}).get("managedFields") or ()
    return tuple(
        Entry(
            item.get("manager") or "",
            item.get("operation") or "",
            item.get("subresource") or "",
            item.get("apiVersion") or "",
            item.get("time") or "",
            item.get("fieldsV1") or {},
        )
        for item in raw
    )


def is_ours(entry: Body) -> bool:
    """Whether an entry, as the server writes it, is what this tool applied; ``Entry.ours`` says it of a value."""
    identity = (entry.get("manager"), entry.get("operation"), entry.get("subresource") or "")
    return identity == (FIELD_MANAGER, "Apply", "")


def our_entry(owners: tuple[Entry, ...]) -> Entry | None:
    """What this tool applied; None when it never did, or everything in it was taken over since."""
    return next((entry for entry in owners if entry.ours), None)


@lru_cache(maxsize=65536)
def step(token: str) -> Step | None:
    """The path step for one key of a ``fieldsV1`` tree; None for ``.`` and for prefixes of a later server.

    An item's keys come in the order of the text, which is alphabetical; compare them as sets.
    """
    prefix, _, rest = token.partition(":")
    match prefix:
        case "f":
            return rest
        case "k":
            keys: dict[str, Scalar] = json.loads(rest)
            return Item(tuple(keys.items()))
        case "v":
            return Member(json.loads(rest))
        case "i":
            return int(rest)
    return None


def subtree(fields: FieldSet, path: Path) -> FieldSet | None:
    """What is owned at and below the path, or None if nothing there is."""
    for wanted in path:
        if isinstance(wanted, str):
            below = fields.get(f"f:{wanted}")
        else:
            below = next(
                (
                    child
                    for token, child in fields.items()
                    if (has := step(token)) is not None and same_step(has, wanted)
                ),
                None,
            )
        if below is None:
            return None
        fields = below
    return fields


def owns_above(fields: FieldSet, path: Path, node: Node | None = None) -> bool:
    """Whether the path leads into an atomic value that the set owns.

    Only the schema tells: whoever applied ``resources: {}`` owns that map and nothing of what others put into it.
    Without one, lists are atomic and maps are not.
    """
    whole = atomic_around(node, path)
    return whole is not None and subtree(fields, whole) is not None


def holds(fields: FieldSet, path: Path, node: Node | None = None) -> bool:
    """Whether the set owns the field as such: itself or the atomic value around it, not only something below."""
    below = subtree(fields, path)
    if below is None:
        return owns_above(fields, path, node)
    return all(key == "." for key in below)


def owners_of(owners: tuple[Entry, ...], path: Path, node: Node | None = None) -> tuple[Entry, ...]:
    """The entries that own the field or anything below it, or an atomic value around it. ``node`` is the object's."""
    return tuple(
        entry for entry in owners if subtree(entry.fields, path) is not None or owns_above(entry.fields, path, node)
    )


def leaves(fields: FieldSet, prefix: Path = ()) -> Iterator[Path]:
    """The paths of all owned fields without owned children. An item with children also counts through them alone."""
    for token, below in fields.items():
        here = step(token)
        if here is None:
            continue
        if any(key != "." for key in below):
            yield from leaves(below, (*prefix, here))
        else:
            yield (*prefix, here)
