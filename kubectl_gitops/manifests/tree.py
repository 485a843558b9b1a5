"""Finding one's way in composed nodes."""

from __future__ import annotations

from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from kubectl_gitops.manifests.composing import PLAIN
from kubectl_gitops.manifests.scalars import key, resolve

MERGE = "<<"


def key_mark(node: Node) -> Any:
    """Where an object begins: at its first key."""
    return node.value[0][0].start_mark if isinstance(node, MappingNode) and node.value else node.start_mark


def first_line(node: Node) -> int:
    """The line of a mapping's first key, or of any other node, from 0."""
    line: int = key_mark(node).line
    return line


def name_of(node: Node) -> str | None:
    """The name that a key's node gives, None for the merge key and for what is no key in JSON."""
    if not isinstance(node, ScalarNode):
        return None
    word: str = node.value
    if node.tag != PLAIN:
        return word
    return None if word == MERGE else key(resolve(word))


def child(node: Node, name: str) -> tuple[Node, Node] | None:
    """The nodes of a mapping's key and its value; merged keys count, after the mapping's own."""
    if not isinstance(node, MappingNode):
        return None
    merged: list[Node] = []
    for name_node, value_node in node.value:
        if name_of(name_node) == name:
            return name_node, value_node
        if isinstance(name_node, ScalarNode) and name_node.tag == PLAIN and name_node.value == MERGE:
            merged += value_node.value if isinstance(value_node, SequenceNode) else [value_node]
    return next((found for part in merged if (found := child(part, name))), None)


def items_of(node: Node | None) -> list[Node]:
    """The nodes of a list object's items."""
    found = child(node, "items") if node is not None else None
    return found[1].value if found and isinstance(found[1], SequenceNode) else []
