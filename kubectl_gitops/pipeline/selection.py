"""Which objects a drift is narrowed to: ``-l SELECTOR`` and ``KIND/NAME`` words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kubectl_gitops.cluster import Resources
from kubectl_gitops.core.objects import Body, GroupKind, Json, Key
from kubectl_gitops.errors import UsageError
from kubectl_gitops.pipeline.request import Selection


class Requirement(NamedTuple):
    """One requirement of a label selector; ``operator`` is ``in``, ``notin``, ``exists`` or ``absent``."""

    label: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: Mapping[str, Json]) -> bool:
        match self.operator:
            case "in":
                return self._has_value(labels)
            case "notin":
                return not self._has_value(labels)
            case "exists":
                return self.label in labels
        return self.label not in labels

    def _has_value(self, labels: Mapping[str, Json]) -> bool:
        value = labels.get(self.label)
        return isinstance(value, str) and value in self.values


class Selector(NamedTuple):
    """``words`` are the ``KIND/NAME`` as given, each with the objects that it may mean."""

    requirements: tuple[Requirement, ...]
    words: Mapping[str, frozenset[tuple[GroupKind, str]]]

    @property
    def narrows(self) -> bool:
        return bool(self.requirements or self.words)

    def matches(self, key: Key, body: Body) -> bool:
        """Whether an object is one that was asked about, declared or live."""
        labels = body["metadata"].get("labels")
        labels = labels if isinstance(labels, Mapping) else {}
        if self.words and not any((key.group_kind, key.name) in named for named in self.words.values()):
            return False
        return all(requirement.holds(labels) for requirement in self.requirements)

    def check(self, known: Iterable[Key]) -> None:
        """Raises UsageError for a word that names none of the known objects: it would look as if it were in sync."""
        if not self.words:
            return
        names = frozenset((key.group_kind, key.name) for key in known)
        for word, named in self.words.items():
            if not named & names:
                raise UsageError(f"{word} is neither declared by the source nor a member of its inventory")


EVERYTHING = Selector((), {})


def selector_of(selection: Selection, resources: Resources) -> Selector:
    """Raises UsageError for a selector that can't be read and for a kind that the server does not know."""
    words: dict[str, frozenset[tuple[GroupKind, str]]] = {}
    for word in selection.resources:
        kind, _, name = word.partition("/")
        found = resources.named(kind)
        if not found:
            raise UsageError(f"the server knows no kind {kind!r}, which {word!r} names; see kubectl api-resources")
        words[word] = frozenset((GroupKind(resource.group, resource.kind), name) for resource in found)
    return Selector(parse_selector(selection.selector), words)


_SET = re.compile(r"(?P<label>[^\s!=(),<>]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUAL = re.compile(r"(?P<label>[^\s!=(),<>]+)\s*(?P<operator>==?|!=)\s*(?P<value>[^\s!=(),]*)")
_EXISTS = re.compile(r"(?P<absent>!?)\s*(?P<label>[^\s!=(),<>]+)")
_COMMA = re.compile(r"\s*,\s*")


def parse_selector(text: str) -> tuple[Requirement, ...]:
    """A label selector in kubectl's syntax: ``a=b``, ``a!=b``, ``a``, ``!a``, ``a in (b, c)``, ``a notin (b)``.

    Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors.
    Raises UsageError.
    """
    rest = text.strip()
    found: list[Requirement] = []
    while rest:
        requirement, length = _requirement(rest, text)
        found.append(requirement)
        rest = rest[length:]
        if rest:
            comma = _COMMA.match(rest)
            if comma is None or comma.end() == len(rest):
                raise UsageError(f"can't read the label selector {text!r} from {rest!r} on")
            rest = rest[comma.end() :]
    return tuple(found)


def _requirement(rest: str, text: str) -> tuple[Requirement, int]:
    if match := _SET.match(rest):
        values = frozenset(value.strip() for value in match["values"].split(","))
        return Requirement(match["label"], match["operator"], values), match.end()
    if match := _EQUAL.match(rest):
        operator = "notin" if match["operator"] == "!=" else "in"
        return Requirement(match["label"], operator, frozenset({match["value"]})), match.end()
    if match := _EXISTS.match(rest):
        return Requirement(match["label"], "absent" if match["absent"] else "exists"), match.end()
    raise UsageError(f"can't read the label selector {text!r} from {rest!r} on")
