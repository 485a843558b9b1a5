"""The three-way verdict on each field: did Git move, was it changed in the cluster, or both?

``merged`` is what the server would make of a forced apply of ``desired``: where it equals live, nothing would change
and there is nothing to judge. What a person added beside it, and what only our own ownership would give away, comes
from ``managedFields``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kubectl_gitops.core import managed
from kubectl_gitops.core.fields import Difference, differences, same, value_at
from kubectl_gitops.core.managed import Entry
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Item, Member, Path, Step
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING, Node

LAST_APPLIED: Path = ("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
RESTARTED_AT: Path = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
REPLICAS: Path = ("spec", "replicas")

_KUBECTL_VERBS = (
    *("annotate", "autoscale", "client-side-apply", "create", "debug", "edit", "expose", "label", "patch"),
    *("replace", "rollout", "run", "scale", "set", "taint"),
)
PEOPLE = frozenset({*(f"kubectl-{verb}" for verb in _KUBECTL_VERBS), "kubectl", "node-fetch", "before-first-apply"})
"""Managers that are a person's tools; ``kubectl`` is ``kubectl apply --server-side``, ``node-fetch`` is Lens."""

BY_A_WRITE = "no field of Git's: the server sets this on each write (a default or an admission policy)"


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


def judge(
    node: Node | None,
    base: Body | None,
    desired: Body,
    live: Body,
    merged: Body,
    people: frozenset[str] = PEOPLE,
) -> tuple[Judged, ...]:
    """The verdict on every field that a reconcile would change, in the order in which they are declared.

    ``base`` is None when the object has none. All four are whole objects as the server would hold them: namespace
    filled in, a Secret's stringData folded into data.
    """
    owners = tuple(entry for entry in managed.entries(live) if entry.subresource != "status")
    declared: list[Judged] = []
    derived: list[Judged] = []
    for difference in differences(node, _comparable(live), _comparable(merged)):
        judged = _judge(node, base, desired, owners, difference)
        (derived if judged.note == BY_A_WRITE else declared).append(judged)
    extras = _extras(node, base, desired, live, owners, people, {field.path for field in declared})
    # What the server does by itself is a consequence of the fields above, unless there are none.
    return (*declared, *extras) or tuple(derived)


def _comparable(body: Body) -> Json:
    """An object without what each write or controller moves: status and the server's own metadata."""
    rest = {key: value for key, value in body.items() if key != "status"}
    own = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
    rest["metadata"] = {key: value for key, value in (body.get("metadata") or {}).items() if key not in own}
    return rest


def _judge(
    node: Node | None, base: Body | None, desired: Body, owners: tuple[Entry, ...], difference: Difference
) -> Judged:
    path, live = difference.path, difference.left
    wanted = value_at(node, desired, path)
    before = MISSING if base is None else value_at(node, base, path)
    foreign = tuple(entry for entry in managed.owners_of(owners, path) if not entry.ours)
    ours = any(entry.ours for entry in managed.owners_of(owners, path))
    by = _latest(foreign)
    if difference.order:
        moved = base is not None and same(before, wanted)
        verdict = Verdict.LIVE_CHANGED if moved else Verdict.GIT_CHANGED
        return Judged(path, verdict, MISSING, difference.right, live, None, order=True)
    if wanted is MISSING:
        if not ours and before is MISSING:
            return Judged(path, Verdict.LIVE_CHANGED, MISSING, difference.right, live, by, note=BY_A_WRITE)
        changed = before is not MISSING and foreign and not _same_where_set(node, before, live, path)
        verdict = Verdict.CONFLICT if changed else Verdict.REMOVED
        return Judged(path, verdict, before, MISSING, live, by)
    if base is None:
        verdict = Verdict.GIT_CHANGED if ours and not foreign else Verdict.UNKNOWN
    elif same(before, wanted):
        verdict = Verdict.LIVE_CHANGED
    elif same(before, live) or not foreign:
        verdict = Verdict.GIT_CHANGED
    else:
        verdict = Verdict.CONFLICT
    return Judged(path, verdict, before, wanted, live, by)


