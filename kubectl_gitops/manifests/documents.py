"""Cuts a file into documents as kubectl does, before any YAML is parsed.

Source: ``YAMLOrJSONDecoder`` and ``YAMLReader`` in ``k8s.io/apimachinery/pkg/util/yaml/decoder.go``: a line
that starts with ``---`` ends a document and may carry nothing but a comment; a stream that starts with ``{``
is read as JSON values one after another, and as YAML from where that first fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.jsontext import JsonProblem, read_json

_BOM = "\ufeff"
_LATER_BOM = re.compile(rf"^\s*{_BOM}", re.MULTILINE)
_BLANKS = re.compile(r"[ \t\r\n]*")
_SEPARATOR = re.compile(r"^---(.*)\n?", re.MULTILINE)


class Document(NamedTuple):
    """The text of one document and where it starts.

    ``line`` counts from 1. ``is_json``: the text was read as JSON, and ``value`` is what it holds; else
    ``value`` is None and the text is YAML that nobody has read yet.
    """

    file: str
    line: int
    text: str
    is_json: bool = False
    value: Json = None


def documents(data: bytes, file: str) -> Iterator[Document]:
    """The documents of a file in order, empty ones (comments only) included.

    Raises ManifestError where the bytes are not UTF-8, for a bad ``---`` line and for bad JSON.
    """
    text = _decode(data, file)
    if text.lstrip().startswith("{"):
        yield from _json_stream(text, file)
    else:
        yield from _split(text, file, 1)


def _decode(data: bytes, file: str) -> str:
    try:
        return data.decode().removeprefix(_BOM)
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise ManifestError(file, line, column, "the bytes here are not UTF-8; save the file as UTF-8") from None


def _split(text: str, file: str, line: int) -> Iterator[Document]:
    start = 0
    for separator in _SEPARATOR.finditer(text):
        if start < separator.start():
            yield _document(file, line, text[start : separator.start()])
        line += text.count("\n", start, separator.start())
        rest = separator[1].strip()
        if rest and not rest.startswith("#"):
            raise ManifestError(file, line, 4, "only a comment may follow --- here, says kubectl; start a new line")
        line += 1
        start = separator.end()
    if start < len(text):
        yield _document(file, line, text[start:])


def _document(file: str, line: int, text: str) -> Document:
    # kubectl reads line by line and ends each, the last one too: a block's last line may then end in a line
    # feed.
    text = text if text.endswith("\n") else text + "\n"
    # Go takes such a mark for text, libyaml for nothing.
    if _BOM in text and (mark := _LATER_BOM.search(text)):
        line += text.count("\n", 0, mark.end())
        raise ManifestError(file, line, 1, "this line starts with an invisible byte order mark; remove it")
    return Document(file, line, text)


def _json_stream(text: str, file: str) -> Iterator[Document]:
    count = counted = 0
    line = 1
    position = _next(text, 0)
    while position < len(text):
        line += text.count("\n", counted, position)
        counted = position
        # Blanks in front keep the columns of a value that starts in the middle of a line.
        padding = " " * (position - text.rfind("\n", 0, position) - 1)
        try:
            value, end = read_json(text, position)
        except JsonProblem as problem:
            if problem.is_syntax and _may_be_yaml(text, position, count, file):
                yield from _split(padding + text[position:], file, line)
                return
            raise _json_error(text, file, problem) from None
        yield Document(file, line, padding + text[position:end], True, value)
        position = _next(text, end)
        count += 1


def _may_be_yaml(text: str, position: int, count: int, file: str) -> bool:
    """Whether text that is no JSON is read as YAML: a flow mapping at the start, or ``---`` after one JSON
    value.
    """
    if count == 0:
        return not file.endswith(".json")
    return count == 1 and text.startswith("---", position) and text[position - 1] == "\n"


def _next(text: str, position: int) -> int:
    """The offset of the next character that is no blank to JSON."""
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _json_error(text: str, file: str, problem: JsonProblem) -> ManifestError:
    line = text.count("\n", 0, problem.position) + 1
    return ManifestError(file, line, problem.position - text.rfind("\n", 0, problem.position), problem.message)
