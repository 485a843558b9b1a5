"""Removing fields that Git does not declare, by a JSON patch (RFC 6902) that only fits the object it was made for."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_gitops.core.fields import child, position_of, value_at
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.schema import MISSING, Node

Pointer = tuple[str | int, ...]


def removal_patch(node: Node | None, live: Body, paths: Iterable[Path]) -> list[dict[str, Json]]:
    """The patch that removes the fields which live still has; empty when it has none of them.

    It tests the resourceVersion that ``live`` was read at: positions in lists are only right for that one. Later
    positions go first, so that they don't move the earlier ones.
    """
    pointers = [_pointer(node, live, path) for path in paths if value_at(node, live, path) is not MISSING]
    if not pointers:
        return []
    version = live["metadata"]["resourceVersion"]
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    return [
        test,
        *({"op": "remove", "path": _text(pointer)} for pointer in sorted(set(pointers), key=_rank, reverse=True)),
    ]


def _pointer(node: Node | None, value: Json, path: Path) -> Pointer:
    pointer: list[str | int] = []
    for step in path:
        if isinstance(step, str):
            pointer.append(step)
            value = value[step]
        else:
            position = step if isinstance(step, int) else position_of(node, value, step)
            assert position is not None
            pointer.append(position)
            value = value[position]
        node = child(node, step)
    return tuple(pointer)


def _rank(pointer: Pointer) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, step, "") if isinstance(step, int) else (0, 0, step) for step in pointer)


def _text(pointer: Pointer) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in pointer)