def _same_where_set(node: Node | None, before: Json, live: Json, path: Path) -> bool:
    """Whether live still has each value that ``before`` sets; what the server added beside them does not count."""
    below = node
    for step in path:
        below = below.field(step) if below and isinstance(step, str) else below.items if below else None
    return all(found.left is MISSING for found in differences(below, before, live) if not found.order)


def _latest(entries: Iterable[Entry]) -> Entry | None:
    return max(entries, key=lambda entry: entry.time, default=None)


def _extras(
    node: Node | None,
    base: Body | None,
    desired: Body,
    live: Body,
    owners: tuple[Entry, ...],
    people: frozenset[str],
    judged: set[Path],
) -> Iterator[Judged]:
    """Fields that a person's tool owns and Git does not declare; a list item that is wholly theirs counts once."""
    seen: set[Path] = set()
    for entry in owners:
        if entry.ours or entry.manager not in people:
            continue
        for leaf in managed.leaves(entry.fields):
            path = _whole_item(node, desired, owners, people, _schema_order(node, leaf))
            if path in seen or path == LAST_APPLIED or path[:1] == ("status",):
                continue
            seen.add(path)
            value = value_at(node, live, path)
            declared = value_at(node, desired, path) is not MISSING
            if (
                value is MISSING
                or value in ({}, [])
                or declared
                or any(path[: len(other)] == other for other in judged)
            ):
                continue
            before = MISSING if base is None else value_at(node, base, path)
            co_owned = any(other.ours for other in managed.owners_of(owners, path))
            still_ours = co_owned and (before is MISSING or same(before, value))
            verdict = Verdict.REMOVED if still_ours else Verdict.EXTRA
            yield Judged(path, verdict, before, MISSING, value, entry, release=True)


def _schema_order(node: Node | None, path: Path) -> Path:
    """The path with item keys in the schema's order, as all other paths have them; fieldsV1 sorts them by name."""
    ordered: list[Step] = []
    for step in path:
        if isinstance(step, Item) and node is not None and len(step.keys) > 1:
            rank = {name: position for position, name in enumerate(node.key_fields)}
            step = Item(tuple(sorted(step.keys, key=lambda pair: rank.get(pair[0], len(rank)))))
        ordered.append(step)
        node = None if node is None else node.field(step) if isinstance(step, str) else node.items
    return tuple(ordered)


def _whole_item(
    node: Node | None, desired: Body, owners: tuple[Entry, ...], people: frozenset[str], leaf: Path
) -> Path:
    for length, step in enumerate(leaf, start=1):
        prefix = leaf[:length]
        if not isinstance(step, Item | Member) or value_at(node, desired, prefix) is not MISSING:
            continue
        if all(entry.manager in people for entry in managed.owners_of(owners, prefix) if not entry.ours):
            return prefix
    return leaf


def state_of(fields: Iterable[Judged]) -> State:
    """The state of a member that exists, by the worst of its fields' verdicts."""
    verdicts = {field.verdict for field in fields}
    if verdicts & {Verdict.CONFLICT, Verdict.UNKNOWN}:
        return State.CONFLICTED
    if verdicts & {Verdict.LIVE_CHANGED, Verdict.EXTRA}:
        return State.DRIFTED
    return State.PENDING if verdicts else State.SYNCED


def unchanged(live: Body, merged: Body) -> bool:
    """Whether an apply that gives ``merged`` would change nothing: managedFields, resourceVersion and status aside."""
    return same(_comparable(live), _comparable(merged))


def same_but_for_bookkeeping(one: Body, other: Body) -> bool:
    """Whether two readings of an object differ in nothing that a decision rests on.

    Status, resourceVersion and the times in managedFields move without anybody touching a field.
    """
    owners = (managed.entries(one), managed.entries(other))
    mine, theirs = (
        {(e.manager, e.operation, e.subresource): e.fields for e in entries if e.subresource != "status"}
        for entries in owners
    )
    return mine == theirs and unchanged(one, other)
