"""Reading objects: whole kinds in pages, or one at a time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

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


class Listing(NamedTuple):
    """One LIST to be made. ``namespace`` "" lists all of them."""

    resource: Resource
    namespace: str
    label_selector: str


_END = object()


def list_many(
    cluster: Cluster, listings: Sequence[Listing], concurrency: int
) -> Iterator[tuple[Listing, list[dict[str, Json]] | ApiError]]:
    """The pages of several LISTs, ``concurrency`` of them at once, in the order in which they arrive.

    At most two pages are held for each LIST that is under way. A LIST that fails ends with its ApiError; ``Restarted``
    pages are the caller's to heed. Raises ConnectionFailed.
    """
    concurrency = max(1, concurrency)
    arrived: queue.Queue[Any] = queue.Queue(maxsize=concurrency)
    waiting = queue.SimpleQueue[Listing]()
    for listing in listings:
        waiting.put(listing)
    stopped = threading.Event()
    workers = [
        threading.Thread(target=_list_into, args=(cluster, waiting, arrived, stopped), daemon=True)
        for _ in range(min(concurrency, len(listings)))
    ]
    for worker in workers:
        worker.start()
    running = len(workers)
    try:
        while running:
            listing, page = arrived.get()
            if page is _END:
                running -= 1
            elif isinstance(page, BaseException) and not isinstance(page, ApiError):
                raise page
            else:
                yield listing, page
    finally:
        stopped.set()


def _list_into(
    cluster: Cluster, waiting: queue.SimpleQueue[Listing], arrived: queue.Queue[Any], stopped: threading.Event
) -> None:
    def hand_over(listing: Listing | None, page: object) -> None:
        while not stopped.is_set():
            try:
                arrived.put((listing, page), timeout=0.5)
            except queue.Full:
                continue
            return

    while not stopped.is_set():
        try:
            listing = waiting.get_nowait()
        except queue.Empty:
            break
        try:
            for page in list_objects(cluster, *listing):
                hand_over(listing, page)
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 -- raised again, or yielded, by the thread that reads
            hand_over(listing, error)
    hand_over(None, _END)


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
