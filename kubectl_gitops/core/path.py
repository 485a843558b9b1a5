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
    """The path as people read and write it. Keys that are no identifiers are quoted: ``annotations["example.com/a"]``."""
    parts: list[str] = []
    for step in path:
        match step:
            case str() if _IDENTIFIER.fullmatch(step):
                parts.append(f".{step}" if parts else step)
            case str():
                parts.append(f"[{json.dumps(step, ensure_ascii=False)}]")
            case Item(keys):
                parts.append("[" + ",".join(f"{name}={_key_value(value)}" for name, value in keys) + "]")
            case Member(value):
                parts.append(f"[={json.dumps(value, ensure_ascii=False)}]")
            case int():
                parts.append(f"[{step}]")
    return "".join(parts)


def _key_value(value: Scalar) -> str:
    if isinstance(value, str):
        plain = _BARE_VALUE.fullmatch(value) and not _reads_as_other_type(value)
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _reads_as_other_type(word: str) -> bool:
    return word in ("true", "false", "null") or re.fullmatch(r"-?\d+(\.\d+)?", word) is not None


class Wildcard(NamedTuple):
    """``[*]``: any item of a list, any key of a map."""


Pattern = tuple[Step | Wildcard, ...]

_TOKEN = re.compile(
    r"""
    \.?(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | \[(?P<any>\*)\]
    | \[(?P<index>\d+)\]
    | \[(?P<key>"(?:[^"\\]|\\.)*")\]
    | \[=(?P<member>"(?:[^"\\]|\\.)*"|[^\]]*)\]
    | \[(?P<item>[A-Za-z_][A-Za-z0-9_-]*=(?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]
    """,
    re.VERBOSE,
)
_ITEM_KEY = re.compile(r'([A-Za-z_][A-Za-z0-9_-]*)=("(?:[^"\\]|\\.)*"|[^,\]"]*)(?:,|$)')


def parse(pattern: str) -> Pattern:
    """Read a path, in which ``[*]`` may stand for any item or key.

    Raises ValueError with the rest that could not be read.
    """
    steps: list[Step | Wildcard] = []
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None or (position == 0 and pattern.startswith(".")):
            raise ValueError(f"can't read the path {pattern!r} from {pattern[position:]!r} on")
        steps.append(_step(token))
        position = token.end()
    if not steps:
        raise ValueError("the path is empty")
    return tuple(steps)


def _step(token: re.Match[str]) -> Step | Wildcard:
    match token.lastgroup:
        case "name":
            return token["name"]
        case "any":
            return Wildcard()
        case "index":
            return int(token["index"])
        case "key":
            key: str = json.loads(token["key"])
            return key
        case "member":
            return Member(_scalar(token["member"]))
        case _:
            return Item(tuple((name, _scalar(value)) for name, value in _ITEM_KEY.findall(token["item"])))


def _scalar(word: str) -> Scalar:
    if word.startswith('"') or _reads_as_other_type(word):
        value: Scalar = json.loads(word)
        return value
    return word


def matches(pattern: Pattern, path: Path) -> bool:
    """Whether the pattern names this path or one above it.

    An item in the pattern may name fewer keys than the path's item has: ``ports[containerPort=80]``.
    """
    return len(pattern) <= len(path) and all(map(_step_matches, pattern, path))


def _step_matches(wanted: Step | Wildcard, step: Step) -> bool:
    if isinstance(wanted, Wildcard):
        return True
    if isinstance(wanted, Item) and isinstance(step, Item):
        return set(wanted.keys) <= set(step.keys)
    return type(wanted) is type(step) and wanted == step


def starts_with(path: Path, prefix: Path) -> bool:
    return path[: len(prefix)] == prefix

