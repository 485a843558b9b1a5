"""From manifests to the objects as they are sent: namespace filled in, this target's label added, stringData folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from kubectl_gitops.core.aggregated import leave_out_gathered_rules
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.objects import Body, Json, Key, Manifest, key_of
from kubectl_gitops.core.secrets import fold_string_data

Scope = Callable[[str, str], bool | None]
"""Whether the kind (apiVersion, kind) is namespaced; None when nobody knows the kind."""


class Declared(NamedTuple):
    """One desired object: ``body`` as a full apply sends it."""

    key: Key
    body: Body
    manifest: Manifest


def declare(manifests: Iterable[Manifest], scope: Scope, namespace: str, applyset: str) -> tuple[Declared, ...]:
    """The manifests as objects of one target, in the same order.

    ``namespace`` is that of objects which name none. A kind of unknown scope keeps what its manifest says.
    """
    return tuple(_declare(manifest, scope, namespace, applyset) for manifest in manifests)


def _declare(manifest: Manifest, scope: Scope, namespace: str, applyset: str) -> Declared:
    body = leave_out_gathered_rules(fold_string_data(manifest.body))
    metadata: dict[str, Json] = dict(body.get("metadata") or {})
    namespaced = scope(body["apiVersion"], body["kind"])
    if namespaced is False:
        metadata.pop("namespace", None)
    elif namespaced and not metadata.get("namespace"):
        metadata["namespace"] = namespace
    labels = metadata.get("labels") or {}
    if isinstance(labels, Mapping):  # the server refuses anything else, and says so better
        metadata["labels"] = {**labels, PART_OF: applyset}
    sent = {**body, "metadata": metadata}
    return Declared(key_of(sent), sent, manifest)


class CustomKind(NamedTuple):
    """A kind that a CustomResourceDefinition of the source declares."""

    plural: str
    namespaced: bool


def custom_kinds(manifests: Iterable[Manifest]) -> Mapping[tuple[str, str], CustomKind]:
    """What the source's own definitions declare, by apiVersion and kind; versions that are not served are left out."""
    found: dict[tuple[str, str], CustomKind] = {}
    for manifest in manifests:
        body = manifest.body
        if body["kind"] != "CustomResourceDefinition" or not str(body["apiVersion"]).startswith(
            "apiextensions.k8s.io/"
        ):
            continue
        spec = _mapping(body.get("spec"))
        names = _mapping(spec.get("names"))
        kind = CustomKind(names.get("plural", ""), spec.get("scope") != "Cluster")
        versions = spec.get("versions")
        for version in map(_mapping, versions if isinstance(versions, list) else ()):
            if version.get("served"):
                found[f"{spec.get('group')}/{version.get('name')}", names.get("kind", "")] = kind
    return found


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
