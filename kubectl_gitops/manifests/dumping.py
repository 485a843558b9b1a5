"""JSON values to YAML text that kubectl reads back as the same values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.emitter import Emitter
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver
from yaml.serializer import Serializer

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests.composing import STRING
from kubectl_gitops.manifests.scalars import resolve

_TAGS = "tag:yaml.org,2002:"
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_NAMES: dict[type, str] = {bool: "bool", int: "int", float: "float", type(None): "null"}
_WIDTH = 2**20


class _Tags(Resolver):
    """Tells the emitter which strings would be read as something else without quotes, by kubectl or by
    YAML 1.1.
    """

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        if kind is ScalarNode and implicit[0] and resolve(value) is not value:
            return f"{_TAGS}{_NAMES[type(resolve(value))]}"
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]


class PurePython(Emitter, Serializer, _Tags):
    """For machines where PyYAML was built without libyaml."""

    def __init__(self, stream: Any, **options: Any) -> None:
        Emitter.__init__(self, stream, width=options["width"], allow_unicode=options["allow_unicode"])
        Serializer.__init__(self, explicit_start=options["explicit_start"])
        Resolver.__init__(self)


dumper: Any = PurePython
if yaml.__with_libyaml__:
    from yaml._yaml import CEmitter

    class _LibYaml(CEmitter, _Tags):
        def __init__(self, stream: Any, **options: Any) -> None:
            CEmitter.__init__(self, stream, **options)
            Resolver.__init__(self)

    dumper = _LibYaml


def dump(*values: Json) -> str:
    """Each value as one YAML document, ``---`` between them, keys in their own order, ending with a line
    feed.

    Text of several lines is written as a literal block where YAML can. Values are plain JSON; what ``read``
    gives comes back the same from ``read``. Raises ValueError for what JSON has not (NaN, other types).
    """
    return "---\n".join(_document(value) for value in values)


def dump_all(values: Iterable[Json]) -> str:
    """``dump`` of any number of values."""
    return dump(*values)


def _document(value: Json) -> str:
    options: dict[str, Any] = {"width": _WIDTH, "allow_unicode": True, "explicit_start": False}
    text: str = yaml.serialize(_node(value), Dumper=dumper, **options)
    # Lone scalars are followed by the end of their document and lone collections begin with a blank, needlessly.
    return text.removesuffix("...\n").lstrip(" ")


def _node(value: Json) -> Node:
    match value:
        case str():
            return ScalarNode(STRING, value, style=_style(value))
        case bool():
            return ScalarNode(f"{_TAGS}bool", "true" if value else "false")
        case int():
            return ScalarNode(f"{_TAGS}int", str(value))
        case float() if value - value == 0:
            return ScalarNode(f"{_TAGS}float", repr(value))
        case None:
            return ScalarNode(f"{_TAGS}null", "null")
        case dict():
            pairs = [(_node(name), _node(item)) for name, item in value.items()]
            return MappingNode(f"{_TAGS}map", pairs, flow_style=not pairs)
        case list() | tuple():
            return SequenceNode(f"{_TAGS}seq", [_node(item) for item in value], flow_style=not value)
    raise ValueError(f"JSON has no value of the type {type(value).__name__}")


def _style(text: str) -> str | None:
    if _ODD.search(text):
        return '"'
    # The emitters get a block wrong whose first line is blank or indented.
    if "\n" in text and not text[0].isspace() and not text.endswith("\n\n"):
        return "|"
    return None
