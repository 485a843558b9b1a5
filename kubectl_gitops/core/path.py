"""Paths to fields: ``spec.template.spec.containers[name=web].ports[containerPort=80,protocol=TCP]``.

A path is a tuple of steps. A step is the name of a map's key (``str``), the keys of an item in an associative list
(``Item``), the value of a member of a set (``Member``), or a position in an atomic list (``int``).
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

Scalar = str | int | float | bool | None


class Item(NamedTuple):
    """The item of an associative list whose key fields have these values, in the schema's order of keys."""

    keys: tuple[tuple[str, Scalar], ...]


class Member(NamedTuple):
    """The member of a set."""

    value: Scalar


Step = str | Item | Member | int
Path = tuple[Step, ...]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_BARE_VALUE = re.compile(r"[^\s,\]\"=\[]+")


def text(path: Path) -> str:
    """The path as people read and write it. Keys that are no identifiers are quoted: ``labels["example.com/a"]``."""
    parts: list[str] = []
    for step in path:
        match step:
            case str() if _IDENTIFIER.fullmatch(step):
                parts.append(f".{step}" if parts else step)
            case str():
                parts.append(f"[{json.dumps(step, ensure_ascii=False)}]")
            case Item(keys):
                parts.append("[" + ",".join(f"{_key_name(name)}={_key_value(value)}" for name, value in keys) + "]")
            case Member(value):
                parts.append(f"[={json.dumps(value, ensure_ascii=False)}]")
            case _:
                parts.append(f"[{step}]")
    return "".join(parts)


def _key_name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _key_value(value: Scalar) -> str:
    if isinstance(value, str):
        plain = _BARE_VALUE.fullmatch(value) and not _reads_as_other_type(value)
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def _reads_as_other_type(word: str) -> bool:
    return word in ("true", "false", "null") or _NUMBER.fullmatch(word) is not None


class Wildcard(NamedTuple):
    """``[*]``: any item of a list, any key of a map."""


Pattern = tuple[Step | Wildcard, ...]

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_KEY = rf"(?:{_NAME}|{_QUOTED})"
_VALUE = rf'(?:{_QUOTED}|[^,\]"]*)'
_TOKEN = re.compile(
    rf"""
    \.?(?P<name>{_NAME})
    | \[(?P<any>\*)\]
    | \[(?P<index>[0-9]+)\]
    | \[(?P<quoted>{_QUOTED})\]
    | \[=(?P<member>{_QUOTED}|[^\]"]*)\]
    | \[(?P<item>{_KEY}={_VALUE}(?:,{_KEY}={_VALUE})*)\]
    """,
    re.VERBOSE | re.DOTALL,
)
_ITEM_KEY = re.compile(rf"({_KEY})=({_VALUE})", re.DOTALL)


def parse(pattern: str) -> Pattern:
    """Read a path, in which ``[*]`` may stand for any item or key.

    Raises ValueError with the rest that could not be read.
    """
    steps: list[Step | Wildcard] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or (position == 0 and pattern.startswith(".")):
            raise _unreadable(pattern, position)
        try:
            steps.append(_step(token))
        except ValueError:
            raise _unreadable(pattern, position) from None
        position = token.end()
    if not steps:
        raise ValueError("the path is empty")
    return tuple(steps)


def _unreadable(pattern: str, position: int) -> ValueError:
    return ValueError(f"can't read the path {pattern!r} from {pattern[position:]!r} on")


def _step(token: re.Match[str]) -> Step | Wildcard:
    match token.lastgroup:
        case "name":
            return token["name"]
        case "any":
            return Wildcard()
        case "index":
            return int(token["index"])
        case "quoted":
            return _unquoted(token["quoted"])
        case "member":
            return Member(_scalar(token["member"]))
        case _:
            pairs = _ITEM_KEY.findall(token["item"])
            return Item(tuple((_unquoted(name), _scalar(value)) for name, value in pairs))


def _unquoted(word: str) -> str:
    text: str = json.loads(word) if word.startswith('"') else word
    return text


def _scalar(word: str) -> Scalar:
    value: Scalar = json.loads(word) if _reads_as_other_type(word) else _unquoted(word)
    return value


def matches(pattern: Pattern, path: Path) -> bool:
    """Whether the pattern names this path or one above it.

    An item in the pattern may name fewer keys than the path's item has: ``ports[containerPort=80]``.
    """
    return len(pattern) <= len(path) and all(map(step_matches, pattern, path))


def step_matches(wanted: Step | Wildcard, step: Step) -> bool:
    """Whether one step of a pattern names one step of a path."""
    if isinstance(wanted, Wildcard):
        return True
    if isinstance(wanted, Item) and isinstance(step, Item):
        return _typed(wanted) <= _typed(step)
    if isinstance(wanted, Member) and isinstance(step, Member):
        return _type(wanted.value) is _type(step.value) and wanted.value == step.value
    return type(wanted) is type(step) and wanted == step


def same_step(one: Step, other: Step) -> bool:
    """Whether two steps name the same field: item keys in any order, and as in JSON 1 is 1.0 but not true."""
    return step_matches(one, other) and (not isinstance(one, Item) or step_matches(other, one))


def _typed(item: Item) -> set[tuple[str, type, Scalar]]:
    return {(name, _type(value), value) for name, value in item.keys}


def _type(value: Scalar) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def starts_with(path: Path, prefix: Path) -> bool:
    """Whether the path is the prefix or leads into it."""
    return path[: len(prefix)] == prefix
