"""Text from clusters and Git made safe to print: nothing in it may steer the terminal or hide itself."""

from __future__ import annotations

import json


def visible(text: str) -> str:
    r"""The text with everything unprintable shown as an escape: ``\n``, ``\x1b``, ``\u202e``.

    That covers control characters, terminal sequences, direction marks, zero-width characters, odd spaces and
    lone surrogates.
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def visible_lines(text: str) -> str:
    """The same, with line feeds kept."""
    return "\n".join(visible(line) for line in text.split("\n"))


def visible_json(text: str) -> str:
    r"""JSON text with unprintable characters as ``\uXXXX``, which means the same inside strings."""
    if text.replace("\n", "").isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}[char]
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
