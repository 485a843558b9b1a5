"""Reading the live side: every declared object and every member of the inventory, with as few requests as possible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kubectl_gitops.cluster import ApiError, Cluster, Listing, Resource, each, get_object, list_all, list_many
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

    @property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(dict.fromkeys((*self.declared.values(), *self.recorded)))


See = Callable[[Body], None]
"""Takes one live object. A list that had to start again shows an object twice; the later one counts."""


def read_members(cluster: Cluster, wanted: Wanted, concurrency: int, see: See) -> tuple[str, ...]:
    """List each kind once by the inventory's label, and show each member as soon as it was read.

    The result says of which kinds (and namespaces) not every member could be listed. Raises ConnectionFailed.
    """
    selector = f"{PART_OF}={wanted.applyset}"
    whole = [Listing(one, "", selector) for one in wanted.resources if "list" in one.verbs]
    forbidden: list[Listing] = []
    gaps: list[str] = []
    for listing, page in list_many(cluster, whole, min(LISTS_AT_ONCE, concurrency)):
        if not isinstance(page, ApiError):
            for body in page:
                see(body)
        elif page.is_forbidden and listing.resource.namespaced:
            forbidden.extend(listing._replace(namespace=name) for name in sorted(wanted.namespaces))
        else:
            gaps.append(f"{listing.resource.kind}: {page}")
    for listing, page in list_many(cluster, forbidden, min(LISTS_AT_ONCE, concurrency)):
        if isinstance(page, ApiError):
            gaps.append(f"{listing.resource.kind} in {listing.namespace}: {page}")
        else:
            for body in page:
                see(body)
    return tuple(gaps)


def read_missing(
    cluster: Cluster, wanted: Wanted, missing: Iterable[Key], concurrency: int, see: See
) -> Mapping[Key, str]:
    """Get what is declared and was not listed: a label that someone removed must not look like a deletion.

    The result says of each object that could not be read why not: it is not absent. Raises ConnectionFailed.
    """
    groups: dict[tuple[Resource, str], list[Key]] = defaultdict(list)
    for key in missing:
        groups[wanted.declared[key], key.namespace].append(key)
    unreadable: dict[Key, str] = {}
    single: list[Key] = []
    for (resource, namespace), keys in groups.items():
        if len(keys) <= LIST_FROM or not _list_whole(cluster, resource, namespace, set(keys), see):
            single.extend(keys)
    for key, result in each(
        lambda key: get_object(cluster, wanted.declared[key], key.namespace, key.name), single, concurrency
    ):
        if isinstance(result, ApiError):
            unreadable[key] = str(result)
        elif result is not None:
            see(result)
    return unreadable


def _list_whole(cluster: Cluster, resource: Resource, namespace: str, keys: set[Key], see: See) -> bool:
    try:
        listed = list_all(cluster, resource, namespace)
    except ApiError:
        # Forbidden or too large for now: each object is asked for by its name instead.
        return False
    for body in listed:
        if key_of(body) in keys:
            see(body)
    return True
