"""Whether a value is of the types that its schema names, so that the server reads it before it ignores it."""

from __future__ import annotations

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.proof.rules import Rule
from kubectl_gitops.core.schema import Merge


def fits(rule: Rule | None, value: Json) -> bool:
    """Whether the types are certainly right. Formats are not looked into: a value that has one does not fit."""
    if rule is None or rule.merge is Merge.UNKNOWN:
        return False
    if value is None:
        return rule.built_in
    if type(value) is dict:
        return rule.type == "object" and all(fits(rule.fields[name], item) for name, item in value.items())
    if type(value) is list:
        return rule.type == "array" and _told_apart(rule, value) and all(fits(rule.item, item) for item in value)
    if rule.form not in ("", "int32", "int64"):
        return False
    match rule.type:
        case "string":
            return type(value) is str
        case "boolean":
            return type(value) is bool
        case "integer":
            return type(value) is int and abs(value) < 2**31
    return False


def _told_apart(rule: Rule, items: list[Json]) -> bool:
    if rule.merge is Merge.ATOMIC:
        return True
    keys = rule.keys_of(items)
    return keys is not None and len(set(keys)) == len(keys)
