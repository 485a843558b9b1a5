"""Waiting until written objects are healthy and pruned ones are gone, by reading them again until the time is up."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kubectl_gitops.cluster import ApiError, Cluster, Resource, get_object, list_all
from kubectl_gitops.core.health import Health, Status, health
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.objects import Body, Key, key_of
from kubectl_gitops.core.progress import Progress

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 3.0
"""Seconds between two readings; the pause grows, because what is not ready soon takes long."""

GET_BELOW = 4
"""So few objects of a kind are asked for one by one; more are listed."""


def wait_until_healthy(
    cluster: Cluster,
    resources: Mapping[Key, Resource],
    known: Mapping[Key, Health],
    gone: frozenset[Key],
    applyset: str,
    timeout: float,
    progress: Progress,
) -> Iterator[tuple[Key, Health]]:
    """Wait until all objects in ``known`` are Current and all in ``gone`` are no more; at most ``timeout`` seconds.

    ``known`` is their health as last read. What is learned is yielded as it is learned, so that nothing is lost on
    Ctrl-C. An object that failed is waited for all the same: a controller may try again.
    """
    found = dict(known)
    found.update({key: Health(Status.TERMINATING, "it is being deleted") for key in gone})
    deadline = time.monotonic() + timeout
    pause = 0.0 if gone else FIRST_PAUSE
    while pending := [key for key, one in found.items() if one.status is not _wanted(key, gone)]:
        progress.waiting([(key, found[key].status, found[key].message) for key in pending])
        left = deadline - time.monotonic()
        if left <= 0:
            break
        time.sleep(min(pause, left))
        pause = min(max(pause * 1.5, FIRST_PAUSE), LONGEST_PAUSE)
        learned = _read(cluster, resources, pending, gone, applyset)
        found.update(learned)
        yield from learned.items()
    progress.waiting([])


def _wanted(key: Key, gone: frozenset[Key]) -> Status:
    return Status.NOT_FOUND if key in gone else Status.CURRENT


def _definition(resource: Resource) -> Key:
    """The definition of a custom resource; its name is prescribed (apiextensions.k8s.io/v1)."""
    return Key("apiextensions.k8s.io", "CustomResourceDefinition", "", f"{resource.plural}.{resource.group}")


def _read(
    cluster: Cluster,
    resources: Mapping[Key, Resource],
    pending: Iterable[Key],
    gone: frozenset[Key],
    applyset: str,
) -> dict[Key, Health]:
    groups: dict[Resource, list[Key]] = defaultdict(list)
    for key in pending:
        groups[resources[key]].append(key)
    found: dict[Key, Health] = {}
    for resource, keys in groups.items():
        try:
            bodies = _bodies(cluster, resource, keys, applyset)
        except ApiError as error:
            if error.is_unserved and _definition(resource) in gone:
                # The server lets a definition go only after the last of its objects (CRD finalizer of apiextensions).
                found.update({key: health(None) for key in keys})
                continue
            found.update({key: Health(Status.UNKNOWN, str(error)) for key in keys})
        else:
            found.update({key: health(body) for key, body in bodies.items()})
    return found


def _bodies(cluster: Cluster, resource: Resource, keys: list[Key], applyset: str) -> dict[Key, Body | None]:
    if len(keys) >= GET_BELOW:
        try:
            listed = {key_of(body): body for body in list_all(cluster, resource, None, f"{PART_OF}={applyset}")}
        except ApiError as error:
            if not error.is_forbidden:
                raise
        else:
            return {key: listed.get(key) for key in keys}
    return {key: get_object(cluster, resource, key.namespace, key.name) for key in keys}
