from __future__ import annotations

from typing import Any

import pytest

from kubectl_gitops.core.secrets import fold_string_data

SECRET: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


def test_string_data_becomes_base64_and_wins_over_data() -> None:
    body = {**SECRET, "data": {"a": "eA==", "b": "eA=="}, "stringData": {"a": "é", "c": ""}}
    assert fold_string_data(body) == {**SECRET, "data": {"a": "w6k=", "b": "eA==", "c": ""}}
    assert body["stringData"] == {"a": "é", "c": ""}


@pytest.mark.parametrize("empty", [None, {}])
def test_empty_string_data_is_left_out(empty: object) -> None:
    assert fold_string_data({**SECRET, "stringData": empty}) == SECRET


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        {"apiVersion": "v1", "kind": "ConfigMap", "stringData": {"a": "b"}},
        {"apiVersion": "example.com/v1", "kind": "Secret", "stringData": {"a": "b"}},
        {**SECRET, "stringData": {"a": 1}},
        {**SECRET, "stringData": ["a"]},
    ],
)
def test_anything_else_stays_as_it_is(body: dict[str, Any]) -> None:
    assert fold_string_data(body) is body
