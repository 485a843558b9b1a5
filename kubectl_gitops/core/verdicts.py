"""The three-way verdict on each field: did Git move, was it changed in the cluster, or both?

``merged`` is what the server would make of a forced apply of ``desired``: where it equals live, nothing would change
and there is nothing to judge. What a person added beside it, and what only our own ownership would give away, comes
from ``managedFields``.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_gitops.core import managed
from kubectl_gitops.core.extras import extras, forgotten
from kubectl_gitops.core.fields import Difference, differences, entries, same, schema_at
from kubectl_gitops.core.judged import Judged as Judged  # noqa: PLC0414 - said to be part of this module's interface
from kubectl_gitops.core.judged import changed_by_others, comparable, declared_at, latest
from kubectl_gitops.core.managed import Entry
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Path, starts_with
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING, Node

RESTARTED_AT: Path = ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt")
REPLICAS: Path = ("spec", "replicas")

_KUBECTL_VERBS = (
    *("annotate", "autoscale", "client-side-apply", "create", "debug", "edit", "expose", "label", "patch"),
    *("replace", "rollout", "run", "scale", "set", "taint"),
)
PEOPLE = frozenset({*(f"kubectl-{verb}" for verb in _KUBECTL_VERBS), "kubectl", "node-fetch", "before-first-apply"})
"""Managers that are a person's tools; ``kubectl`` is ``kubectl apply --server-side``, ``node-fetch`` is Lens."""

BY_A_WRITE = "no field of Git's: the server sets this on each write (a default or an admission policy)"


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
    for difference in differences(node, comparable(live), comparable(merged)):
        judged = _judge(node, base, desired, owners, difference)
        (derived if judged.note == BY_A_WRITE else declared).append(judged)
    seen = [field.path for field in declared if not field.order]
    beside = list(extras(node, base, desired, live, owners, people, seen))
    if base is not None and managed.our_entry(owners) is None:
        beside.extend(forgotten(node, base, desired, live, owners, seen))
    # What goes as a whole is not reported once more in parts.
    wholes = [extra.path for extra in beside if extra.verdict is not Verdict.EXTRA]
    declared = [field for field in declared if not any(starts_with(field.path, whole) for whole in wholes)]
    # What the server does by itself is a consequence of the fields above, unless there are none.
    return (*declared, *beside) or tuple(derived)


def _judge(
    node: Node | None, base: Body | None, desired: Body, owners: tuple[Entry, ...], difference: Difference
) -> Judged:
    path, live = difference.path, difference.left
    wanted = declared_at(node, desired, path)
    before = MISSING if base is None else declared_at(node, base, path)
    owning = managed.owners_of(owners, path, node)
    foreign = tuple(entry for entry in owning if not entry.ours)
    ours = len(foreign) < len(owning)
    by = latest(foreign)
    nobodys = live is MISSING or (not ours and before is MISSING)
    if wanted is MISSING and (difference.order or nobodys):
        return Judged(
            path,
            Verdict.LIVE_CHANGED,
            MISSING,
            difference.right,
            live,
            None if difference.order else by,
            order=difference.order,
            note=BY_A_WRITE,
        )
    if difference.order:
        verdict = _verdict_on_order(schema_at(node, path), base, before, wanted, ours)
        return Judged(path, verdict, MISSING, difference.right, live, None, order=True)
    if wanted is MISSING:
        changed = changed_by_others(node, before, live, path, owners)
        return Judged(path, Verdict.CONFLICT if changed else Verdict.REMOVED, before, MISSING, live, by)
    # While our entry holds a field, no other write changed it (KEP-555), whoever else holds it too.
    unmoved = not foreign or any(entry.ours and managed.holds(entry.fields, path, node) for entry in owning)
    if base is None:
        verdict = Verdict.GIT_CHANGED if ours and unmoved else Verdict.UNKNOWN
    elif same(before, wanted):
        verdict = Verdict.LIVE_CHANGED
    elif same(before, live) or unmoved:
        verdict = Verdict.GIT_CHANGED
    else:
        verdict = Verdict.CONFLICT
    return Judged(path, verdict, before, wanted, live, by)


def _verdict_on_order(below: Node | None, base: Body | None, before: Json, wanted: Json, ours: bool) -> Verdict:
    """Who moved the entries can't be told from ``managedFields``, only whether Git did."""
    if base is None:
        return Verdict.GIT_CHANGED if ours else Verdict.UNKNOWN
    olds, news = entries(below, before) or {}, entries(below, wanted) or {}
    moved = [step for step in olds if step in news] != [step for step in news if step in olds]
    return Verdict.GIT_CHANGED if moved else Verdict.LIVE_CHANGED


def state_of(fields: Iterable[Judged]) -> State:
    """The state of a member that exists, by the worst of its fields' verdicts."""
    return state_by(field.verdict for field in fields)


def state_by(verdicts: Iterable[Verdict]) -> State:
    """The same for the verdicts alone."""
    found = set(verdicts)
    if found & {Verdict.CONFLICT, Verdict.UNKNOWN}:
        return State.CONFLICTED
    if found & {Verdict.LIVE_CHANGED, Verdict.EXTRA}:
        return State.DRIFTED
    return State.PENDING if found else State.SYNCED


def unchanged(live: Body, merged: Body) -> bool:
    """Whether an apply that gives ``merged`` would change nothing: managedFields, resourceVersion and status aside."""
    return same(comparable(live), comparable(merged))


def same_but_for_bookkeeping(one: Body, other: Body) -> bool:
    """Whether two readings of an object differ in nothing that a decision rests on.

    Status, resourceVersion and the times in managedFields move without anybody touching a field.
    """
    owners = (managed.entries(one), managed.entries(other))
    mine, theirs = (
        {
            (entry.manager, entry.operation, entry.subresource, entry.api_version): entry.fields
            for entry in some
            if entry.subresource != "status"
        }
        for some in owners
    )
    return mine == theirs and unchanged(one, other)
