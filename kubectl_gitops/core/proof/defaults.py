"""Defaults that the API server fills in inside values that are replaced as a whole, where they are the same for all.

Built-in kinds publish almost none of their defaults. Outside atomic values that does not matter, since what nobody
declares stays as it is; inside, an undeclared key would be a difference. Source: k8s.io/kubernetes, the
``zz_generated.defaults.go`` and ``defaults.go`` of pkg/apis/{core,apps,batch,networking,rbac}/v1.
"""

from __future__ import annotations

from typing import Final

from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.schema import MISSING, Node

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


def is_known_default(definition: str, name: str, declared: Body, live: Body) -> bool:
    """Whether the server puts live's value there where ``declared``, a struct of this definition, lacks the field.

    What is declared is known to be in ``live`` already.
    """
    value = live[name]
    if definition == "io.k8s.api.rbac.v1.Subject" and name == "apiGroup":
        return value == _RBAC_GROUP and declared.get("kind") in ("User", "Group")
    if definition == _CORE + "LimitRangeItem" and declared.get("type") == "Container":
        if name == "default":
            return bool(value == live.get("max"))
        if name == "defaultRequest":
            return bool(value == {**(live.get("min") or {}), **(live.get("default") or {})})
    return (definition, name) in _CONSTANTS and _CONSTANTS[definition, name] == value


def published(node: Node) -> Json:
    """What a custom resource's schema gives as a field's default, with the defaults inside it; else MISSING."""
    value = node.default
    if type(value) is not dict:
        return value
    inside = {name: published(child) for name in node.raw.get("properties") or () if (child := node.field(name))}
    return {**{name: default for name, default in inside.items() if default is not MISSING}, **value}
