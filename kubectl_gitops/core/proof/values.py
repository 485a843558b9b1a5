"""Whether sending the declared values would change nothing: the first half of the proof.

Each function answers None where it would change nothing, else a finding: why that is not certain, and the steps to
the place from the inside out.
"""

from __future__ import annotations

import base64
import binascii
from itertools import pairwise
from typing import Final

from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Step
from kubectl_gitops.core.proof import quantity, times
from kubectl_gitops.core.proof.defaults import is_known_default, published
from kubectl_gitops.core.proof.rules import Rule
from kubectl_gitops.core.proof.zero import is_zero
from kubectl_gitops.core.schema import MISSING, Merge

Finding = tuple[str, list[Step]]

_PLAIN: Final = frozenset((str, int, bool))
_EXACT_FLOAT: Final = 2**53
_TIME: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"


def at(step: Step, finding: Finding) -> Finding:
    finding[1].append(step)
    return finding


def granular(rule: Rule, declared: Body, live: Body) -> Finding | None:
    """A map that is merged key by key: only what is declared counts."""
    fields = rule.fields
    for name, wanted in declared.items():
        has = live.get(name, MISSING)
        kind = type(wanted)
        if kind is type(has) and kind in _PLAIN and wanted == has:
            continue
        child = fields[name]
        if child is None:
            return "the schema has no such field", [name]
        if has is MISSING:
            if not left_out(rule, name, wanted):
                return "declared, and absent in the cluster", [name]
            continue
        # What value() would do, without the call.
        if kind is dict and child.is_map and type(has) is dict:
            finding = granular(child, wanted, has)
        else:
            finding = value(child, wanted, has)
        if finding is not None:
            return at(name, finding)
    return None


def value(rule: Rule, wanted: Json, has: Json) -> Finding | None:
    """One declared value against live's value in the same place."""
    if wanted is None:
        return None if null_changes_nothing(rule, has) else ("null is declared", [])
    merge = rule.merge
    if merge is Merge.SCALAR:
        return None if same_scalar(rule, wanted, has) else ("the values differ", [])
    if merge is Merge.MAP and type(wanted) is dict and type(has) is dict:
        return granular(rule, wanted, has)
    if type(wanted) is list and not wanted and has is None and rule.built_in and not rule.keeps_empty:
        return None
    if (merge is Merge.ASSOCIATIVE or merge is Merge.SET) and type(wanted) is list and type(has) is list:
        return associative(rule, wanted, has)
    if merge is Merge.ATOMIC:
        return atomic(rule, wanted, has)
    if merge is Merge.UNKNOWN:
        return None if untyped(wanted, has) else ("the values differ", [])
    return "the values are of different types", []


def null_changes_nothing(rule: Rule, has: Json) -> bool:
    return has is None or (rule.null_is_empty_text and type(has) is str and has == "")


def left_out(rule: Rule, name: str, wanted: Json) -> bool:
    """Whether the server's answer lacks this declared field just because its value is the Go type's zero."""
    if not rule.built_in or not rule.node.is_struct_field(name):
        return False
    return wanted is None or is_zero(rule.zeros.get(name, ""), wanted)


def associative(rule: Rule, wanted: list[Json], has: list[Json]) -> Finding | None:
    """A list whose items are told apart by keys, or a set: every declared item is there, in the declared order."""
    if not wanted:
        return None
    keys, live_keys = rule.keys_of(wanted), rule.keys_of(has)
    if keys is None or live_keys is None:
        return "an item can't be told from the others", []
    places = {key: place for place, key in enumerate(live_keys)}
    if len(places) < len(has):
        return "two items in the cluster have the same key", []
    item_rule = rule.item if rule.merge is Merge.ASSOCIATIVE else None
    order: list[int] = []
    for key, item in zip(keys, wanted, strict=True):
        place = places.get(key, -1)
        if place < 0:
            return "declared, and absent in the cluster", [rule.step(key)]
        order.append(place)
        if item_rule is not None:
            finding = value(item_rule, item, has[place])
            if finding is not None:
                return at(rule.step(key), finding)
    if not in_order(order):
        return "the items are in another order or declared twice", []
    return None


