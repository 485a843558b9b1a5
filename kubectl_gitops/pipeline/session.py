"""One connection to one cluster for the length of a command: what it serves, its schemas, what scales and mutates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kubectl_gitops.cluster import ApiError, Cluster, OpenApi, Resource, Resources, discover, list_all
from kubectl_gitops.core.admission import EVERYTHING, MutationRule, mutation_rules
from kubectl_gitops.core.declared import CustomKind
from kubectl_gitops.core.objects import Body, GroupKind, Key
from kubectl_gitops.core.schema import Node
from kubectl_gitops.errors import Failed

_MUTATING = ("MutatingWebhookConfiguration", "MutatingAdmissionPolicy")
_ADMISSION = "admissionregistration.k8s.io"


@dataclass
class Session:
    """``custom`` are the kinds that the source's own definitions declare, whether the cluster has them yet or not."""

    cluster: Cluster
    resources: Resources
    openapi: OpenApi
    custom: Mapping[tuple[str, str], CustomKind] = field(default_factory=dict)

    @classmethod
    def open(cls, cluster: Cluster) -> Session:
        """Discover what the server serves. Raises ConnectionFailed, ApiError."""
        return cls(cluster, discover(cluster), OpenApi(cluster))

    def scope(self, api_version: str, kind: str) -> bool | None:
        """Whether the kind is namespaced; None when neither the cluster nor the source knows it."""
        resource = self.resources.find(api_version, kind)
        if resource is not None:
            return resource.namespaced
        declared = self.custom.get((api_version, kind))
        return declared.namespaced if declared is not None else None

    def node(self, body: Body) -> Node | None:
        """The schema of an object's kind, None where the server publishes none."""
        schemas = self.openapi.schema(body["apiVersion"])
        return schemas.kind(body["apiVersion"], body["kind"]) if schemas else None

    def refresh(self) -> None:
        """Look again at what is served, after definitions were applied."""
        self.resources = discover(self.cluster)
        self.openapi.refresh()

    def resource_of(self, key: Key, api_version: str) -> Resource:
        """Where to write an object. Raises Failed when the cluster has no such kind."""
        resource = self.resources.find(api_version, key.kind)
        if resource is None:
            raise Failed(
                f"the cluster has no kind {key.kind} in {api_version}; correct its apiVersion, "
                "or install its definition first"
            )
        return resource

    def known(self, kinds: Iterable[GroupKind]) -> tuple[Resource, ...]:
        """The resources of those kinds that the cluster has, in a fixed order."""
        found = (self.resources.preferred(kind.group, kind.kind) for kind in sorted(kinds))
        return tuple(resource for resource in found if resource is not None)

    def mutations(self) -> tuple[MutationRule, ...]:
        """What admission may change on a write; everything, when that can't be read."""
        bodies: list[Body] = []
        for kind in _MUTATING:
            resource = self.resources.preferred(_ADMISSION, kind)
            if resource is None:
                continue
            try:
                bodies.extend(list_all(self.cluster, resource))
            except ApiError:
                return (EVERYTHING,)
        return mutation_rules(bodies)

    def autoscalers(self, namespaces: Iterable[str]) -> tuple[list[Body], frozenset[str]]:
        """The HorizontalPodAutoscalers of the namespaces, and the namespaces of which they could not be read."""
        resource = self.resources.preferred("autoscaling", "HorizontalPodAutoscaler")
        if resource is None:
            return [], frozenset()
        wanted = frozenset(namespaces)
        try:
            found = list_all(self.cluster, resource)
            return [body for body in found if body["metadata"]["namespace"] in wanted], frozenset()
        except ApiError:
            pass  # Forbidden cluster-wide, as a rule; the namespaces are asked for one by one.
        bodies: list[Body] = []
        unreadable: set[str] = set()
        for namespace in sorted(wanted):
            try:
                bodies.extend(list_all(self.cluster, resource, namespace))
            except ApiError:
                unreadable.add(namespace)
        return bodies, frozenset(unreadable)
