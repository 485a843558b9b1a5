"""What a write leaves alone: ignored fields, and under ``apply`` those that were changed in the cluster.

Such a field is omitted from what is sent where this tool does not own it, and sent with live's value where it does,
because server-side apply deletes a field that its owner omits (KEP-555).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_gitops.core import managed
from kubectl_gitops.core.fields import entries, in_order_of, value_at, with_value
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Item, Path, Pattern, Step, Wildcard
from kubectl_gitops.core.schema import MISSING, Node


def leaving(node: Node | None, desired: Body, live: Body, paths: Iterable[Path]) -> Body:
    """``desired`` as it has to be sent so that live keeps its values at the paths."""
    ours = managed.our_entry(managed.entries(live))
    body: Json = dict(desired)
    for path in paths:
        owned = ours is not None and managed.subtree(ours.fields, path) is not None
        value = value_at(node, live, path) if owned else MISSING
        if value is MISSING and value_at(node, body, path) is MISSING:
            continue
        body = with_value(node, body, path, value)
    result: Body = body
    return result


def leaving_order(node: Node | None, desired: Body, path: Path, order: list[Step]) -> Body:
    """``desired`` with the entries of the list at the path in live's order."""
    below = node
    for step in path:
        below = None if below is None else below.field(step) if isinstance(step, str) else below.items
    values = value_at(node, desired, path)
    result: Body = with_value(node, desired, path, in_order_of(below, values, order))
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
        if isinstance(wanted, Wildcard) or _names(wanted, step):
            yield from _expand(schema, below, rest, (*path, step))


def _names(wanted: Step, step: Step) -> bool:
    if isinstance(wanted, Item) and isinstance(step, Item):
        return set(wanted.keys) <= set(step.keys)
    return type(wanted) is type(step) and wanted == step


def _children(node: Node | None, value: Json) -> Iterator[tuple[Step, Json, Node | None]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield key, below, node.field(key) if node else None
    elif isinstance(value, list):
        found = entries(node, value) if node and (node.key_fields or node.merge == "set") else None
        steps: Iterable[tuple[Step, Json]] = found.items() if found is not None else enumerate(value)
        for step, below in steps:
            yield step, below, node.items if node else None
