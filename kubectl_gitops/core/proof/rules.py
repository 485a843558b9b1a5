"""A kind's schema in the form that the comparison walks, worked out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import Item, Member, Step
from kubectl_gitops.core.proof.zero import fields_by_definition
from kubectl_gitops.core.schema import MISSING, Merge, Node

Key = tuple[str | int, ...]
"""The values of an associative list's key fields in one item, or a set's member."""

_NONE: Final[Mapping[str, str]] = {}

# The generation of the first three moves when reflect.DeepEqual finds a change, to which an empty list differs from
# none (k8s.io/kubernetes, pkg/registry/*/strategy.go). Schemas may not have some fields, not even empty
# (k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation).
_EMPTY_COUNTS: Final = (
    "io.k8s.api.networking.v1.NetworkPolicy",
    "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
)


class Fields(dict[str, "Rule | None"]):
    """The rules below a map's keys, made when first asked for; None where the schema knows no such field."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._entry: Json = MISSING

    def __missing__(self, name: str) -> Rule | None:
        node = self._rule.node
        if node.is_struct_field(name):
            rule = self[name] = self._field(name, node.field(name))
            return rule
        # All keys that users choose share one rule, so that nothing grows with them.
        if self._entry is MISSING:
            below = node.field("")
            self._entry = None if below is None else self._rule.child(below, entry=True)
        entry: Rule | None = self._entry
        return entry

    def _field(self, name: str, node: Node | None) -> Rule | None:
        if node is not None and self._rule.is_kind and name == "metadata":
            # That of custom resources is Go's ObjectMeta too, unlike an embedded object's.
            return Rule(node, built_in=not node.custom)
        return None if node is None else self._rule.child(node)


class Rule:
    """How values of one schema node compare.

    ``built_in``: whether a Go type stands behind it. ``entry``: whether it stands below a key that a user chose.
    ``keeps_empty``: whether an empty list or map is not the same as none to the server.
    """

    __slots__ = (
        "_item",
        "built_in",
        "definition",
        "fields",
        "form",
        "is_kind",
        "is_map",
        "keeps_empty",
        "key_defaults",
        "keys",
        "merge",
        "node",
        "null_is_empty_text",
        "opaque",
        "type",
        "zeros",
    )

    def __init__(
        self, node: Node, *, built_in: bool, entry: bool = False, is_kind: bool = False, keeps_empty: bool = False
    ) -> None:
        self.node = node
        self.merge = node.merge
        self.is_map = node.merge is Merge.MAP
        self.type = node.type
        self.built_in = built_in
        self.is_kind = is_kind
        self.keeps_empty = keeps_empty
        self.definition = node.definition
        self.form = node.format
        self.opaque = node.embedded or node.merge is Merge.UNKNOWN
        self.keys = node.key_fields
        self.key_defaults = tuple((name, node.key_default(name)) for name in node.key_fields)
        self.zeros = fields_by_definition().get(node.definition, _NONE) if built_in else _NONE
        if keeps_empty:
            self.zeros = {name: letter for name, letter in self.zeros.items() if letter not in ("l", "m")}
        # A null in a Go map of strings becomes "".
        self.null_is_empty_text = entry and self.built_in and self.type == "string" and not self.form
        self.fields = Fields(self)
        self._item: Json = MISSING

    @property
    def item(self) -> Rule | None:
        """The rule of a list's items."""
        if self._item is MISSING:
            below = self.node.items
            self._item = None if below is None else self.child(below)
        item: Rule | None = self._item
        return item

    def child(self, node: Node, entry: bool = False) -> Rule:
        built_in = self.built_in and not node.custom
        return Rule(node, built_in=built_in, entry=entry, keeps_empty=self.keeps_empty)

    def keys_of(self, items: Sequence[Json]) -> list[Key] | None:
        """What tells each item of an associative list, or member of a set, from the others; None where one is unsure.

        Only texts and integers are compared: what a float or a boolean counts as is the server's business.
        """
        found: list[Key] = []
        if self.merge is Merge.SET:
            for item in items:
                if type(item) is not str and type(item) is not int:
                    return None
                found.append((item,))
            return found
        defaults = self.key_defaults
        for item in items:
            if type(item) is not dict:
                return None
            key = []
            for name, default in defaults:
                value = item.get(name, default)
                if type(value) is not str and type(value) is not int:
                    return None
                key.append(value)
            found.append(tuple(key))
        return found

    def step(self, key: Key) -> Step:
        """How the item is named in a path."""
        return Member(key[0]) if self.merge is Merge.SET else Item(tuple(zip(self.keys, key, strict=True)))


@lru_cache(maxsize=512)
def of_kind(node: Node) -> Rule:
    """The rule of a kind; kept, so that each kind's schema is worked out once in a run."""
    return Rule(node, built_in=not node.custom, is_kind=True, keeps_empty=node.definition.startswith(_EMPTY_COUNTS))
