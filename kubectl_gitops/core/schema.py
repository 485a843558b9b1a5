"""The shape of a kind, read from the cluster's OpenAPI v3: how its lists and maps merge, types, defaults.

The rules on how to read list and map types are those of server-side apply: ``x-kubernetes-list-type`` and
``x-kubernetes-map-type`` first (KEP-555, KEP-1152), else the older ``x-kubernetes-patch-strategy`` with its merge key
(k8s.io/kube-openapi, pkg/schemaconv); lists without either are atomic, maps without either granular.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from kubectl_gitops.core.objects import Json

RawSchema = Mapping[str, Json]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final[Json] = _Missing()
"""Stands where there is no value at all; null is a value."""

_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
# Not all of io.k8s.: a custom resource of group x.k8s.io is published as io.k8s.x.VERSION.KIND.
_BUILT_IN = (
    "io.k8s.api.",
    "io.k8s.apimachinery.",
    "io.k8s.apiextensions-apiserver.",
    "io.k8s.kube-aggregator.",
)
_RAW = ("io.k8s.apimachinery.pkg.runtime.RawExtension", "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1")


class Merge(StrEnum):
    """How two appliers' values of one field are put together."""

    SCALAR = "scalar"
    ATOMIC = "atomic"  # a list or a map that is replaced as a whole
    MAP = "map"  # key by key
    SET = "set"  # a list of scalars, each its own field
    ASSOCIATIVE = "associative"  # a list of objects, told apart by keys
    UNKNOWN = "unknown"  # the schema says nothing: the value's own shape decides


class Node:
    """One field's schema. Children are resolved when asked for, because schemas may be recursive."""

    __slots__ = ("_children", "_schemas", "custom", "definition", "key_fields", "merge", "raw")

    def __init__(self, schemas: Schemas, raw: RawSchema, definition: str, custom: bool, atomic: bool = False) -> None:
        self._schemas = schemas
        self._children: dict[str, Node | None] = {}
        self.raw = raw
        self.definition = definition
        self.custom = custom
        self.merge = Merge.ATOMIC if atomic and raw.get("type") in ("object", "array") else self._merge()
        self.key_fields: tuple[str, ...] = self._key_fields() if self.merge is Merge.ASSOCIATIVE else ()

    def __repr__(self) -> str:
        return f"Node({self.definition or self.type or 'untyped'}, {self.merge})"

    @property
    def type(self) -> str:
        """``object``, ``array``, ``string``, ``integer``, ``number``, ``boolean``, or "" where none is given."""
        kind = self.raw.get("type", "")
        return kind if isinstance(kind, str) else ""

    @property
    def format(self) -> str:
        """``quantity``, ``int-or-string``, or the schema's own ``format``; "" where there is none."""
        if self.definition == _QUANTITY:
            return "quantity"
        if self.raw.get("x-kubernetes-int-or-string"):
            return "int-or-string"
        return str(self.raw.get("format", ""))

    @property
    def default(self) -> Json:
        """The default that the schema publishes, or ``MISSING``."""
        return self.raw.get("default", MISSING)

    @property
    def preserves_unknown_fields(self) -> bool:
        return bool(self.raw.get("x-kubernetes-preserve-unknown-fields"))

    @property
    def embedded(self) -> bool:
        """Whether the value is opaque to the API machinery: RawExtension is atomic to server-side apply."""
        return self.definition in _RAW

    @property
    def has_fields(self) -> bool:
        """Whether the schema lists the fields (a struct), so that other names are unknown to it."""
        return "properties" in self.raw

    def field(self, name: str) -> Node | None:
        """The schema below a map's key; None when the schema knows nothing of it."""
        if name in self._children:
            return self._children[name]
        raw = (self.raw.get("properties") or {}).get(name)
        if raw is None:
            extra = self.raw.get("additionalProperties")
            raw = extra if isinstance(extra, Mapping) else None
            if extra is True or (raw is None and self.preserves_unknown_fields):
                raw = {"x-kubernetes-preserve-unknown-fields": True} if self.preserves_unknown_fields else {}
        child = None if raw is None else self._schemas.resolve(raw, self.custom)
        self._children[name] = child
        return child

    def is_struct_field(self, name: str) -> bool:
        """Whether ``name`` is a field of the schema, as opposed to a key that a user chose."""
        return name in (self.raw.get("properties") or {})

    @property
    def items(self) -> Node | None:
        """The schema of a list's items."""
        if "[]" not in self._children:
            raw = self.raw.get("items")
            self._children["[]"] = None if raw is None else self._schemas.resolve(raw, self.custom)
        return self._children["[]"]

    def key_default(self, name: str) -> Json:
        """What an associative list's key field counts as when an item leaves it out, or ``MISSING``."""
        field = self.items.field(name) if self.items else None
        return field.default if field else MISSING

    def _merge(self) -> Merge:
        kind = self.type
        if self.embedded:
            return Merge.ATOMIC
        if self.format in ("quantity", "int-or-string", "date-time") or kind in (
            "string",
            "integer",
            "number",
            "boolean",
        ):
            return Merge.SCALAR
        if kind == "array":
            return self._list_merge()
        if kind == "object" or "properties" in self.raw or "additionalProperties" in self.raw:
            return Merge.ATOMIC if self.raw.get("x-kubernetes-map-type") == "atomic" else Merge.MAP
        if "oneOf" in self.raw or "anyOf" in self.raw:
            return Merge.SCALAR if not self.custom else Merge.UNKNOWN
        return Merge.UNKNOWN

    def _list_merge(self) -> Merge:
        match self.raw.get("x-kubernetes-list-type"):
            case "map":
                return Merge.ASSOCIATIVE
            case "set":
                return Merge.SET
            case "atomic":
                return Merge.ATOMIC
        if "merge" in str(self.raw.get("x-kubernetes-patch-strategy", "")).split(","):
            return Merge.ASSOCIATIVE if self.raw.get("x-kubernetes-patch-merge-key") else Merge.SET
        return Merge.ATOMIC

    def _key_fields(self) -> tuple[str, ...]:
        keys = self.raw.get("x-kubernetes-list-map-keys")
        return tuple(keys) if keys else (self.raw["x-kubernetes-patch-merge-key"],)


