"""Taking over the ownership of fields that are to go, so that the next apply drops them in the same change.

Removing them in a write of their own would make two changes out of one, and with them two rollouts.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_gitops.core.adoption import union
from kubectl_gitops.core.managed import FieldSet, is_ours, step
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Path, same_step


def transfer_patch(live: Body, paths: Iterable[Path]) -> list[dict[str, Json]]:
    """The JSON patch of managedFields that makes our Apply entry the only owner of the fields; empty if none can be.

    ``live`` comes with its managedFields. Entries of another apiVersion than ours are left as they are: their paths may
    mean other fields. The patch fits only the resourceVersion that ``live`` was read at, else the server answers 409.
    """
    metadata = live["metadata"]
    entries: list[dict[str, Json]] = list(metadata.get("managedFields") or ())
    ours = next((entry for entry in entries if is_ours(entry)), None)
    if ours is None:
        return []
    owned: FieldSet = ours.get("fieldsV1") or {}
    others: list[dict[str, Json]] = []
    moved = False
    for entry in entries:
        if entry is ours:
            continue
        fields: FieldSet = entry.get("fieldsV1") or {}
        if entry.get("apiVersion") == ours.get("apiVersion"):
            for path in paths:
                taken, fields = _take(fields, path)
                if taken:
                    owned, moved = union(owned, taken), True
        if fields:
            others.append({**entry, "fieldsV1": fields})
    if not moved:
        return []
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": [{**ours, "fieldsV1": owned}, *others]},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
    ]


def _take(fields: FieldSet, path: Path) -> tuple[FieldSet, FieldSet]:
    """A field set in two: what it owns at and below the path, and the rest. A node that is left without anything goes.

    A node without children means that it is owned itself, so an emptied one must not stay.
    """
    token = next(
        (one for one in fields if (has := step(one)) is not None and same_step(has, path[0])),
        None,
    )
    if token is None:
        return {}, fields
    rest = {one: below for one, below in fields.items() if one != token}
    if len(path) == 1:
        return {token: fields[token]}, rest
    taken, left = _take(fields[token], path[1:])
    if not taken:
        return {}, fields
    return {token: taken}, {**rest, token: left} if left else rest
