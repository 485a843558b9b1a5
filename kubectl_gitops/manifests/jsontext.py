"""JSON text to values, as Go's decoder and Kubernetes' own (sigs.k8s.io/json, strict) read it."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests.scalars import over_json

MAX_DEPTH = 200
"""Levels of maps and lists. The API server takes more, but no object that anyone writes has them."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_DEEP = "it is nested deeper than {} levels; check its brackets and indentation"
_MOST_DIGITS = 20


class JsonProblem(Exception):
    """``position`` is an offset into the text, ``is_syntax`` is false where the text is JSON but not
    acceptable.
    """

    def __init__(self, position: int, message: str, *, is_syntax: bool) -> None:
        super().__init__(message)
        self.position = position
        self.message = message
        self.is_syntax = is_syntax


class _BadValue(ValueError):
    """The message is for people."""


def too_deep() -> str:
    return _DEEP.format(MAX_DEPTH)


def read_json(text: str, start: int) -> tuple[Json, int]:
    """The JSON value that starts at this offset, and the offset after it. Raises JsonProblem."""
    try:
        value, end = _decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {error.msg}; correct the syntax"
        raise JsonProblem(error.pos, message, is_syntax=True) from None
    except _BadValue as error:
        raise JsonProblem(start, str(error), is_syntax=False) from None
    except RecursionError:
        raise JsonProblem(start, too_deep(), is_syntax=False) from None
    brackets = text.count("{", start, end) + text.count("[", start, end)
    if brackets > MAX_DEPTH and _is_deeper(value, MAX_DEPTH):
        raise JsonProblem(start, too_deep(), is_syntax=False)
    if text.find("\\ud", start, end) >= 0 or text.find("\\uD", start, end) >= 0:
        value = _without_lone_surrogates(value)
    return value, end


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _BadValue("an object in this document gives the same key twice; remove one")
    return result


def _integer(digits: str) -> int | float:
    return over_json(int(digits)) if len(digits) <= _MOST_DIGITS else _float(digits)


def _float(digits: str) -> int | float:
    try:
        return over_json(float(digits))
    except OverflowError:
        raise _BadValue("a number in this document is too large; quote it if it is text") from None


def _constant(_: str) -> NoReturn:
    raise _BadValue("NaN and Infinity are not JSON; write a number or quote the word")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _is_deeper(value: Json, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            child
            for parent in layer
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not layer:
            return False
    return any(isinstance(value, (dict, list)) for value in layer)


def _without_lone_surrogates(value: Json) -> Json:
    """Go puts U+FFFD where an escape names half of a surrogate pair."""
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_SURROGATE.sub("\ufffd", name): _without_lone_surrogates(item) for name, item in value.items()}
    return value
