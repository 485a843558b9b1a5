"""Holds a value to a JSON Schema and says in plain words what is wrong with it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import jsonschema_rs

_TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "empty",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}


class Problem(NamedTuple):
    """``path`` holds keys and positions from the root to what is wrong; an unknown key is the path's last
    step.
    """

    path: tuple[str | int, ...]
    message: str


def errors(schema: Mapping[str, Any], value: object) -> list[Problem]:
    """What keeps ``value`` from fitting the schema (draft 2020-12, no remote references), in the order of its
    paths.

    The messages quote the value; use this for values that are no secrets.
    """
    validator = jsonschema_rs.validator_for(dict(schema))
    found = [problem for error in validator.iter_errors(value) for problem in _problems(schema, error)]
    return sorted(set(found), key=_order)


def _order(problem: Problem) -> tuple[list[tuple[bool, int, str]], str]:
    steps = [(True, 0, step) if isinstance(step, str) else (False, step, "") for step in problem.path]
    return steps, problem.message


def _problems(schema: Mapping[str, Any], error: jsonschema_rs.ValidationError) -> list[Problem]:
    path = tuple(error.instance_path)
    rule = _at(schema, error.schema_path[:-1])
    kind: Any = error.kind
    match kind.name:
        case "additionalProperties" | "unevaluatedProperties":
            return [Problem((*path, key), _unknown_key(key, rule)) for key in kind.unexpected]
        case "required":
            return [Problem(path, f"{kind.property!r} is missing; add it")]
        case "type":
            return [Problem(path, f"must be {_types(rule.get('type'))}, not {_type_of(error.instance)}")]
        case "enum":
            return [Problem(path, _not_one_of(error.instance, rule.get("enum", [])))]
        case "const":
            return [Problem(path, f"must be {rule.get('const')!r}, not {json.dumps(error.instance)}")]
        case "pattern" if "description" in rule:
            return [Problem(path, f"{json.dumps(error.instance)} does not fit: {rule['description']}")]
        case "minLength" | "minItems" | "minProperties":
            return [Problem(path, "must not be empty")]
        case _:
            return [Problem(path, error.message)]


def _at(schema: Mapping[str, Any], path: list[str | int]) -> Mapping[str, Any]:
    """The part of the schema that a path leads to; an empty one where references keep it from being followed."""
    node: Any = schema
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, Mapping) else {}


def _unknown_key(key: str, rule: Mapping[str, Any]) -> str:
    known = list(rule.get("properties", {}))
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return f"unknown key {key!r}; did you mean {close[0]!r}?"
    return f"unknown key {key!r}; " + (f"there are {', '.join(known)}" if known else "remove it")


def _not_one_of(value: object, allowed: list[object]) -> str:
    close = difflib.get_close_matches(str(value), map(str, allowed), n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"must be one of {', '.join(map(str, allowed))}, not {json.dumps(value)}{hint}"


def _types(wanted: object) -> str:
    names = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join(_TYPE_NAMES.get(str(one), str(one)) for one in names)


def _type_of(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str | int | float):
        return f"the {'text' if isinstance(value, str) else 'number'} {json.dumps(value)}"
    return "a mapping" if isinstance(value, Mapping) else "a list"
