"""YAML text to nodes that know their place: the syntax, by libyaml through PyYAML.

Nodes carry no meaning yet: an unquoted scalar has the tag ``PLAIN``, a quoted one ``STRING``, and only what
the text tags itself (``!!int``) has another. So a scalar is resolved once, where its value is built.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml
from yaml.composer import Composer
from yaml.nodes import Node, ScalarNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner, ScannerError

from kubectl_gitops.manifests.documents import Document
from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.jsontext import too_deep

PLAIN = "plain"
STRING = "tag:yaml.org,2002:str"

# Half of a surrogate pair as a JSON escape; libyaml refuses it even where JSON allows it.
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONE_TAG = re.compile(r"(?:&\S+\s+)?!\s")


class _Tags:
    """The part of a PyYAML loader that gives a node its tag."""

    def descend_resolver(self, current_node: Node | None, current_index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass

    def resolve(self, kind: type[Node], value: str, implicit: Any) -> str:  # noqa: ARG002 (PyYAML calls it)
        return STRING if kind is ScalarNode and not implicit[0] else PLAIN


class PurePython(_Tags, Reader, Scanner, Parser, Composer):
    """For machines where PyYAML was built without libyaml; many times slower, and reads the same."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)

    def compose_scalar_node(self, anchor: Any) -> ScalarNode:
        node: ScalarNode = super().compose_scalar_node(anchor)
        if _SURROGATE.search(node.value):
            # As libyaml and Go have it: half of a pair is no character.
            raise ScannerError(None, None, "found an invalid escape in a string", node.start_mark)
        return node


composer: Any = PurePython
if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _LibYaml(_Tags, CParser):
        pass

    composer = _LibYaml


def compose(document: Document) -> Node | None:
    """The root node of one document, None if it holds nothing. Lines of marks count from 0 at the document's
    text.

    Raises ManifestError for a syntax error, and for text after the document's end (``...``), which kubectl
    would drop without a word.
    """
    text = _SURROGATE_ESCAPE.sub(r"\\u0020", document.text) if document.is_json else document.text
    try:
        root: Node | None = composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        _fail(document, line, column, _problem(error))
    except ReaderError:
        place = re.search("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]", text)
        before = text[: place.start() if place else 0]
        column = len(before) - before.rfind("\n") - 1
        _fail(document, before.count("\n"), column, "YAML allows no control character here; remove it")
    except RecursionError:
        _fail(document, 0, 0, too_deep())
    if root is not None and _LONE_TAG.search(text):
        _tag_as_string(root, text)
    return root


def _tag_as_string(root: Node, text: str) -> None:
    """``! 12`` is a string, which libyaml doesn't tell: the tag is only in the text where the node begins."""
    seen: set[int] = set()
    rest: list[Any] = [root]
    while rest:
        node = rest.pop()
        if isinstance(node, tuple):
            rest += node
        elif id(node) not in seen:
            seen.add(id(node))
            if not isinstance(node, ScalarNode):
                rest += node.value
            elif node.tag == PLAIN and _LONE_TAG.match(text, node.start_mark.index):
                node.tag = STRING


def _fail(document: Document, line: int, column: int, message: str) -> NoReturn:
    # Without the cause: its text can quote the document.
    raise ManifestError(document.file, document.line + line, column + 1, message) from None


_QUOTED = re.compile(r"""\s*('[^']*'|"[^"]*")""")


def _problem(error: yaml.MarkedYAMLError) -> str:
    # Pure Python's words can quote the document (the name of an alias, say); libyaml's don't, but the rule
    # is the same.
    problem = _QUOTED.sub("", error.problem or "it can't be parsed")
    context = _QUOTED.sub("", error.context or "")
    if problem.startswith("but found another document"):
        return "kubectl would ignore what follows the document's end here; separate documents with a line ---"
    if "cannot start any token" in problem:
        return "no value can start with this character; quote the value, and indent with spaces, not tabs"
    return f"not valid YAML: {problem}{' ' if context else ''}{context}; correct the syntax"
