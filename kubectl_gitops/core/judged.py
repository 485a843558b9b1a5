"""One field's verdict, and what is asked of a field before there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_gitops.core import managed
from kubectl_gitops.core.fields import differences, schema_at, value_at
from kubectl_gitops.core.managed import Entry
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.reports import Verdict
from kubectl_gitops.core.schema import MISSING, Node


@dataclass(frozen=True, slots=True)
class Judged:
    """One differing field. ``base``, ``desired`` and ``live`` may be ``MISSING``.

    ``by`` is who put live's value there, as far as ``managedFields`` tells. ``release`` says that the server would keep
    the field for another manager, so that bringing it back takes a removal beside the apply.
    """

    path: Path
    verdict: Verdict
    base: Json
    desired: Json
    live: Json
    by: Entry | None
    release: bool = False
    order: bool = False
    note: str = ""


def comparable(body: Body) -> Json:
    """An object without what each write or controller moves: status and the server's own metadata."""
    rest = {key: value for key, value in body.items() if key != "status"}
    own = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
    rest["metadata"] = {key: value for key, value in (body.get("metadata") or {}).items() if key not in own}
    return rest


def declared_at(node: Node | None, body: Body, path: Path) -> Json:
    """What Git says of the field: its value, or the null above it that drops everything below."""
    above = (value_at(node, body, path[:length]) for length in range(1, len(path)))
    return None if any(value is None for value in above) else value_at(node, body, path)


def changed_by_others(node: Node | None, before: Json, live: Json, path: Path, owners: tuple[Entry, ...]) -> bool:
    """Whether another manager gave a value that base set another one; what was added beside them does not count."""
    if before is MISSING:
        return False
    for found in differences(schema_at(node, path), before, live, path):
        if found.order or MISSING in (found.left, found.right):
            continue
        owning = managed.owners_of(owners, found.path, node)
        held = any(entry.ours and managed.holds(entry.fields, found.path, node) for entry in owning)
        if not held and any(not entry.ours for entry in owning):
            return True
    return False


def latest(owners: Iterable[Entry]) -> Entry | None:
    """The owner that wrote last."""
    return max(owners, key=lambda entry: entry.time, default=None)
