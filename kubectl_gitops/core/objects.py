"""The plain values that flow between the stages: identities, manifests, and how to read both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Json = Any
"""Whatever a JSON document can hold: dict, list, str, int, float, bool, None. Treated as immutable."""

Body = Mapping[str, Json]
"""One Kubernetes object as decoded JSON."""

FIELD_MANAGER = "kubectl-gitops"


class GroupKind(NamedTuple):
    group: str
    kind: str

    def __str__(self) -> str:
        """``Kind.group``, and ``Kind`` in the core group: the form that ApplySets use (KEP-3659)."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


class Key(NamedTuple):
    """What makes an object the same object across versions: no apiVersion, ``namespace`` "" when cluster-scoped."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        """``Deployment shop/web``: how messages name an object."""
        where = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {where}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One desired object and where it is declared.

    ``file`` is relative to the repository's root; ``line`` counts from 1 and is that of the object's first key.
    ``renderer`` is "" for a plain file, else the program that printed the object ("kustomize", "helm"); then
    ``file`` is the file that the object came from if that is known, else the kustomization or chart, with line 1.
    """

    body: Body
    file: str
    line: int
    renderer: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


def group_of(api_version: str) -> str:
    """``apps/v1`` → ``apps``; ``v1`` → ``""``."""
    return api_version.rpartition("/")[0]


def key_of(body: Body) -> Key:
    """The identity that an object's own text gives. A namespaced object that names no namespace gets ""."""
    metadata = body.get("metadata") or {}
    return Key(
        group_of(body.get("apiVersion") or ""),
        body.get("kind") or "",
        metadata.get("namespace") or "",
        metadata.get("name") or "",
    )
