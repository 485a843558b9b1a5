"""One object's assessment: its state, and the verdict on each field that differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kubectl_gitops.core.fields import same, value_at
from kubectl_gitops.core.health import Health
from kubectl_gitops.core.ignore import FieldRule
from kubectl_gitops.core.left_alone import concrete, leaving
from kubectl_gitops.core.objects import Body, Json, Key, Manifest
from kubectl_gitops.core.path import Path, matches
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING, Node
from kubectl_gitops.core.verdicts import PEOPLE, REPLICAS, RESTARTED_AT, Judged, judge, state_of


@dataclass(frozen=True, slots=True)
class IgnoredField:
    path: Path
    rule: str
    reason: str
    desired: Json
    live: Json
    removable: bool = False
    """Whether ``--remove-extra=all`` removes it."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is known of one object.

    ``desired`` is what a reconcile would send, None for an orphan. ``live`` and ``merged`` (what the server would make
    of it) are None where absent or unknown. ``based`` says whether the object had a base to compare with.
    """

    key: Key
    state: State
    manifest: Manifest | None = None
    desired: Body | None = None
    live: Body | None = None
    merged: Body | None = None
    node: Node | None = None
    fields: tuple[Judged, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()
    message: str = ""
    based: bool = True
    immutable: bool = False
    """Whether Git asks for a change that the server makes on no existing object."""
    health: Health | None = None
    """The health of a live object that was looked at and let go, which then has only its identity left."""
    foreign: str = ""
    """Who owns an unmanaged object, where that is another living tool."""


def sendable(
    node: Node | None, desired: Body, live: Body, rules: Iterable[FieldRule]
) -> tuple[Body, tuple[IgnoredField, ...]]:
    """``desired`` as a reconcile sends it over ``live``: with ignored fields left alone, and which of them differ."""
    ignored: dict[Path, IgnoredField] = {}
    for rule in rules:
        for path in concrete(node, (desired, live), rule.path):
            wanted, found = value_at(node, desired, path), value_at(node, live, path)
            ignored.setdefault(path, IgnoredField(path, rule.title, rule.reason, wanted, found))
    body = leaving(node, desired, live, ignored)
    differing = tuple(
        field for field in ignored.values() if field.desired is not MISSING and not same(field.desired, field.live)
    )
    return body, differing


def compare(
    found: Assessment,
    base: Body | None,
    rules: Iterable[FieldRule] = (),
    people: frozenset[str] = PEOPLE,
) -> Assessment:
    """A member's assessment completed with its fields and its state.

    ``found`` has desired (as sent), live and merged. Extra fields that a rule ignores, an undeclared ``spec.replicas``
    and the mark of ``kubectl rollout restart`` go to ``ignored``.
    """
    assert found.desired is not None and found.live is not None and found.merged is not None
    known = tuple(rules)
    fields: list[Judged] = []
    ignored = list(found.ignored)
    left_alone = {field.path for field in found.ignored}
    before = None if base is None else _as_sent(found.node, base, found.live, known)
    for field in judge(found.node, before, found.desired, found.live, found.merged, people):
        if field.path in left_alone:
            continue
        rule = next((rule for rule in known if matches(rule.path, field.path)), None)
        harmless = _harmless(field.path) if field.verdict is Verdict.EXTRA else ""
        if rule is not None:
            ignored.append(IgnoredField(field.path, rule.title, rule.reason, field.desired, field.live))
        elif harmless:
            reason = f"{harmless}; --remove-extra=all removes it"
            ignored.append(IgnoredField(field.path, "built in", reason, field.desired, field.live, removable=True))
        else:
            fields.append(field)
    return replace(found, state=state_of(fields), fields=tuple(fields), ignored=tuple(ignored), based=base is not None)


def _as_sent(node: Node | None, base: Body, live: Body, rules: tuple[FieldRule, ...]) -> Body:
    """Base with ignored fields left alone as in desired, so that they don't look like a change of Git's."""
    return leaving(node, base, live, [path for rule in rules for path in concrete(node, (base, live), rule.path)])


def _harmless(path: Path) -> str:
    if path == REPLICAS:
        return "Git leaves the number of replicas open"
    if path == RESTARTED_AT:
        return "the mark of kubectl rollout restart; removing it would restart the pods again"
    return ""
