"""In which order objects are written: what others need first, what judges others last.

The order of kinds follows what kubectl's users know from Helm (pkg/release/v1/util/kind_sorter.go) and the
facts that make it necessary: a custom resource needs its definition, a namespaced object its namespace, a
binding its role (the API server checks that the binder may grant it), a workload its configuration. What
admits or serves other objects comes last, because its server may be one of the workloads.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_gitops.core.objects import GroupKind, Key

_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"

_FOUNDATIONS = 0
_CONFIGURATION = 1
_CONNECTIONS = 2
_WORKLOADS = 3
_JUDGES = 4

_WAVES: dict[int, tuple[GroupKind, ...]] = {
    _FOUNDATIONS: (
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("", "Namespace"),
    ),
    _CONFIGURATION: (
        GroupKind("scheduling.k8s.io", "PriorityClass"),
        GroupKind("node.k8s.io", "RuntimeClass"),
        GroupKind("storage.k8s.io", "CSIDriver"),
        GroupKind("storage.k8s.io", "StorageClass"),
        GroupKind("storage.k8s.io", "VolumeAttributesClass"),
        GroupKind("networking.k8s.io", "IngressClass"),
        GroupKind("networking.k8s.io", "NetworkPolicy"),
        GroupKind("", "ResourceQuota"),
        GroupKind("", "LimitRange"),
        GroupKind("", "ServiceAccount"),
        GroupKind(_RBAC, "ClusterRole"),
        GroupKind(_RBAC, "Role"),
        GroupKind("", "Secret"),
        GroupKind("", "ConfigMap"),
        GroupKind("", "PersistentVolume"),
    ),
    _CONNECTIONS: (
        GroupKind(_RBAC, "ClusterRoleBinding"),
        GroupKind(_RBAC, "RoleBinding"),
        GroupKind("policy", "PodDisruptionBudget"),
        GroupKind("", "PersistentVolumeClaim"),
        GroupKind("", "Service"),
    ),
    _JUDGES: (
        GroupKind("apiregistration.k8s.io", "APIService"),
        GroupKind(_ADMISSION, "ValidatingAdmissionPolicy"),
        GroupKind(_ADMISSION, "ValidatingAdmissionPolicyBinding"),
        GroupKind(_ADMISSION, "MutatingAdmissionPolicy"),
        GroupKind(_ADMISSION, "MutatingAdmissionPolicyBinding"),
        GroupKind(_ADMISSION, "ValidatingWebhookConfiguration"),
        GroupKind(_ADMISSION, "MutatingWebhookConfiguration"),
    ),
}
_RANKS: dict[GroupKind, tuple[int, int]] = {
    kind: (wave, rank) for wave, kinds in _WAVES.items() for rank, kind in enumerate(kinds)
}


def _rank(key: Key) -> tuple[int, int]:
    return _RANKS.get(key.group_kind, (_WORKLOADS, 0))


def apply_order(keys: Iterable[Key]) -> list[list[Key]]:
    """The keys in waves: all of one wave may be written at once, the next one only after it.

    Each key comes out as often as it went in. Within a wave the order is fixed too, whatever the order of
    ``keys``. A wave is never empty. Kinds that are not listed here, custom resources among them, go with the
    workloads. Waiting for definitions to be Established is the writer's part.
    """
    waves: dict[int, list[Key]] = {}
    for key in keys:
        waves.setdefault(_rank(key)[0], []).append(key)
    return [sorted(waves[wave], key=lambda key: (_rank(key), key)) for wave in sorted(waves)]


def delete_order(keys: Iterable[Key]) -> list[list[Key]]:
    """The waves in which to delete: ``apply_order`` backwards."""
    return [wave[::-1] for wave in reversed(apply_order(keys))]
