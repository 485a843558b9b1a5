"""Writing objects. Every write names the field manager; every dry run goes through admission and stores
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_gitops.cluster.api_error import ApiError
from kubectl_gitops.cluster.connection import Cluster
from kubectl_gitops.cluster.discovery import Resource
from kubectl_gitops.core.objects import FIELD_MANAGER, Body, Json

_APPLY = "application/apply-patch+yaml"  # JSON is YAML; the server takes CBOR or YAML only
_JSON_PATCH = "application/json-patch+json"


def apply(
    cluster: Cluster,
    resource: Resource,
    body: Body,
    *,
    manager: str = FIELD_MANAGER,
    force: bool = False,
    dry_run: bool = False,
) -> dict[str, Json]:
    """Server-side apply: the object as it is (or, on a dry run, would be) afterwards, created if absent.

    ``force`` takes over fields that other managers own with other values; without it they raise an ApiError
    with ``is_field_conflict``. Raises ApiError, ConnectionFailed.

    Source: KEP-555; https://kubernetes.io/docs/reference/using-api/server-side-apply/
    """
    metadata = body["metadata"]
    query = [("fieldManager", manager), ("fieldValidation", "Strict")]
    if force:
        query.append(("force", "true"))
    path = resource.path(metadata.get("namespace") or "", metadata["name"])
    return _object(cluster, "PATCH", path, [*query, *_dry(dry_run)], body, content_type=_APPLY)


def create(cluster: Cluster, resource: Resource, body: Body, *, dry_run: bool = False) -> dict[str, Json]:
    """Create an object; one that exists raises an ApiError with ``is_already_exists``. Raises
    ConnectionFailed.
    """
    path = resource.path(body["metadata"].get("namespace") or "")
    return _object(cluster, "POST", path, [*_VALIDATED, *_dry(dry_run)], body)


def update(cluster: Cluster, resource: Resource, body: Body, *, dry_run: bool = False) -> dict[str, Json]:
    """Replace an object, guarded by the resourceVersion in it: ``is_conflict`` if it changed since.

    Raises ApiError, ConnectionFailed.
    """
    metadata = body["metadata"]
    path = resource.path(metadata.get("namespace") or "", metadata["name"])
    return _object(cluster, "PUT", path, [*_VALIDATED, *_dry(dry_run)], body)


def json_patch(
    cluster: Cluster,
    resource: Resource,
    namespace: str,
    name: str,
    operations: Sequence[Body],
    *,
    manager: str,
    dry_run: bool = False,
) -> dict[str, Json]:
    """Apply RFC 6902 operations. A ``test`` that does not hold raises an ApiError with ``is_rejected_patch``.

    Raises ApiError, ConnectionFailed.
    """
    query = [("fieldManager", manager), *_dry(dry_run)]
    path = resource.path(namespace, name)
    return _object(cluster, "PATCH", path, query, list(operations), content_type=_JSON_PATCH)


def delete(
    cluster: Cluster,
    resource: Resource,
    namespace: str,
    name: str,
    *,
    uid: str,
    resource_version: str = "",
    propagation: str = "Background",
    dry_run: bool = False,
) -> bool:
    """Delete the very object with this uid (and resourceVersion); False if it was gone already.

    True means that the deletion was accepted: finalizers may hold the object for longer. Another object of
    that name, or a changed one, raises an ApiError with ``is_conflict``. Raises ApiError, ConnectionFailed.
    """
    preconditions = {"uid": uid} | ({"resourceVersion": resource_version} if resource_version else {})
    body = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "preconditions": preconditions,
        "propagationPolicy": propagation,
    }
    if dry_run:
        body["dryRun"] = ["All"]
    try:
        cluster.request("DELETE", resource.path(namespace, name), body=body)
    except ApiError as error:
        if error.is_not_found:
            return False
        raise
    return True


def self_subject(cluster: Cluster) -> str:
    """The user name that the server knows us by. Raises ApiError, ConnectionFailed.

    Source: KEP-3325, SelfSubjectReview, GA in 1.28; before that v1beta1.
    """
    for version in ("v1", "v1beta1"):
        api_version = f"authentication.k8s.io/{version}"
        try:
            answer = cluster.request(
                "POST",
                f"/apis/{api_version}/selfsubjectreviews",
                body={"apiVersion": api_version, "kind": "SelfSubjectReview"},
            )
        except ApiError as error:
            if version == "v1" and error.is_unserved:
                continue
            raise
        return str(answer.body["status"]["userInfo"].get("username", ""))
    return ""


_VALIDATED = (("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict"))


def _dry(dry_run: bool) -> tuple[tuple[str, str], ...]:
    return (("dryRun", "All"),) if dry_run else ()


def _object(
    cluster: Cluster,
    method: str,
    path: str,
    query: Sequence[tuple[str, str]],
    body: Json,
    *,
    content_type: str = "application/json",
) -> dict[str, Json]:
    answer = cluster.request(method, path, query=query, body=body, content_type=content_type)
    stored: dict[str, Json] = answer.body
    return stored
