"""Carrying out a plan's writes: wave by wave, several at once, each object's outcome on its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kubectl_gitops.cluster import (
    ApiError,
    Cluster,
    Resource,
    apply,
    delete,
    each,
    get_object,
    json_patch,
)
from kubectl_gitops.core.adoption import migration_patch
from kubectl_gitops.core.objects import Body, Key
from kubectl_gitops.core.order import apply_order
from kubectl_gitops.core.plan import Write
from kubectl_gitops.core.prune import DATA_KINDS
from kubectl_gitops.core.removal import removal_patch
from kubectl_gitops.core.reports import Action
from kubectl_gitops.core.schema import Node
from kubectl_gitops.core.transfer import transfer_patch
from kubectl_gitops.core.verdicts import same_but_for_bookkeeping
from kubectl_gitops.errors import Failed

MOST_TRIES = 5
"""How often a write is tried again because the object moved in a way that does not matter to it."""

REMOVER = "kubectl-gitops-remove"
"""The manager under which fields are removed: an Update by the Apply manager's name would own fields beside it."""

CRD = ("apiextensions.k8s.io", "CustomResourceDefinition")


@dataclass(frozen=True, slots=True)
class Job:
    """One write with all it needs. ``live`` is the object as the plan saw it, None if absent."""

    write: Write
    node: Node | None
    live: Body | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object; ``body`` is the object after the write, None if it failed or is gone."""

    key: Key
    action: Action
    message: str = ""
    body: Body | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """How to write. ``resource_of`` finds an object's resource, also after definitions were added; it raises Failed.

    ``established`` waits until the definitions with these names are served; those that are not come with the reason.
    """

    cluster: Cluster
    resource_of: Callable[[Key], Resource]
    established: Callable[[Iterable[str]], Mapping[str, str]]
    concurrency: int
    dry_run: bool = False
    recreate: bool = False
    recreate_data: bool = False
    deadline: float = 0.0


def execute(jobs: Mapping[Key, Job], means: Means) -> Iterator[Outcome]:
    """Write each object, in the order in which they depend on one another; outcomes come as they get done.

    One object's failure stops no other. On Ctrl-C what is under way is finished and yielded, then KeyboardInterrupt
    is raised.
    """
    for wave in apply_order(jobs):
        definitions: list[str] = []
        for key, result in each(lambda key: _write(jobs[key], means), wave, means.concurrency):
            outcome = _failure(key, result) if isinstance(result, ApiError) else result
            if key.group_kind == CRD and outcome.action is Action.CREATED:
                definitions.append(key.name)
            yield outcome
        if definitions and not means.dry_run:
            for name, why in means.established(definitions).items():
                yield Outcome(Key(*CRD, "", name), Action.FAILED, why)


def _failure(key: Key, error: ApiError) -> Outcome:
    if error.is_immutable:
        return Outcome(key, Action.FAILED, f"{error}; --recreate deletes it and creates it again")
    if error.is_field_conflict:
        owners = ", ".join(sorted({conflict.manager for conflict in error.field_conflicts}))
        return Outcome(key, Action.FAILED, f"{owners} changed it since it was compared; run again to see how")
    return Outcome(key, Action.FAILED, str(error))


def _write(job: Job, means: Means) -> Outcome:
    write = job.write
    try:
        resource = means.resource_of(write.key)
    except Failed as error:
        return Outcome(write.key, Action.FAILED, str(error))
    live = job.live
    if write.adopt and live is not None:
        live = live if means.dry_run else _patch(resource, live, means, migration_patch)
        write = replace(write, resource_version="")
    if write.body is not None and write.remove and live is not None and not means.dry_run:
        live = _patch(resource, live, means, lambda fresh: transfer_patch(fresh, write.remove))
        write = replace(write, resource_version=live["metadata"]["resourceVersion"] if write.resource_version else "")
    body, action = live, Action.CREATED if write.create else Action.CONFIGURED
    if write.body is not None:
        try:
            body = _apply(write, resource, live, means)
        except ApiError as error:
            if not (error.is_immutable and means.recreate and live is not None):
                raise
            if write.key.group_kind in DATA_KINDS and not means.recreate_data:
                why = f"{error}; to recreate a {write.key.kind} deletes what is in it: add --prune-data to allow that"
                return Outcome(write.key, Action.FAILED, why)
            body, action = _recreate(write, resource, live, means), Action.RECREATED
    if write.remove and body is not None and not means.dry_run:
        body = _remove(job, resource, body, means)
    return Outcome(write.key, action, "", body)


def _apply(write: Write, resource: Resource, live: Body | None, means: Means) -> Body:
    assert write.body is not None
    version = write.resource_version
    for attempt in range(MOST_TRIES):
        sent = _at_version(write.body, version)
        try:
            return apply(means.cluster, resource, sent, force=write.force, dry_run=means.dry_run)
        except ApiError as error:
            if not (error.is_conflict and version and live is not None) or attempt == MOST_TRIES - 1:
                raise
            # Status moves all the time. Anything else that moved may change the decision.
            fresh = get_object(means.cluster, resource, write.key.namespace, write.key.name)
            if fresh is None or not same_but_for_bookkeeping(live, fresh):
                raise
            version = fresh["metadata"]["resourceVersion"]
    raise AssertionError("unreachable")


def _at_version(body: Body, version: str) -> Body:
    """The body with a precondition: the server then refuses it when the object is at another version (KEP-555)."""
    if not version:
        return body
    return {**body, "metadata": {**body["metadata"], "resourceVersion": version}}


def _patch(resource: Resource, live: Body, means: Means, patch_of: Callable[[Body], Sequence[Body] | None]) -> Body:
    """Live after a patch of its ownership, which is worked out anew when live moved meanwhile."""
    namespace, name = live["metadata"].get("namespace", ""), live["metadata"]["name"]
    for _ in range(MOST_TRIES):
        patch = patch_of(live)
        if not patch:
            return live
        try:
            return json_patch(means.cluster, resource, namespace, name, patch, manager=REMOVER)
        except ApiError as error:
            if not error.is_conflict:
                raise
            fresh = get_object(means.cluster, resource, namespace, name)
            if fresh is None:
                raise
            live = fresh
    return live


def _recreate(write: Write, resource: Resource, live: Body, means: Means) -> Body:
    assert write.body is not None
    namespace, name = write.key.namespace, write.key.name
    uid = live["metadata"]["uid"]
    delete(means.cluster, resource, namespace, name, uid=uid, propagation="Foreground", dry_run=means.dry_run)
    if means.dry_run:
        return write.body
    while (left := get_object(means.cluster, resource, namespace, name)) is not None:
        if left["metadata"]["uid"] != uid:
            raise ApiError(409, {"message": "someone created it again while it was being replaced"}, "")
        if time.monotonic() > means.deadline:
            finalizers = ", ".join(left["metadata"].get("finalizers") or ()) or "its dependents"
            raise ApiError(409, {"message": f"it is being deleted, and {finalizers} hold it; nothing was forced"}, "")
        time.sleep(0.2)
    return apply(means.cluster, resource, write.body, force=False)


def _remove(job: Job, resource: Resource, body: Body, means: Means) -> Body:
    namespace, name = job.write.key.namespace, job.write.key.name
    for attempt in range(MOST_TRIES):
        patch = removal_patch(job.node, body, job.write.remove)
        if not patch:
            return body
        try:
            return json_patch(means.cluster, resource, namespace, name, patch, manager=REMOVER)
        except ApiError as error:
            moved = error.is_rejected_patch or error.is_conflict
            if not moved or attempt == MOST_TRIES - 1:
                raise
        fresh = get_object(means.cluster, resource, namespace, name)
        if fresh is None:
            return body
        body = fresh
    return body
