"""Where a field of an object stands in its file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kubectl_gitops.core.path import Item, Member, Path, Scalar, Step
from kubectl_gitops.manifests.composing import compose
from kubectl_gitops.manifests.documents import Document, documents
from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.loading import load
from kubectl_gitops.manifests.tree import child, first_line, items_of, key_mark

# On one line there can be a list and its only item; with more, a line doesn't say which is meant.
_ITEM_AND_LIST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A field, from the first character of its key to the end of its value. Lines and columns count from 1.

    The key alone is ``line``, ``column`` up to but without ``key_end_column``; ``end_column`` too is the one
    after the last character. A list's item has no key: it begins at its value, and its "key" is its first
    key or its value. ``exact``: the field itself; else this is its closest parent that the file has.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    key_end_column: int
    exact: bool


def locate(data: bytes, manifest_line: int, path: Path) -> Place | None:
    """The place of a field in the object whose first key is on ``manifest_line`` of the file, also in a list.

    What an alias or a merge key brings in is where the anchor has it. None if the file can't be read or no
    object starts on that line.
    """
    try:
        for document in documents(data, ""):
            first = manifest_line - document.line
            if 0 <= first <= document.text.count("\n"):
                root = compose(document)
                if root is None:
                    continue
                load(root, document)  # refuses endless aliases before anything follows them
                found = [node for node in _objects(root) if first_line(node) == first]
                if len(found) > _ITEM_AND_LIST:
                    return replace(_find(root, (), document), exact=False)
                if found:
                    return _find(found[0], path, document)
    except ManifestError:
        return None
    return None


def _objects(node: Node, depth: int = 0) -> Iterator[Node]:
    """The items of a list before the list itself, because on one line an item is what is asked for."""
    kind = child(node, "kind")
    if depth < 5 and kind and isinstance(kind[1], ScalarNode) and kind[1].value.endswith("List"):
        for item in items_of(node):
            yield from _objects(item, depth + 1)
    yield node


def _find(node: Node, path: Path, document: Document) -> Place:
    place = _place(document, key_mark(node), key_mark(node).column + 1, node, exact=not path)
    for index, step in enumerate(path):
        exact = index == len(path) - 1
        if isinstance(step, str):
            pair = child(node, step)
            if pair is None:
                return place
            name, node = pair
            one_line = name.end_mark.line == name.start_mark.line
            end = name.end_mark.column if one_line else name.start_mark.column + 1
            place = _place(document, name.start_mark, end, node, exact=exact)
        else:
            item = _item(node, step, document)
            if item is None:
                return place
            node = item
            first = node
            while not isinstance(first, ScalarNode) and first.value:
                first = first.value[0][0] if isinstance(first, MappingNode) else first.value[0]
            same_line = first.end_mark.line == node.start_mark.line
            end = first.end_mark.column if same_line else node.start_mark.column + 1
            place = _place(document, node.start_mark, end, node, exact=exact)
    return place


def _item(node: Node, step: Step, document: Document) -> Node | None:
    if not isinstance(node, SequenceNode):
        return None
    items: list[Node] = node.value
    match step:
        case int():
            return items[step] if 0 <= step < len(items) else None
        case Member(value):
            return next((item for item in items if _equals(item, value, document)), None)
        case Item(keys):
            for lacking in (False, True):
                for item in items:
                    if _has_keys(item, keys, document, lacking):
                        return item
    return None


def _has_keys(item: Node, keys: tuple[tuple[str, Scalar], ...], document: Document, lacking: bool) -> bool:
    """Whether a list's item has these key fields; ``lacking`` lets it lack some, as a port may lack its
    protocol.
    """
    found = [(child(item, name), value) for name, value in keys]
    present = [(pair[1], value) for pair, value in found if pair is not None]
    if not present or (len(present) < len(found) and not lacking):
        return False
    return all(_equals(node, value, document) for node, value in present)


def _equals(node: Node, value: Scalar, document: Document) -> bool:
    if not isinstance(node, ScalarNode):
        return False
    own = load(node, Document(document.file, document.line, ""))
    return isinstance(own, bool) == isinstance(value, bool) and bool(own == value)


def _place(document: Document, start: Any, key_end: int, value: Node, *, exact: bool) -> Place:
    line, column = start.line, start.column
    end_line, end_column = line, key_end
    # An alias's value stands elsewhere: then the field ends with its line's key.
    if (value.start_mark.line, value.start_mark.column) >= (line, column):
        end_line, end_column = _end(value, document.text)
    return Place(document.line + line, column + 1, document.line + end_line, end_column + 1, key_end + 1, exact)


def _end(node: Node, text: str) -> tuple[int, int]:
    """The last line and column of a value, from 0. The marks of block values reach over blank lines and
    comments.
    """
    last = node
    while not isinstance(last, ScalarNode) and last.value and not getattr(last, "flow_style", False):
        after = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
        before = last.value[-1][0] if isinstance(last, MappingNode) else last
        # An alias: its node begins before the place where it is used, or after the whole value.
        if not before.start_mark.index <= after.start_mark.index <= node.end_mark.index:
            return before.end_mark.line, before.end_mark.column
        last = after
    end = last.end_mark
    if (isinstance(last, ScalarNode) and last.style in ("|", ">")) or end.column == 0:
        written = text[: end.index].rstrip()
        return written.count("\n"), len(written) - written.rfind("\n") - 1
    return end.line, end.column
