"""Whose an object is, and how to take one over that client-side apply used to manage.

The markers are those of KEP-3659 (ApplySets), Helm (pkg/kube, ``meta.helm.sh``), Argo CD (resource tracking)
and Flux (kustomize-controller and helm-controller ownership labels).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.managed import FieldSet, entries, is_ours, our_entry
from kubectl_gitops.core.objects import FIELD_MANAGER, Body, Json

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_HELM = "meta.helm.sh/release"
_F_LAST_APPLIED = f"f:{LAST_APPLIED}"

CREATORS = frozenset(
    {
        "before-first-apply",
        "kubectl-autoscale",
        "kubectl-client-side-apply",
        "kubectl-create",
        "kubectl-expose",
        "kubectl-run",
    }
)
"""Managers that declared an object as a whole, so that what they own is what a source declared."""

EDITORS = frozenset(
    {
        "kubectl-annotate",
        "kubectl-debug",
        "kubectl-edit",
        "kubectl-label",
        "kubectl-patch",
        "kubectl-replace",
        "kubectl-rollout",
        "kubectl-scale",
        "kubectl-set",
        "kubectl-taint",
        "node-fetch",
    }
)
"""Managers through which a person changes single fields. ``kubectl edit`` rewrites the last-applied
annotation, and ``kubectl replace`` comes to own only what it changed, so owning the annotation does not make
them declarers."""


@dataclass(frozen=True, slots=True)
class Member:
    """Ours. ``stripped``: someone removed the label since."""

    stripped: bool = False


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Nobody's; to be taken over only with consent."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """Someone else's; ``owner`` names them as people do: ``Helm release shop/web``."""

    owner: str


Membership = Member | Unmanaged | Foreign


def membership(live: Body, applyset: str, declared_by_base: bool = False) -> Membership:
    """Whose a live object is.

    ``applyset`` is our ApplySet's id. ``declared_by_base`` says that base (the last applied revision)
    declared the object: then one that lost our label, but has fields that we applied, is still a member.
    """
    labels = _texts(live, "labels")
    part_of = labels.get(PART_OF)
    if part_of == applyset:
        return Member()
    owner = foreign_owner(live)
    if owner is not None:
        return Foreign(owner)
    if declared_by_base and our_entry(entries(live)) is not None:
        return Member(stripped=True)
    return Unmanaged()


def foreign_owner(live: Body) -> str | None:
    """The tool that manages the object by its own marks, any ApplySet included; None if there are no such
    marks."""
    labels, annotations = _texts(live, "labels"), _texts(live, "annotations")
    if labels.get(PART_OF):
        return f"ApplySet {labels[PART_OF]}"
    if annotations.get(f"{_HELM}-name"):
        return "Helm release " + _joined(annotations, f"{_HELM}-namespace", f"{_HELM}-name")
    tracking = annotations.get("argocd.argoproj.io/tracking-id")
    if tracking:
        return f"Argo CD application {tracking.partition(':')[0]}"
    for kind, prefix in (("HelmRelease", "helm"), ("Kustomization", "kustomize")):
        domain = f"{prefix}.toolkit.fluxcd.io"
        if labels.get(f"{domain}/name"):
            return f"Flux {kind} " + _joined(labels, f"{domain}/namespace", f"{domain}/name")
    return None


def _texts(live: Body, name: str) -> Mapping[str, str]:
    return (live.get("metadata") or {}).get(name) or {}


def _joined(texts: Mapping[str, str], namespace: str, name: str) -> str:
    return "/".join(filter(None, (texts.get(namespace), texts[name])))


def migration_patch(live: Body, take_over: frozenset[str] = CREATORS) -> list[dict[str, Json]] | None:
    """The JSON patch that turns client-side apply's ownership into ours; None if there is nothing to turn.

    ``live`` comes with its managedFields and resourceVersion. The Update entries of ``take_over``, and of any
    other manager that owns the last-applied annotation and is none of ``EDITORS``, become part of our Apply
    entry; the annotation goes. Only then does the next apply remove what Git no longer declares (client-go,
    util/csaupgrade). Entries of another apiVersion than the newest one keep their owner, since their paths
    may mean other fields.

    The server answers 409 if the object was written since it was read: read it again, and ask again.
    """
    metadata = live.get("metadata") or {}
    raw: list[dict[str, Json]] = list(metadata.get("managedFields") or ())
    declarers = [entry for entry in raw if _declares(entry, take_over)]
    ours = next((entry for entry in raw if is_ours(entry)), None)
    newest = ours or max(declarers, key=lambda entry: entry.get("time") or "", default=None)
    merged = [entry for entry in declarers if newest and entry.get("apiVersion") == newest.get("apiVersion")]
    patch: list[dict[str, Json]] = []
    if newest is not None and merged:
        fields: FieldSet = newest.get("fieldsV1") or {}
        for entry in merged:
            fields = union(fields, entry.get("fieldsV1") or {})
        own = {**newest, "manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": _applied(fields)}
        others = [entry for entry in raw if entry is not ours and not any(entry is one for one in merged)]
        patch.append({"op": "replace", "path": "/metadata/managedFields", "value": [own, *others]})
    if LAST_APPLIED in _texts(live, "annotations"):
        patch.append({"op": "remove", "path": f"/metadata/annotations/{LAST_APPLIED.replace('/', '~1')}"})
    if not patch:
        return None
    # A replace, not a test: etcd then answers with a conflict, a failed test would be an invalid request.
    guard = {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]}
    return [*patch, guard]


def _declares(entry: Mapping[str, Any], take_over: frozenset[str]) -> bool:
    if entry.get("operation") != "Update" or entry.get("subresource"):
        return False
    manager = entry.get("manager")
    if manager in take_over or manager in EDITORS:
        return manager in take_over
    return _owns_last_applied(entry.get("fieldsV1") or {})


def _owns_last_applied(fields: FieldSet) -> bool:
    annotations = (fields.get("f:metadata") or {}).get("f:annotations") or {}
    return _F_LAST_APPLIED in annotations


def _applied(fields: FieldSet) -> FieldSet:
    """Without what nobody applies: the annotation, and the status that ``before-first-apply`` covers."""
    kept = {name: below for name, below in fields.items() if name != "f:status"}
    if _owns_last_applied(kept):
        metadata = dict(kept.pop("f:metadata"))
        annotations = dict(metadata.pop("f:annotations"))
        del annotations[_F_LAST_APPLIED]
        # An empty node would say that the map itself is owned.
        if annotations:
            metadata["f:annotations"] = annotations
        if metadata:
            kept["f:metadata"] = metadata
    return kept


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """The ``fieldsV1`` tree that owns what either owns; neither is changed."""
    merged = dict(one)
    for token, below in other.items():
        merged[token] = _union_below(merged[token], below) if token in merged else below
    return merged


def _union_below(one: FieldSet, other: FieldSet) -> FieldSet:
    # A node without children is owned; one with children only if it has ``.``.
    if bool(one) == bool(other):
        return union(one, other)
    return {".": {}, **one, **other}
