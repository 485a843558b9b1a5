"""The table was printed by k8s.io/apimachinery v0.36.3's own Quantity, read from JSON and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.proof.quantity import canonical, same

AS_GO_WRITES_THEM = (
    ("0", "0"),
    ("1", "1"),
    ("+1", "+1"),
    ("00012", "00012"),
    ("5.", "5."),
    (".5", "500m"),
    ("0.5", "500m"),
    ("1.50", "1500m"),
    ("1000m", "1"),
    ("1001m", "1001m"),
    ("100m", "100m"),
    ("1000", "1k"),
    ("1k", "1k"),
    ("1000k", "1M"),
    ("1E3", "1E3"),
    ("1e3", "1e3"),
    ("1000e3", "1e6"),
    ("1.5e3", "1500"),
    ("1500e-3", "1500e-3"),
    ("638.305k", "638.305k"),
    ("12e6", "12e6"),
    ("1M", "1M"),
    ("1G", "1G"),
    ("1T", "1T"),
    ("1P", "1P"),
    ("1E", "1E"),
    ("1024Mi", "1Gi"),
    ("1Gi", "1Gi"),
    ("1.5Gi", "1536Mi"),
    ("0.5Gi", "512Mi"),
    ("0.1Gi", "107374182400m"),
    ("1073741824", "1073741824"),
    ("65536Ki", "64Mi"),
    ("8Ki", "8Ki"),
    ("7Mi", "7Mi"),
    ("1023Mi", "1023Mi"),
    ("2Ei", "2Ei"),
    ("-1", "-1"),
    ("-1000m", "-1"),
    ("-0", "0"),
    ("-1.5Gi", "-1536Mi"),
    ("0Ki", "0"),
    ("0m", "0"),
    ("0.000", "0"),
    ("999999999999999999", "999999999999999999"),
    ("1000000000000000000", "1E"),
    ("1234567890123456Ki", "1234567890123456Ki"),
    ("1.000", "1"),
    ("1000u", "1m"),
    ("0080", "0080"),
)


@pytest.mark.parametrize(("declared", "written"), AS_GO_WRITES_THEM)
def test_quantities_are_written_as_go_writes_them(declared: str, written: str) -> None:
    assert canonical(declared) == written


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no number"),
        ("+", "no digit"),
        ("1x", "no suffix"),
        ("1Ki3", "no suffix"),
        ("1e", "no exponent"),
        ("1K", "no suffix: kilo is k"),
        ("1n", "finer than a thousandth"),
        ("0.0001", "finer than a thousandth"),
        ("16Ei", "capped"),
        ("1000E", "larger than an int64"),
        ("1e9999", "absurd"),
    ],
)
def test_what_is_unsure_is_left_to_the_server(text: str, why: str) -> None:
    assert canonical(text) is None, why


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        (1, "1", True),
        (1000, "1k", True),
        (0.5, "500m", True),
        (2.0, "2", True),
        (1e-9, "1n", False),
        (True, "1", False),
        (None, "0", False),
        ("1", 1, False),
        ("1000m", "1", True),
        ("1", "1000m", False),
    ],
)
def test_numbers_count_as_their_text(declared: object, live: object, expected: bool) -> None:
    assert same(declared, live) is expected


@given(st.from_regex(r"[+-]?[0-9]{0,6}\.?[0-9]{0,4}(m|k|M|Ki|Mi|Gi|e3|E-2)?", fullmatch=True))
def test_what_is_canonical_stays_as_it_is(text: str) -> None:
    written = canonical(text)
    assert written is None or canonical(written) == written
