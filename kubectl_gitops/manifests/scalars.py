"""What an unquoted YAML word means to kubectl: YAML 1.1 as go-yaml v2 reads it, then carried over JSON.

Source: ``resolve.go`` of go.yaml.in/yaml/v2 and ``convertToJSONableObject`` of sigs.k8s.io/yaml, which
kubectl and the API server's own clients use; numbers then go through JSON, where an integer is an int64 or
else a float64 (``k8s.io/apimachinery/pkg/util/json``).
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal
from typing import Final

Plain = str | int | float | bool | None

_BOOLEANS = {True: "y yes true on", False: "n no false off"}
WORDS: Final[dict[str, Plain]] = {
    **{
        form: value
        for value, words in _BOOLEANS.items()
        for word in words.split()
        for form in (word, word.capitalize(), word.upper())
    },
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{f"{sign}.{form}": float(f"{sign}inf") for sign in ("", "+", "-") for form in ("inf", "Inf", "INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
"""The words with a meaning of their own that aren't numbers to look at."""

NUMBER_STARTS = frozenset("+-.0123456789")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))")
_SIGNED_BINARY = re.compile(r"0b([-+][01]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])_(?=[0-9])")

_INT64 = range(-(2**63), 2**63)
_UINT64_END = 2**64
_EXACT = 2**53
# More digits can't be an integer of 64 bits; and Python refuses to convert thousands of them.
_MOST_DIGITS = 70


def resolve(word: str) -> Plain:
    """The value of an unquoted scalar; a word that is nothing else is itself.

    Numbers are what Go's go-yaml gives: an integer of up to 64 bits is an int, anything larger a float. The
    result can be infinite or NaN, which JSON can't hold.
    """
    if word in WORDS:
        return WORDS[word]
    if word[0] not in NUMBER_STARTS:
        return word
    # Go takes out every underscore after a sign or a digit, but after a dot only those between digits.
    plain = _BETWEEN_DIGITS.sub("", word) if word[0] == "." else word.replace("_", "")
    number: int | float | None = _integer(plain)
    if number is None and _FLOAT.fullmatch(plain):
        number = float(plain)
        if math.isinf(number):
            return word
    return word if number is None else number


def _integer(plain: str) -> int | None:
    """The integer of 64 bits, signed or not, as Go's ``strconv.ParseInt(text, 0, 64)`` reads it."""
    if len(plain) > _MOST_DIGITS:
        return None
    if _DECIMAL.fullmatch(plain):
        number = int(plain)
    elif based := _BASED.fullmatch(plain):
        sign, hexadecimal, binary, octal = based.groups()
        number = int(hexadecimal, 16) if hexadecimal else int(binary, 2) if binary else int(octal, 8)
        number = -number if sign == "-" else number
    elif signed := _SIGNED_BINARY.fullmatch(plain):
        number = int(signed[1], 2)
    else:
        return None
    unsigned = plain[:1] not in "+-"
    return number if number in _INT64 or (unsigned and 0 <= number < _UINT64_END) else None


def over_json(number: int | float) -> int | float:
    """The number as it arrives after kubectl has written it as JSON and read that again.

    A float without a fraction is written without one and so becomes an integer, if 64 bits hold it; an
    integer that 64 bits don't hold becomes a float. Raises OverflowError or ValueError for what JSON can't
    hold.
    """
    if isinstance(number, int):
        whole = number
    elif abs(number) < _EXACT:
        whole = int(number)
        if whole != number:
            return number
    else:
        # Go writes the fewest digits that give the same float, then zeros: not the float's exact value.
        whole = int(Decimal(repr(number)))
    return whole if whole in _INT64 else float(number)


def key(value: Plain) -> str | None:
    """The string that a map's key becomes in JSON, or None for a key that kubectl can't convert (null)."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if value in _INT64 else None
        case float():
            return _float_key(value)
    return value


def _float_key(value: float) -> str:
    """As Go's ``strconv.FormatFloat(value, 'g', -1, 32)`` writes it: the shortest text for the same
    float32.
    """
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if math.isnan(single):
        return ".nan"
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    digits = next(
        text
        for precision in range(9)
        if struct.pack("f", float(text := f"{single:.{precision}e}")) == struct.pack("f", single)
    )
    mantissa, _, exponent = digits.partition("e")
    if -4 <= int(exponent) < 6:
        return f"{float(digits):.{max(0, len(mantissa.lstrip('-').replace('.', '')) - 1 - int(exponent))}f}"
    return f"{mantissa}e{int(exponent):+03d}"
