"""Defaults that the API server fills in inside values that are replaced as a whole, where they are the same for all.

Built-in kinds publish almost none of their defaults. Outside atomic values that does not matter, since what nobody
declares stays as it is; inside, an undeclared key would be a difference. Source: k8s.io/kubernetes, the
``zz_generated.defaults.go`` and ``defaults.go`` of pkg/apis/{core,apps,batch,networking,rbac}/v1.
"""

from __future__ import annotations

from typing import Final

from kubectl_gitops.core.objects import Body, Json

_CORE: Final = "io.k8s.api.core.v1."
_RBAC_GROUP: Final = "rbac.authorization.k8s.io"

_CONSTANTS: Final[dict[tuple[str, str], Json]] = {
    ("io.k8s.api.networking.v1.NetworkPolicyPort", "protocol"): "TCP",
    (_CORE + "ServiceAccountTokenProjection", "expirationSeconds"): 3600,
    (_CORE + "ObjectFieldSelector", "apiVersion"): "v1",
    (_CORE + "ResourceFieldSelector", "divisor"): "0",
    # Only a StatefulSet's volumeClaimTemplates hold claims inside an atomic value.
    (_CORE + "PersistentVolumeClaim", "apiVersion"): "v1",
    (_CORE + "PersistentVolumeClaim", "kind"): "PersistentVolumeClaim",
    (_CORE + "PersistentVolumeClaim", "status"): {"phase": "Pending"},
    (_CORE + "PersistentVolumeClaimSpec", "volumeMode"): "Filesystem",
    ("io.k8s.api.rbac.v1.RoleRef", "apiGroup"): _RBAC_GROUP,
    ("io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern", "status"): "True",
}


def is_constant_default(definition: str, name: str, declared: Body, value: Json) -> bool:
    """Whether the server puts exactly this value where ``declared``, a struct of this definition, lacks the field."""
    if definition == "io.k8s.api.rbac.v1.Subject" and name == "apiGroup":
        return value == _RBAC_GROUP and declared.get("kind") in ("User", "Group")
    return (definition, name) in _CONSTANTS and _CONSTANTS[definition, name] == value
