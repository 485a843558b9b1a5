"""Reading objects: whole kinds in pages, or one at a time."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_gitops.cluster.api_error import ApiError
from kubectl_gitops.cluster.connection import Cluster
from kubectl_gitops.cluster.discovery import Resource
from kubectl_gitops.core.objects import Json

PAGE = 500
_MOST_RESTARTS = 3


class Restarted(list[dict[str, Json]]):
    """A page that starts the list anew: what came before it is to be forgotten."""


def list_objects(
    cluster: Cluster, resource: Resource, namespace: str | None = None, label_selector: str = ""
) -> Iterator[list[dict[str, Json]]]:
    """The objects of a kind, page by page, with apiVersion and kind filled in.

    ``namespace`` None (or "") lists all of them. No resourceVersion is asked for: the answer is consistent,
    and a server since 1.34 gives it from its cache. When the server gave up the list's snapshot (410), the
    list starts again with a ``Restarted`` page. Raises ApiError, ConnectionFailed.

    Source:
    https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
    """
    path = resource.path(namespace or "")
    selector = (("labelSelector", label_selector),) if label_selector else ()
    token = ""
    restarts = 0
    begun = False
    while True:
        more = (("continue", token),) if token else ()
        try:
            body = cluster.get(path, (("limit", str(PAGE)), *selector, *more))
        except ApiError as error:
            if not (error.is_expired and token and restarts < _MOST_RESTARTS):
                raise
            restarts += 1
            token = ""
            continue
        page = Restarted() if begun and not token else []
        for item in body.get("items") or ():
            item["apiVersion"] = resource.api_version
            item["kind"] = resource.kind
            page.append(item)
        begun = True
        yield page
        token = (body.get("metadata") or {}).get("continue") or ""
        if not token:
            return


def list_all(
    cluster: Cluster, resource: Resource, namespace: str | None = None, label_selector: str = ""
) -> list[dict[str, Json]]:
    """All pages of ``list_objects`` as one list, restarts taken care of."""
    objects: list[dict[str, Json]] = []
    for page in list_objects(cluster, resource, namespace, label_selector):
        if isinstance(page, Restarted):
            objects = []
        objects.extend(page)
    return objects


def get_object(cluster: Cluster, resource: Resource, namespace: str, name: str) -> dict[str, Json] | None:
    """One object, or None when the server says that the object or its namespace does not exist.

    Every other answer, an API that is not served included, raises ApiError: unreadable is not absent.
    Raises ConnectionFailed.
    """
    try:
        body: dict[str, Json] = cluster.get(resource.path(namespace, name))
    except ApiError as error:
        if error.is_not_found:
            return None
        raise
    return body


def kube_system_uid(cluster: Cluster) -> str:
    """The uid of the namespace kube-system, which tells clusters apart. Raises ApiError, ConnectionFailed."""
    return str(cluster.get("/api/v1/namespaces/kube-system")["metadata"]["uid"])
