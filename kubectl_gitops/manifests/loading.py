"""Nodes to the JSON value that kubectl would send.

Source: ``decode.go`` of go.yaml.in/yaml/v2 (merge keys, aliases, tags) and ``convertToJSONableObject`` of
sigs.k8s.io/yaml (keys). Stricter than kubectl, which takes the last of two equal keys without a word, and
which lets a ``<<`` override the keys before it, against YAML's own rule: both are errors here.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import NoReturn

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests.aliases import AliasProblem, check_aliases
from kubectl_gitops.manifests.composing import PLAIN, STRING
from kubectl_gitops.manifests.documents import Document
from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.jsontext import MAX_DEPTH, too_deep
from kubectl_gitops.manifests.scalars import NUMBER_STARTS, WORDS, Plain, key, over_json, resolve

_TAGS = "tag:yaml.org,2002:"
_TIMESTAMP = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}"
    r"(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?)?"
)
_TYPES = {"null": type(None), "bool": bool, "int": int, "float": float, "timestamp": None}
_MERGE = "<<"
_MERGE_TAG = f"{_TAGS}merge"

# Unquoted words with a meaning, so that most scalars cost one look-up. Numbers join as they are met; long
# ones don't, so that the table stays small and never keeps what might be a secret.
_values: dict[str, Plain] = {word: value for word, value in WORDS.items() if not isinstance(value, float)}
_names: dict[str, str | None] = {word: key(value) for word, value in WORDS.items()} | {_MERGE: None}
_CACHED_LENGTH = 5


def load(root: Node, document: Document) -> Json:
    """The value of a composed document. Raises ManifestError with the place of what is at fault."""
    if "&" in document.text and "*" in document.text:
        try:
            check_aliases(root)
        except AliasProblem as problem:
            fail(document, problem.node, str(problem))
    return _Loader(document).value(root, 0)


def fail(document: Document, node: Node, message: str) -> NoReturn:
    mark = node.start_mark
    raise ManifestError(document.file, document.line + mark.line, mark.column + 1, message) from None


class _Loader:
    __slots__ = ("document",)

    def __init__(self, document: Document) -> None:
        self.document = document

    def value(self, node: Node, depth: int) -> Json:
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        if depth >= MAX_DEPTH:
            fail(self.document, node, too_deep())
        if node.__class__ is MappingNode:
            return self.mapping(node, depth + 1)
        return [self.value(item, depth + 1) for item in node.value]

    def mapping(self, node: Node, depth: int) -> dict[str, Json]:
        result: dict[str, Json] = {}
        merged: set[str] = set()
        for name_node, value_node in node.value:
            # The commonest case in place, not in functions: this loop is most of the time that reading takes.
            if name_node.tag == PLAIN and isinstance(name_node, ScalarNode):
                word = name_node.value
                name = _names.get(word, word)
                if name is None and word == _MERGE:
                    self.merge(result, merged, value_node, depth)
                    continue
                if name is None or word[0] in NUMBER_STARTS:
                    name = self.name(name_node)
            elif name_node.tag == STRING:
                name = name_node.value
            elif name_node.tag == _MERGE_TAG and name_node.value == _MERGE:
                self.merge(result, merged, value_node, depth)
                continue
            else:
                name = self.name(name_node)
            if name in result and name not in merged:
                fail(
                    self.document,
                    name_node,
                    "this key was given before in the same mapping; remove one of the two",
                )
            merged.discard(name)
            if isinstance(value_node, ScalarNode):
                result[name] = self.scalar(value_node)
            else:
                result[name] = self.value(value_node, depth)
        return result

    def merge(self, result: dict[str, Json], merged: set[str], node: Node, depth: int) -> None:
        parts = node.value if isinstance(node, SequenceNode) else [node]
        values: dict[str, Json] = {}
        # The earlier part wins, so it is laid over the later ones.
        for part in reversed(parts):
            if not isinstance(part, MappingNode):
                fail(self.document, part, "<< needs a mapping or a list of mappings; name the anchor of one")
            if depth >= MAX_DEPTH:
                fail(self.document, part, too_deep())
            values |= self.mapping(part, depth + 1)
        if not result.keys().isdisjoint(values):
            message = "<< brings a key that stands before it, and kubectl would let << win; put << first"
            fail(self.document, node, message)
        result |= values
        merged.update(values)

    def name(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            fail(self.document, node, "a mapping or list can't be a key; quote it if it is text")
        name = key(self.plain(node))
        if name is None:
            fail(
                self.document,
                node,
                "a key can't be empty, null or larger than 64 bits; quote it if it is text",
            )
        return name

    def scalar(self, node: ScalarNode) -> Json:
        word: str = node.value
        if node.tag == PLAIN:
            value = _values.get(word, word)
            if value is not word or word[0] not in NUMBER_STARTS:
                return value
        elif node.tag == STRING:
            return word
        value = self.plain(node)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            try:
                value = over_json(value)
            except (OverflowError, ValueError):
                fail(
                    self.document,
                    node,
                    "JSON has no infinite numbers and no NaN; quote the word if it is text",
                )
            if node.tag == PLAIN and len(word) <= _CACHED_LENGTH:
                _values[word] = value
        return value

    def plain(self, node: ScalarNode) -> Plain:
        """The value before it becomes JSON: as a key, a float is written another way than as a value."""
        word: str = node.value
        if node.tag == PLAIN:
            return resolve(word)
        match node.tag.removeprefix(_TAGS):
            case "binary":
                return self.binary(node)
            case "timestamp" if _TIMESTAMP.fullmatch(word):
                return word
            case "null" | "bool" | "int" | "float" | "timestamp" as wanted if node.tag.startswith(_TAGS):
                value = resolve(word)
                if wanted == "float" and type(value) is int and abs(value) < 2**63:
                    value = float(value)
                if type(value) is not _TYPES[wanted]:
                    fail(self.document, node, f"the value is tagged !!{wanted} but isn't one; remove the tag")
                return value
        return word

    def binary(self, node: ScalarNode) -> str:
        try:
            return base64.b64decode(re.sub(r"[\r\n]", "", node.value), validate=True).decode(errors="replace")
        except binascii.Error:
            fail(self.document, node, "the value is tagged !!binary but isn't base64; remove the tag")