def in_order(places: list[int]) -> bool:
    return all(one < other for one, other in pairwise(places))


def atomic(rule: Rule | None, wanted: Json, has: Json) -> Finding | None:
    """A value that is replaced as a whole: it must be the same throughout, the server's own defaults aside."""
    if rule is None or rule.opaque:
        return None if identical(wanted, has) else ("the values differ", [])
    if wanted is None:
        return None if null_changes_nothing(rule, has) else ("null is declared", [])
    if type(wanted) is dict and type(has) is dict:
        return _atomic_map(rule, wanted, has)
    if type(wanted) is list:
        if type(has) is list and len(wanted) == len(has):
            for place, (one, other) in enumerate(zip(wanted, has, strict=True)):
                kind = type(one)
                if kind is type(other) and kind in _PLAIN and one == other:
                    continue
                finding = atomic(rule.item, one, other)
                if finding is not None:
                    return at(place, finding)
            return None
        if not wanted and has is None and rule.built_in and not rule.keeps_empty:
            return None
        return "the lists differ in length", []
    return None if same_scalar(rule, wanted, has) else ("the values differ", [])


def _atomic_map(rule: Rule, wanted: Body, has: Body) -> Finding | None:
    for name, one in wanted.items():
        other = has.get(name, MISSING)
        if other is MISSING:
            if not left_out(rule, name, one):
                return "declared, and absent in the cluster", [name]
            continue
        kind = type(one)
        if kind is type(other) and kind in _PLAIN and one == other:
            continue
        child = rule.fields[name]
        if child is None:
            return "the schema has no such field", [name]
        finding = atomic(child, one, other)
        if finding is not None:
            return at(name, finding)
    if len(has) > len(wanted) or has.keys() - wanted.keys():
        for name in has:
            if name not in wanted and not filled_in(rule, name, wanted, has):
                return "not declared, in a value that is replaced as a whole", [name]
    return None


def filled_in(rule: Rule, name: str, wanted: Body, has: Body) -> bool:
    """Whether the server puts live's value there by itself when the declared map lacks the field."""
    if rule.built_in:
        return is_known_default(rule.definition, name, wanted, has)
    child = rule.fields[name] if rule.node.is_struct_field(name) else None
    return child is not None and identical(published(child.node), has[name])


def untyped(wanted: Json, has: Json) -> bool:
    """Where the schema gives no type: maps merge key by key, lists are replaced (KEP-555, deduced schemas)."""
    if type(wanted) is dict and type(has) is dict:
        return all(name in has and untyped(one, has[name]) for name, one in wanted.items())
    return identical(wanted, has)


def identical(one: Json, other: Json) -> bool:
    """Equality of JSON documents, in which 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        same_names = bool(one.keys() == other.keys())
        return same_names and all(identical(item, other[name]) for name, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(identical, one, other))
    return bool(one == other)


def same_scalar(rule: Rule, wanted: Json, has: Json) -> bool:
    """Whether the server would write the declared scalar as live has it; they are known not to be the same."""
    kind, other = type(wanted), type(has)
    if (kind is float or kind is int) and (other is float or other is int) and rule.type in ("integer", "number"):
        return bool(wanted == has) and abs(wanted) < _EXACT_FLOAT
    if not rule.built_in:
        return False
    if rule.form == "quantity":
        return quantity.same(wanted, has)
    if kind is not str or other is not str:
        return False
    if rule.form == "byte":
        decoded = _decoded(wanted)
        return decoded is not None and decoded == _decoded(has)
    if rule.definition == _TIME:
        return bool(times.canonical(wanted) == has)
    return False


def _decoded(text: str) -> bytes | None:
    """The bytes of a base64 text as Go reads it: line breaks don't count."""
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return None
