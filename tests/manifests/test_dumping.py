import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kubectl_gitops.manifests import dumping, read
from kubectl_gitops.manifests.dumping import dump, dump_all
from kubectl_gitops.manifests.scalars import over_json

ODD_TEXTS = [
    "y", "No", "0777", "08", "1e3", "1_000", "0x1f", "2001-01-01", "12:30:45", "<<", "~", "null", ".inf", "=",
    "a: b", "# c", "- a", "a\nb\n", "a\n\nb", "a\n", "\na", " a\nb", "a \nb", "a\n b\n\n", "\t", "a\tb\n", "---", "...",
    "--- a\n", "a\r\nb", "\x85", "\u2028\n", "\ufeff", "é\n😀", "x" * 300, "'", '"', "!", "&a", "*a", "%", "@", "`",
    "{a", "[b",
]  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(ODD_TEXTS)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False).map(over_json)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXTS, children, max_size=4),
    max_leaves=12,
)


def carrying(value: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "value": value}


@given(VALUES)
@example({"a\nb": {"x" * 200: ["a\n\nb\n"]}})
def test_what_is_dumped_is_read_again(value: Any) -> None:
    text = dump(carrying(value), carrying([value]))
    assert [manifest.body["value"] for manifest in read(text.encode(), "a.yaml").manifests] == [value, [value]]


@given(VALUES)
def test_the_same_without_libyaml(value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dumping, "dumper", dumping.PurePython)
        text = dump(carrying(value))
    assert read(text.encode(), "a.yaml").manifests[0].body["value"] == value


def test_how_it_looks() -> None:
    value = {"b": "y", "a": ["1", 1, True, None, 0.5], "text": "one\n  two\n", "e": {}, "l": [], "o": {"k": "a b"}}
    assert dump_all([value, "x"]) == (
        "b: 'y'\na:\n- '1'\n- 1\n- true\n- null\n- 0.5\ntext: |\n  one\n    two\ne: {}\nl: []\no:\n  k: a b\n---\nx\n"
    )


def test_deepest_value_that_is_read_is_dumped() -> None:
    text = f"apiVersion: v1\nkind: A\nmetadata: {{name: a}}\nvalue: {'[' * 190}{']' * 190}\n"
    body = read(text.encode(), "a.yaml").manifests[0].body
    assert read(dump(body).encode(), "a.yaml").manifests[0].body == body


@pytest.mark.parametrize("value", [math.nan, math.inf, b"x", {"a"}])
def test_what_json_has_not(value: Any) -> None:
    with pytest.raises(ValueError, match="JSON has no value"):
        dump(value)
