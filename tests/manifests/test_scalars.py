import math

import pytest

from kubectl_gitops.manifests.scalars import key, over_json, resolve


@pytest.mark.parametrize(
    ("word", "value"),
    [("y", True), ("Off", False), ("yEs", "yEs"), ("~", None), ("", None), ("0777", 511), ("08", 8.0), ("0o17", 15),
     ("1_000", 1000), ("1e3", 1000.0), (".5", 0.5), (".5_0", 0.5), ("._5", "._5"), ("12:30", "12:30"), ("<<", "<<"),
     ("1e400", "1e400"), ("0xfffffffffffffffff", "0xfffffffffffffffff"), ("18446744073709551616", 2.0**64),
     ("0b-1", -1), ("-0b1", -1), ("9" * 5000, "9" * 5000), ("+.inf", math.inf)],
)  # fmt: skip
def test_words(word: str, value: object) -> None:
    assert (type(resolve(word)), resolve(word)) == (type(value), value)


@pytest.mark.parametrize(
    ("number", "arrives"),
    [(1.0, 1), (1.5, 1.5), (-0.0, 0), (2**63, 2.0**63), (2.0**63, 2.0**63), (-(2**63), -(2**63)), (1e21, 1e21),
     (9007199254740993, 9007199254740993), (60446838190696010.0, 60446838190696010), (1e-7, 1e-7)],
)  # fmt: skip
def test_numbers_over_json(number: float, arrives: float) -> None:
    assert (type(over_json(number)), over_json(number)) == (type(arrives), arrives)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_that_json_has_not(number: float) -> None:
    with pytest.raises((OverflowError, ValueError)):
        over_json(number)


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "true"), (None, None), ("a", "a"), (7, "7"), (2**64 - 1, None), (1000.0, "1000"), (1e6, "1e+06"),
     (123456.75, "123456.75"), (1e-5, "1e-05"), (0.1, "0.1"), (-0.0, "-0"), (1e39, ".inf"), (math.nan, ".nan"),
     (16777217.0, "1.6777216e+07")],
)  # fmt: skip
def test_keys(value: bool | float | str | None, name: str | None) -> None:
    assert key(value) == name
