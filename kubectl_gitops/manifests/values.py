"""Reading YAML and JSON that holds no Kubernetes objects, such as ``gitops.yaml`` or a kustomization."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests.composing import compose
from kubectl_gitops.manifests.documents import documents
from kubectl_gitops.manifests.loading import load
from kubectl_gitops.manifests.tree import first_line


class Value(NamedTuple):
    """One document's value and the line of its first key, from 1."""

    value: Json
    line: int


def read_values(data: bytes, file: str) -> tuple[Value, ...]:
    """The documents of a file, empty ones left out. Raises ManifestError for what is neither YAML nor JSON."""
    found: list[Value] = []
    for document in documents(data, file):
        if document.is_json:
            value, line = document.value, document.line
        else:
            root = compose(document)
            if root is None:
                continue
            value, line = load(root, document), document.line + first_line(root)
        if value is not None:
            found.append(Value(value, line))
    return tuple(found)