class Schemas:
    """All schemas of one OpenAPI v3 document (one group and version)."""

    def __init__(self, definitions: Mapping[str, RawSchema]) -> None:
        """``definitions`` is the document's ``components.schemas``."""
        self._definitions = definitions
        self._nodes: dict[tuple[str, bool], Node] = {}
        self._kinds: dict[tuple[str, str, str], str] = {}
        for name, raw in definitions.items():
            for gvk in raw.get("x-kubernetes-group-version-kind") or ():
                self._kinds[gvk["group"], gvk["version"], gvk["kind"]] = name

    def kind(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind, or None if this document has none."""
        group, _, version = api_version.rpartition("/")
        name = self._kinds.get((group, version, kind))
        if name is None:
            return None
        return self._definition(name, custom=not name.startswith(_BUILT_IN))

    def resolve(self, raw: RawSchema, custom: bool) -> Node:
        """The node for a schema as it stands in the document: a reference, a wrapped reference, or inline."""
        reference = raw.get("$ref")
        wrapped = raw.get("allOf")
        if reference is None and wrapped and len(wrapped) == 1:
            reference = wrapped[0].get("$ref")
        if reference is None:
            return Node(self, raw, "", custom)
        atomic = raw.get("x-kubernetes-map-type") == "atomic"
        name = reference.rpartition("/")[2]
        target = self._definition(name, custom and not name.startswith(_BUILT_IN), atomic)
        beside = {key: value for key, value in raw.items() if key not in ("$ref", "allOf", "description")}
        if not beside:
            return target
        # A default beside a reference belongs to this field alone, not to the definition.
        return Node(self, {**target.raw, **beside}, target.definition, target.custom, atomic)

    def _definition(self, name: str, custom: bool, atomic: bool = False) -> Node:
        node = self._nodes.get((name, atomic))
        if node is None:
            node = Node(self, self._definitions.get(name, {}), name, custom, atomic)
            self._nodes[name, atomic] = node
        return node
