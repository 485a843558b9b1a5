from typing import Any

import pytest

from kubectl_gitops.validation import Problem, errors

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "level": {"enum": ["error", "warning", 1]},
        "count": {"type": ["integer", "null"], "minimum": 3},
        "list": {"type": "array", "items": {"type": "boolean"}},
        "one": {"oneOf": [{"type": "string"}, {"type": "number"}]},
        "ref": {"$ref": "#/$defs/x"},
    },
    "$defs": {"x": {"type": "object", "properties": {"known": True}, "additionalProperties": False}},
}


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        ({}, (), "'name' is missing; add it"),
        ([], (), "must be a mapping, not a list"),
        ({"name": ""}, ("name",), "must not be empty"),
        ({"name": True}, ("name",), "must be text, not true"),
        ({"name": "x", "nam": 1}, ("nam",), "unknown key 'nam'; did you mean 'name'?"),
        (
            {"name": "x", "level": "eror"}, ("level",),
            "must be one of error, warning, 1, not \"eror\"; did you mean 'error'?",
        ),
        ({"name": "x", "level": 7}, ("level",), "must be one of error, warning, 1, not 7"),
        ({"name": "x", "count": "x"}, ("count",), 'must be a whole number or empty, not the text "x"'),
        ({"name": "x", "list": [True, {}]}, ("list", 1), "must be true or false, not a mapping"),
        ({"name": "x", "ref": {"a": 1}}, ("ref", "a"), "unknown key 'a'; there are known"),
    ],
)  # fmt: skip
def test_messages(value: Any, path: tuple[str | int, ...], message: str) -> None:
    assert errors(SCHEMA, value) == [Problem(path, message)]


def test_other_rules_use_the_library_s_words() -> None:
    found = errors(SCHEMA, {"name": "x", "count": 1, "one": []})
    assert [problem.path for problem in found] == [("count",), ("one",)]
    assert all(problem.message for problem in found)


def test_nothing_wrong() -> None:
    assert errors(SCHEMA, {"name": "x", "count": None}) == []


def test_order_is_that_of_the_paths() -> None:
    found = errors(SCHEMA, {"list": [0, 0, *[True] * 9, 0]})
    assert [problem.path for problem in found] == [(), ("list", 0), ("list", 1), ("list", 11)]
