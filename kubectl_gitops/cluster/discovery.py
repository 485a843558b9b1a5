"""Which kinds the server has, and under which paths: aggregated discovery, kept on disk by its ETag.

Source: KEP-3352; https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery (beta in
1.27).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from kubectl_gitops import diskcache
from kubectl_gitops.cluster.connection import Cluster
from kubectl_gitops.core.objects import Json
from kubectl_gitops.errors import Failed

_ACCEPT = ",".join(
    f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList" for version in ("v2", "v2beta1")
)


class Resource(NamedTuple):
    """One kind in one version, as the server serves it. ``subresources`` like ``scale``, ``status``."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]
    subresources: frozenset[str]
    singular: str = ""
    short_names: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str, name: str = "") -> str:
        """The URL path of an object, or of the collection; ``namespace`` "" means all of them, or cluster-
        scoped.
        """
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced and namespace else ""
        # Names of RBAC objects hold colons, which need no escape in a path.
        return f"{root}{where}/{self.plural}" + (f"/{quote(name, safe=':')}" if name else "")


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything the server serves, in its own order of preference.

    ``unreachable`` are the group/versions of aggregated APIs that did not answer the server lately. What is
    missing from them is unknown, not absent.
    """

    all: tuple[Resource, ...]
    unreachable: frozenset[str]
    _by_kind: dict[tuple[str, str, str], Resource]
    _preferred: dict[tuple[str, str], Resource]

    def find(self, api_version: str, kind: str) -> Resource | None:
        """The resource of exactly this apiVersion and kind, or None if it isn't known."""
        group, _, version = api_version.rpartition("/")
        return self._by_kind.get((group, version, kind))

    def preferred(self, group: str, kind: str) -> Resource | None:
        """The resource of a kind in the version that the server prefers, or None if it isn't known."""
        return self._preferred.get((group, kind))

    def named(self, word: str) -> tuple[Resource, ...]:
        """What a person may mean by ``deploy``, ``deployments``, ``Deployment`` or ``deployments.apps``."""
        name, _, group = word.lower().partition(".")
        return tuple(
            resource
            for resource in self._preferred.values()
            if name in (resource.plural, resource.singular, resource.kind.lower(), *resource.short_names)
            and group in ("", resource.group)
        )

    def is_unknown(self, group: str) -> bool:
        """Whether some version of the group is unreachable, so that a kind not found may still exist."""
        return any(version.rpartition("/")[0] == group for version in self.unreachable)


def discover(cluster: Cluster) -> Resources:
    """Ask what the server serves: two requests, answered by 304 when nothing changed since the last run.

    Ask again after CRDs were applied. Raises ApiError, ConnectionFailed, and Failed for servers before
    1.27.
    """
    folder = cluster.cache / "discovery" / hashlib.sha256(cluster.server.encode()).hexdigest()[:32]
    with ThreadPoolExecutor(2) as pool:
        core, groups = pool.map(lambda name: _document(cluster, folder, name), ("api", "apis"))
    return resources([*core["items"], *groups["items"]])


def _document(cluster: Cluster, folder: Path, name: str) -> Json:
    file = folder / f"{name}.json"
    kept = diskcache.read(file)
    valid = isinstance(kept, dict) and isinstance(kept.get("etag"), str) and _is_discovery(kept.get("body"))
    headers = {"Accept": _ACCEPT}
    if valid:
        headers["If-None-Match"] = kept["etag"]
    answer = cluster.request("GET", f"/{name}", headers=headers)
    if answer.status == 304 and valid:
        return kept["body"]
    if not _is_discovery(answer.body):
        raise Failed(f"{cluster.server} has no aggregated discovery; Kubernetes 1.27 or later is needed")
    if answer.etag:
        diskcache.write(file, {"etag": answer.etag, "body": answer.body})
    return answer.body


def _is_discovery(body: Json) -> bool:
    return (
        isinstance(body, dict) and body.get("kind") == "APIGroupDiscoveryList" and isinstance(body.get("items"), list)
    )


def resources(groups: Iterable[Json]) -> Resources:
    """Read the ``items`` of ``APIGroupDiscoveryList`` documents (apidiscovery.k8s.io v2 or v2beta1)."""
    found: list[Resource] = []
    unreachable: set[str] = set()
    by_kind: dict[tuple[str, str, str], Resource] = {}
    preferred: dict[tuple[str, str], Resource] = {}
    for item in groups:
        group = (item.get("metadata") or {}).get("name") or ""
        for served in item.get("versions") or ():
            version = served["version"]
            if served.get("freshness", "Current") != "Current":
                unreachable.add(f"{group}/{version}" if group else version)
            for raw in served.get("resources") or ():
                resource = _resource(group, version, raw)
                if resource is not None:
                    found.append(resource)
                    by_kind.setdefault((group, version, resource.kind), resource)
                    preferred.setdefault((group, resource.kind), resource)
    return Resources(tuple(found), frozenset(unreachable), by_kind, preferred)


def _resource(group: str, version: str, raw: Json) -> Resource | None:
    kind = (raw.get("responseKind") or {}).get("kind")
    if not kind:
        return None  # only subresources are served
    return Resource(
        group,
        version,
        kind,
        raw["resource"],
        raw.get("scope") == "Namespaced",
        frozenset(raw.get("verbs") or ()),
        frozenset(below["subresource"] for below in raw.get("subresources") or ()),
        raw.get("singularResource") or "",
        tuple(raw.get("shortNames") or ()),
    )
