"""A kind's schema in the form that the comparison walks: everything that depends on the schema alone, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import Item, Step
from kubectl_gitops.core.proof.zero import fields_by_definition
from kubectl_gitops.core.schema import MISSING, Merge, Node

Key = tuple[str | int, ...]
"""The values of an associative list's key fields in one item, or a set's member."""

_NONE: Final[Mapping[str, str]] = {}


class Fields(dict[str, "Rule | None"]):
    """The rules below a map's keys, made when first asked for; None where the schema knows no such field."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._entry: Json = MISSING

    def __missing__(self, name: str) -> Rule | None:
        node = self._rule.node
        if node.is_struct_field(name):
            below = node.field(name)
            rule = None if below is None else Rule(below, entry=False)
            self[name] = rule
            return rule
        # All keys that users choose share one rule, so that nothing grows with them.
        if self._entry is MISSING:
            below = node.field("")
            self._entry = None if below is None else Rule(below, entry=True)
            if below is None and node.merge is Merge.UNKNOWN:
                self._entry = self._rule
        entry: Rule | None = self._entry
        return entry


class Rule:
    """How values of one schema node compare. ``entry``: whether it stands below a key that a user chose."""

    __slots__ = (
        "_item",
        "built_in",
        "definition",
        "fields",
        "form",
        "key_defaults",
        "keys",
        "merge",
        "node",
        "null_is_empty_text",
        "opaque",
        "type",
        "zeros",
    )

    def __init__(self, node: Node, entry: bool) -> None:
        self.node = node
        self.merge = node.merge
        self.type = node.type
        self.built_in = not node.custom
        self.definition = node.definition
        self.form = node.format
        self.opaque = node.embedded or node.merge is Merge.UNKNOWN
        self.keys = node.key_fields
        self.key_defaults = {name: node.key_default(name) for name in node.key_fields}
        self.zeros = _NONE if node.custom else fields_by_definition().get(node.definition, _NONE)
        # A null in a Go map of strings becomes "".
        self.null_is_empty_text = entry and self.built_in and self.type == "string" and not self.form
        self.fields = Fields(self)
        self._item: Json = MISSING

    @property
    def item(self) -> Rule | None:
        """The rule of a list's items."""
        if self._item is MISSING:
            below = self.node.items
            self._item = None if below is None else Rule(below, entry=False)
        item: Rule | None = self._item
        return item

    def key(self, item: Json) -> Key | None:
        """What tells this item of an associative list, or member of a set, from the others; None where that is unsure.

        Only texts and integers are compared: what a float or a boolean counts as is the server's business.
        """
        if self.merge is Merge.SET:
            return (item,) if type(item) is str or type(item) is int else None
        if type(item) is not dict:
            return None
        if len(self.keys) == 1:
            value = item.get(self.keys[0], MISSING)
            if type(value) is str or type(value) is int:
                return (value,)
        values = tuple(item.get(name, self.key_defaults[name]) for name in self.keys)
        return values if all(type(value) in (str, int) for value in values) else None

    def step(self, key: Key) -> Step:
        return Item(tuple(zip(self.keys, key, strict=True)))


@lru_cache(maxsize=512)
def of_kind(node: Node) -> Rule:
    """The rule of a kind; kept, so that each kind's schema is worked out once in a run."""
    return Rule(node, entry=False)
