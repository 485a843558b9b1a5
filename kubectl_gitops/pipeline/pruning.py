"""Deleting proven orphans, in the reverse of the order in which they would be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_gitops.cluster import ApiError, Cluster, Resource, delete, each, get_object
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.order import delete_order
from kubectl_gitops.core.prune import Orphan
from kubectl_gitops.core.reports import Action
from kubectl_gitops.core.verdicts import same_but_for_bookkeeping
from kubectl_gitops.pipeline.execute import MOST_TRIES, Outcome


def prune(
    cluster: Cluster,
    orphans: Mapping[Key, Orphan],
    resources: Mapping[Key, Resource],
    concurrency: int,
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Delete each orphan if it is still the object that was judged.

    Raises KeyboardInterrupt on Ctrl-C, when what was under way is finished and yielded.
    """
    for wave in delete_order(orphans):
        for key, result in each(lambda key: _delete(cluster, resources[key], orphans[key], dry_run), wave, concurrency):
            if isinstance(result, ApiError):
                changed = "it changed since it was judged; run again" if result.is_conflict else str(result)
                yield Outcome(key, Action.FAILED, f"not pruned: {changed}")
            else:
                yield Outcome(key, Action.PRUNED)


def _delete(cluster: Cluster, resource: Resource, orphan: Orphan, dry_run: bool) -> bool:
    key, version = orphan.key, orphan.resource_version
    for attempt in range(MOST_TRIES):
        try:
            return delete(
                cluster,
                resource,
                key.namespace,
                key.name,
                uid=orphan.uid,
                resource_version=version,
                dry_run=dry_run,
            )
        except ApiError as error:
            if not error.is_conflict or attempt == MOST_TRIES - 1:
                raise
            fresh = get_object(cluster, resource, key.namespace, key.name)
            if fresh is None:
                return False
            if fresh["metadata"]["uid"] != orphan.uid or not same_but_for_bookkeeping(orphan.body, fresh):
                raise
            version = fresh["metadata"]["resourceVersion"]
    raise AssertionError("unreachable")
