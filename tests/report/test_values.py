from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.objects import Json
from kubectl_gitops.report.values import abridged, one_line


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("web:1", "web:1"),
        (80, "80"),
        ("80", '"80"'),
        (True, "true"),
        ("true", '"true"'),
        (None, "null"),
        ("", '""'),
        (" x", '" x"'),
        ("a\nb", r"a\nb"),
        ({"a": ["ü", 1]}, '{"a": ["ü", 1]}'),
        ('{"a": 1}', r'"{\"a\": 1}"'),
    ],
)
def test_one_line(value: Json, shown: str) -> None:
    assert one_line(value) == shown


def test_cut_around_the_first_difference() -> None:
    one, other = "x" * 100 + "old" + "y" * 100, "x" * 100 + "new" + "y" * 100
    cut = abridged([one, other], 40)
    assert [len(text) for text in cut] == [40, 40]
    assert "xold" in cut[0]
    assert "xnew" in cut[1]
    assert cut[0].startswith("…")
    assert cut[0].endswith("…")
    assert abridged(["short", "x" * 99], 10) == ["short", "x" * 9 + "…"]
    assert abridged([], 10) == []


@given(st.lists(st.text("abc", max_size=60), max_size=3), st.integers(10, 50))
def test_never_longer_than_the_room_and_still_different(texts: list[str], room: int) -> None:
    cut = abridged(texts, room)
    assert all(len(text) <= room for text in cut)
    assert (len(set(texts)) > 1) == (len(set(cut)) > 1)
