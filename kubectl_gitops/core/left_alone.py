"""What a write leaves alone: ignored fields, and under ``apply`` those that were changed in the cluster.

Such a field is omitted from what is sent where this tool does not own it, and sent with live's value where it does,
because server-side apply deletes a field that its owner omits (KEP-555).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_gitops.core import managed
from kubectl_gitops.core.fields import (
    atomic_around,
    child,
    entries,
    in_order_of,
    item_step,
    schema_at,
    value_at,
    with_value,
)
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Item, Path, Pattern, Step, same_step, step_matches
from kubectl_gitops.core.schema import MISSING, Merge, Node


def leaving(node: Node | None, desired: Body, live: Body, paths: Iterable[Path]) -> Body:
    """``desired`` as it has to be sent so that live keeps its values at the paths.

    Of a map or a list that several may own, only those parts are sent that this tool owns already. An atomic value
    is sent as a whole or not at all, so a path that leads into one takes live's value there.
    """
    ours = managed.our_entry(managed.entries(live))
    body: Json = dict(desired)
    gone: list[Path] = []
    for path in paths:
        around = atomic_around(node, path)
        if around is not None:
            value = value_at(node, live, path)
            if MISSING in (value_at(node, body, around), value_at(node, live, around)):
                continue
        else:
            tree = managed.subtree(ours.fields, path) if ours is not None else None
            found = value_at(node, live, path)
            value = MISSING if tree is None or found is MISSING else owned_part(schema_at(node, path), found, tree)
        if value is MISSING:
            gone.append(_null_above(body, path) or path)
        else:
            body = with_value(node, body, path, value)
    # From the end, so that positions in atomic lists stay right.
    for path in sorted(gone, key=_positions, reverse=True):
        body = with_value(node, body, path, MISSING)
    result: Body = body
    return result


def _null_above(body: Json, path: Path) -> Path | None:
    """A null that desired sets above the path: it would drop everything below it."""
    for length, step in enumerate(path):
        if body is None:
            return path[:length]
        body = body.get(step, MISSING) if isinstance(body, dict) and isinstance(step, str) else MISSING
    return None


def _positions(path: Path) -> tuple[int, ...]:
    return tuple(step for step in path if isinstance(step, int))


def owned_part(node: Node | None, value: Json, fields: managed.FieldSet) -> Json:
    """Of a live value, what the tree of owned fields names, in live's order; ``MISSING`` where nothing is left.

    List items come with the keys that tell them apart.
    """
    if all(name == "." for name in fields):
        return _shell(node, value)
    if isinstance(value, dict):
        parts = {
            key: owned_part(child(node, key), below, fields[f"f:{key}"])
            for key, below in value.items()
            if f"f:{key}" in fields
        }
        kept = {key: part for key, part in parts.items() if part is not MISSING}
        return kept if kept or "." in fields else MISSING
    found = entries(node, value)
    if node is None or found is None:
        return value
    trees = [(step, tree) for token, tree in fields.items() if (step := managed.step(token)) is not None]
    items = [
        _owned_item(node, step, item, tree)
        for step, item in found.items()
        for owned, tree in trees
        if same_step(owned, step)
    ]
    return items if items or "." in fields else MISSING


def _shell(node: Node | None, value: Json) -> Json:
    """What owning a field without anything below it comes to: all of it, but of a shared container the container."""
    merge = node.merge if node is not None else Merge.UNKNOWN
    if isinstance(value, dict) and merge in (Merge.MAP, Merge.UNKNOWN):
        return {}
    if isinstance(value, list) and merge in (Merge.ASSOCIATIVE, Merge.SET):
        return []
    return value


def _owned_item(node: Node, step: Step, item: Json, fields: managed.FieldSet) -> Json:
    part = owned_part(node.items, item, fields)
    if not isinstance(step, Item) or (part is not MISSING and item_step(node, part) == step):
        return part
    keys = {name: item[name] for name in node.key_fields if name in item}
    return {**keys, **(part or {})}


def leaving_order(node: Node | None, desired: Body, path: Path, order: list[Step]) -> Body:
    """``desired`` with the entries of the list at the path in live's order."""
    values = value_at(node, desired, path)
    if values is MISSING:
        return desired
    result: Body = with_value(node, desired, path, in_order_of(schema_at(node, path), values, order))
    return result


def concrete(node: Node | None, values: Iterable[Json], pattern: Pattern) -> tuple[Path, ...]:
    """Every path at which one of the values has something that the pattern names exactly."""
    return tuple(dict.fromkeys(path for value in values for path in _expand(node, value, pattern, ())))


def _expand(node: Node | None, value: Json, pattern: Pattern, path: Path) -> Iterator[Path]:
    if not pattern:
        yield path
        return
    wanted, rest = pattern[0], pattern[1:]
    for step, below, schema in _children(node, value):
        if step_matches(wanted, step):
            yield from _expand(schema, below, rest, (*path, step))


def _children(node: Node | None, value: Json) -> Iterator[tuple[Step, Json, Node | None]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield key, below, child(node, key)
    elif isinstance(value, list):
        found = entries(node, value) if node and node.merge in (Merge.ASSOCIATIVE, Merge.SET) else None
        steps: Iterable[tuple[Step, Json]] = found.items() if found is not None else enumerate(value)
        for step, below in steps:
            yield step, below, child(node, step)
