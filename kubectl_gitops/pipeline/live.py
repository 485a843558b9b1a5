"""Reading the live side: every declared object and every member of the inventory, with as few requests as possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kubectl_gitops.cluster import ApiError, Cluster, Resource, each, get_object, list_all
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.objects import Body, Key, key_of

LIST_FROM = 8
"""As many GETs as are sent at most for one kind in one namespace before it is listed as a whole."""

LISTS_AT_ONCE = 4
"""More LISTs in flight would wait for seats of API priority and fairness."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read. ``declared`` maps each declared object to its resource; ``recorded`` are further kinds that
    the inventory names; ``namespaces`` are those to list where a cluster-wide LIST is forbidden."""

    declared: Mapping[Key, Resource]
    recorded: tuple[Resource, ...]
    namespaces: frozenset[str]
    applyset: str


@dataclass(frozen=True, slots=True)
class Live:
    """``objects`` that exist. ``unreadable`` says of a declared object why it could not be read: it is not absent.

    ``gaps`` names the kinds (and namespaces) of which not every member could be listed.
    """

    objects: Mapping[Key, Body]
    unreadable: Mapping[Key, str]
    gaps: tuple[str, ...]


def read_live(cluster: Cluster, wanted: Wanted, concurrency: int) -> Live:
    """List each kind once by the inventory's label, then get what is declared and was not listed.

    A label that someone removed must not look like a deletion, hence the second step. Raises ConnectionFailed.
    """
    objects: dict[Key, Body] = {}
    gaps: list[str] = []
    resources = list(dict.fromkeys((*wanted.declared.values(), *wanted.recorded)))
    selector = f"{PART_OF}={wanted.applyset}"
    for resource, result in each(
        lambda resource: _members(cluster, resource, selector, wanted.namespaces),
        resources,
        min(LISTS_AT_ONCE, concurrency),
    ):
        if isinstance(result, ApiError):
            gaps.append(f"{resource.kind}: {result}")
            continue
        found, missed = result
        gaps.extend(missed)
        for body in found:
            objects.setdefault(key_of(body), body)
    missing = [key for key in wanted.declared if key not in objects]
    unreadable = _get_missing(cluster, wanted, missing, objects, concurrency)
    return Live(objects, unreadable, tuple(gaps))


def _members(
    cluster: Cluster, resource: Resource, selector: str, namespaces: frozenset[str]
) -> tuple[list[Body], list[str]]:
    if "list" not in resource.verbs:
        return [], []
    try:
        return list(list_all(cluster, resource, None, selector)), []
    except ApiError as error:
        if not error.is_forbidden or not resource.namespaced:
            raise
    found: list[Body] = []
    missed: list[str] = []
    for namespace in sorted(namespaces):
        try:
            found.extend(list_all(cluster, resource, namespace, selector))
        except ApiError as error:
            missed.append(f"{resource.kind} in {namespace}: {error}")
    return found, missed


def _get_missing(
    cluster: Cluster, wanted: Wanted, missing: Iterable[Key], objects: dict[Key, Body], concurrency: int
) -> dict[Key, str]:
    groups: dict[tuple[Resource, str], list[Key]] = defaultdict(list)
    for key in missing:
        groups[wanted.declared[key], key.namespace].append(key)
    unreadable: dict[Key, str] = {}
    single: list[Key] = []
    for (resource, namespace), keys in groups.items():
        if len(keys) <= LIST_FROM or not _list_whole(cluster, resource, namespace, set(keys), objects):
            single.extend(keys)
    for key, result in each(
        lambda key: get_object(cluster, wanted.declared[key], key.namespace, key.name), single, concurrency
    ):
        if isinstance(result, ApiError):
            unreadable[key] = str(result)
        elif result is not None:
            objects[key] = result
    return unreadable


def _list_whole(cluster: Cluster, resource: Resource, namespace: str, keys: set[Key], objects: dict[Key, Body]) -> bool:
    try:
        listed = list_all(cluster, resource, namespace)
    except ApiError:
        # Forbidden or too large for now: each object is asked for by its name instead.
        return False
    objects.update((key, body) for body in listed if (key := key_of(body)) in keys)
    return True
