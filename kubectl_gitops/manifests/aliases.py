"""Refuses documents whose aliases contain themselves or multiply beyond measure ("billion laughs").

The measure is go-yaml's own (``allowedAliasRatio`` in ``decode.go`` of go.yaml.in/yaml/v2): what part of all
built values may come from aliases.
"""

from __future__ import annotations

from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, ScalarNode

_MANY = 400_000
_VERY_MANY = 4_000_000


class AliasProblem(Exception):
    """``node`` is at fault, ``args[0]`` says how."""

    def __init__(self, node: Node, message: str) -> None:
        super().__init__(message)
        self.node = node


def check_aliases(root: Node) -> None:
    """Raises AliasProblem. A composed alias is the very node of its anchor, so it is known by being met
    again.
    """
    seen: set[int] = set()
    open_nodes: set[int] = set()
    built = by_alias = 0
    stack: list[tuple[Node, Iterator[Node], bool]] = [(root, iter((root,)), False)]
    while stack:
        parent, children, in_alias = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            open_nodes.discard(id(parent))
            continue
        again = in_alias or id(child) in seen
        seen.add(id(child))
        built += 1
        by_alias += again
        if by_alias > 100 and built > 1000 and by_alias / built > _allowed_part(built):
            raise AliasProblem(root, "its aliases expand to far too many values; write the values out")
        if not isinstance(child, ScalarNode):
            if id(child) in open_nodes:
                raise AliasProblem(child, "this anchor's value contains itself; remove the alias inside")
            open_nodes.add(id(child))
            stack.append((child, _children(child), again))


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, MappingNode):
        return (part for pair in node.value for part in pair)
    return iter(node.value)


def _allowed_part(built: int) -> float:
    if built <= _MANY:
        return 0.99
    if built >= _VERY_MANY:
        return 0.10
    return 0.99 - 0.89 * (built - _MANY) / (_VERY_MANY - _MANY)
