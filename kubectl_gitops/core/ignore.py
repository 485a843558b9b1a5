"""Ignored fields: the rules of ``gitops.yaml``, and those that HorizontalPodAutoscalers imply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple, Protocol

from kubectl_gitops.core.objects import Body, Key, group_of, key_of
from kubectl_gitops.core.path import Path, Pattern, matches


class Rule(Protocol):
    """What an ignore rule says. ``kind`` is exact, ``name`` and ``namespace`` are globs, and "" or ``*`` is
    any."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def path(self) -> Pattern: ...
    @property
    def reason(self) -> str: ...
    @property
    def expires(self) -> date | None: ...
    @property
    def title(self) -> str:
        """How a report names the rule."""
        ...


class FieldRule(NamedTuple):
    """A rule as it concerns one object: which fields, why, and how a report names it."""

    path: Pattern
    reason: str
    title: str


@dataclass(frozen=True, slots=True)
class ScaledByAutoscaler:
    """The rule that an autoscaler implies for the one workload that it scales; it never expires."""

    group: str
    kind: str
    namespace: str
    name: str
    autoscaler: str
    path: Pattern = ("spec", "replicas")
    expires: date | None = None

    @property
    def reason(self) -> str:
        return "an autoscaler scales it"

    @property
    def title(self) -> str:
        return f"HorizontalPodAutoscaler {self.namespace}/{self.autoscaler}"


@dataclass(frozen=True, slots=True)
class MayBeScaled:
    """The rule for a namespace whose autoscalers can't be read: any of its workloads may be scaled by one."""

    namespace: str
    kind: str = "*"
    name: str = "*"
    path: Pattern = ("spec", "replicas")
    reason: str = "they can't be read, and one may scale it"
    expires: date | None = None

    @property
    def title(self) -> str:
        return f"HorizontalPodAutoscalers in {self.namespace}"


def active(rules: Iterable[Rule], today: date) -> tuple[Rule, ...]:
    """The rules that hold. A rule holds through its day of expiry."""
    return tuple(rule for rule in rules if rule.expires is None or today <= rule.expires)


def expired(rules: Iterable[Rule], today: date) -> tuple[Rule, ...]:
    """The rules that held once, to be reported."""
    return tuple(rule for rule in rules if rule.expires is not None and rule.expires < today)


def rules_of(rules: Iterable[Rule], key: Key) -> tuple[Rule, ...]:
    """The rules that concern one object, in the order given."""
    return tuple(rule for rule in rules if _concerns(rule, key))


def field_rules(rules: Iterable[Rule], key: Key) -> tuple[FieldRule, ...]:
    """The same without what chooses the object."""
    reason = "no reason is given"
    return tuple(FieldRule(rule.path, rule.reason or reason, rule.title) for rule in rules_of(rules, key))


def rule_for(rules: Iterable[Rule], key: Key, path: Path) -> Rule | None:
    """The first rule that ignores that field of that object: it names the field itself or one above it.

    Rules that expired are to be left out before (``active``).
    """
    return next((rule for rule in rules if _concerns(rule, key) and matches(rule.path, path)), None)


def _concerns(rule: Rule, key: Key) -> bool:
    if isinstance(rule, ScaledByAutoscaler):
        return key == (rule.group, rule.kind, rule.namespace, rule.name)
    return (
        rule.kind in ("", "*", key.kind)
        and fnmatchcase(key.name, rule.name or "*")
        and fnmatchcase(key.namespace, rule.namespace or "*")
    )


def hpa_rules(autoscalers: Iterable[Body]) -> tuple[ScaledByAutoscaler, ...]:
    """One rule for each HorizontalPodAutoscaler that names what it scales, live or declared, in a fixed
    order.

    Each body comes with its namespace filled in; ``spec.scaleTargetRef`` names a workload of that namespace
    (autoscaling/v2 CrossVersionObjectReference). Declared and live ones may repeat each other.
    """
    rules: set[ScaledByAutoscaler] = set()
    for body in autoscalers:
        target = (body.get("spec") or {}).get("scaleTargetRef") or {}
        kind, name = target.get("kind"), target.get("name")
        if kind and name:
            own = key_of(body)
            rules.add(ScaledByAutoscaler(group_of(target.get("apiVersion") or ""), kind, own.namespace, name, own.name))
    return tuple(sorted(rules, key=_order))


def _order(rule: ScaledByAutoscaler) -> tuple[str, ...]:
    return (rule.group, rule.kind, rule.namespace, rule.name, rule.autoscaler)
