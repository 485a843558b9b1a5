from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.report.escape import visible, visible_json, visible_lines

ANY = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web:1", "web:1"),
        ("Zoë – 日本", "Zoë – 日本"),
        ("\x1b[2J\r\n\t", r"\x1b[2J\r\n\t"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("user\u202etxt", r"user\u202etxt"),
        ("\U000e0001", r"\U000e0001"),
        ("\ud800", r"\ud800"),
        ("[bold]x[/bold] :smile:", "[bold]x[/bold] :smile:"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY)
def test_only_printable_characters_are_left(text: str) -> None:
    assert visible(text).isprintable()
    assert visible_lines(text).replace("\n", "").isprintable()


@given(st.recursive(ANY | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)))
def test_json_means_the_same(value: object) -> None:
    text = visible_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == json.loads(json.dumps(value))
