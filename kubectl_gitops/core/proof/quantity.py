"""The canonical text of a quantity: what the API server writes back for what was declared.

This follows the behaviour of ParseQuantity and String of k8s.io/apimachinery/pkg/api/resource, including that a text
that is parsed by the fast way and looks canonical is written back as it stands: ``1E3``, ``+1``, ``00012``, ``5.`` and
``638.305k`` stay, ``1000`` becomes ``1k``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from kubectl_gitops.core.objects import Json

_SHAPE = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*(?:[+-]?\d+)?)", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,3})", re.ASCII)
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIX: Final = {power: suffix for suffix, power in _DECIMAL.items()}
_BINARY: Final = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_BINARY_SUFFIX: Final = {0: "", **{power: suffix for suffix, power in _BINARY.items()}}
_MAX_INT64_DIGITS: Final = 18
_LARGEST: Final = 2**63 - 1


@lru_cache(maxsize=4096)
def canonical(declared: str) -> str | None:
    """How the server writes this quantity back, or None where that can't be told.

    None: no quantity at all, finer than a thousandth (which some fields round up and others keep), or so large that
    the server caps it or leaves its fast way for reasons of size.
    """
    text = declared.strip(" \t\r\n")
    if text == "0":
        return "0"
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    sign, whole, fraction, suffix = shape[1], shape[2].lstrip("0"), shape[3] or "", shape[4]
    if not (shape[2] or fraction):
        return None
    binary = _BINARY.get(suffix)
    power = 0 if binary is not None else _decimal_power(suffix)
    if power is None:
        return None
    thousandths = _thousandths(int(whole + fraction or "0"), len(fraction), power, binary or 0)
    if thousandths is None:
        return None
    if binary is not None:
        if _keeps_binary(whole or "0", fraction, binary):
            return text
        return _minus(sign, thousandths, _binary_text(thousandths))
    if _keeps_decimal(whole or "0", fraction, power):
        return text
    return _minus(sign, thousandths, _decimal_text(thousandths, exponent_form=_is_exponent(suffix)))


def _thousandths(digits: int, decimals: int, power: int, binary: int) -> int | None:
    """digits · 10^(power - decimals) · 2^binary in thousandths; None if that is no whole number, or over an int64."""
    scale = power - decimals + 3
    number = digits << binary
    if scale >= 0:
        number *= 10**scale
    else:
        number, rest = divmod(number, 10**-scale)
        if rest:
            return None
    return number if number <= _LARGEST * 1000 else None


def same(declared: Json, live: Json) -> bool:
    """Whether the server would write the declared quantity, a text or a number, as live has it."""
    if type(live) is not str:
        return False
    if type(declared) is str:
        return canonical(declared) == live
    if type(declared) is int:
        return canonical(str(declared)) == live
    # Between these, Go and Python write a float the same way.
    if type(declared) is float and 1e-3 <= abs(declared) < 1e15:
        return canonical(repr(declared).removesuffix(".0")) == live
    return False


def _is_exponent(suffix: str) -> bool:
    return len(suffix) > 1 and suffix[0] in "eE"


def _decimal_power(suffix: str) -> int | None:
    if suffix in _DECIMAL:
        return _DECIMAL[suffix]
    exponent = _EXPONENT.fullmatch(suffix)
    return int(exponent[1]) if exponent else None


def _keeps_binary(whole: str, fraction: str, power: int) -> bool:
    """Whether the fast way takes it and finds it canonical: the number itself is no multiple of eight."""
    # Go computes float32(power)*3/10 and cuts the fraction off.
    return not fraction and 15 - len(whole) - power * 3 // 10 - 1 >= 0 and int(whole) & 7 != 0


def _keeps_decimal(whole: str, fraction: str, power: int) -> bool:
    """Whether the fast way takes it and finds it canonical: a scale of thousands, no trailing or leading zeros."""
    digits = whole + fraction
    scale = power - len(fraction)
    fast = _MAX_INT64_DIGITS - len(digits) >= 0 and scale >= -9
    return fast and scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"


def _minus(sign: str, thousandths: int, text: str) -> str:
    return "-" + text if sign == "-" and thousandths else text


def _binary_text(thousandths: int) -> str:
    if thousandths < 1024_000 or thousandths % 1000:
        return _decimal_text(thousandths, exponent_form=False)
    number, power = thousandths // 1000, 0
    while number % 1024 == 0:
        number, power = number // 1024, power + 10
    return f"{number}{_BINARY_SUFFIX[power]}"


def _decimal_text(thousandths: int, exponent_form: bool) -> str:
    if not thousandths:
        return "0"
    number, power = thousandths, -3
    while number % 1000 == 0:
        number, power = number // 1000, power + 3
    if exponent_form:
        return f"{number}e{power}" if power else str(number)
    return f"{number}{_DECIMAL_SUFFIX[power]}"
