"""``delete``: tear a target down, every proven member of its inventory and then the inventory itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

from kubectl_gitops.cluster import Resource, connect, delete, get_object
from kubectl_gitops.core.health import Health, Status
from kubectl_gitops.core.inventory import Inventory
from kubectl_gitops.core.objects import Body, Key, key_of
from kubectl_gitops.core.progress import Progress
from kubectl_gitops.core.prune import Context, Declared, Orphan, protected, unproven
from kubectl_gitops.core.reports import Action, ApplyObject, ApplyReport, ClusterReport
from kubectl_gitops.errors import Refused
from kubectl_gitops.pipeline.execute import Outcome
from kubectl_gitops.pipeline.gate import wrong_cluster
from kubectl_gitops.pipeline.live import Wanted, read_members
from kubectl_gitops.pipeline.outcomes import listed
from kubectl_gitops.pipeline.pruning import prune
from kubectl_gitops.pipeline.record import store
from kubectl_gitops.pipeline.reporting import ref
from kubectl_gitops.pipeline.request import TargetRequest, WriteRequest
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.source import Aim, aims
from kubectl_gitops.pipeline.survey import INVENTORY_KIND, read_inventory, unreachable_kinds
from kubectl_gitops.pipeline.wait import wait_until_healthy


def teardown(request: TargetRequest, write: WriteRequest, progress: Progress) -> Iterator[ApplyReport]:
    """Delete each target that the request names; reports come as they get done.

    The inventory goes last, and stays while a member is left. Raises GitOpsError for what stops the whole command.
    """
    for aim in aims(request):
        started = time.monotonic()
        session = Session.open(connect(aim.connect))
        report, interrupted = _teardown(aim, session, write, request.connect.concurrency, progress)
        seconds = round(time.monotonic() - started, 3)
        yield replace(report, requests=session.cluster.requests, seconds=seconds)
        if interrupted:
            raise KeyboardInterrupt


def _teardown(
    aim: Aim, session: Session, write: WriteRequest, concurrency: int, progress: Progress
) -> tuple[ApplyReport, bool]:
    """One target's report, and whether Ctrl-C ended it early; the inventory then stays as it was."""
    cluster = session.cluster
    inventory = read_inventory(session, aim.inventory, aim.namespace)
    if inventory is None:
        progress.note(f"there is no inventory {aim.namespace}/{aim.inventory} in context {cluster.context}")
        return _report(aim, session, "", (), (), write), False
    wanted = Wanted({}, session.known(inventory.kinds), inventory.namespaces, inventory.id)
    live: dict[Key, Body] = {}
    gaps = (
        *unreachable_kinds(session, inventory),
        *read_members(cluster, wanted, concurrency, lambda body: live.update({key_of(body): body})),
    )
    refusals = tuple(wrong_cluster(aim, session))
    if inventory.repository != aim.identity or inventory.path != aim.path:
        refusals += (
            f"the inventory {aim.namespace}/{aim.inventory} belongs to {inventory.repository} at "
            f"{inventory.path or '.'}, not to this source; name the source that it belongs to",
        )
    if gaps:
        refusals += (f"not all members could be listed ({gaps[0]}), so it is not known what would be left",)
    if refusals:
        return _report(aim, session, inventory.revision, (), refusals, write), False
    context = Context(inventory.id, inventory.kinds, inventory.namespaces, Declared.of(()), len(live))
    members = {key: Orphan.of(body) for key, body in live.items() if unproven(Orphan.of(body), context) is None}
    kept = {
        key: why
        for key, one in members.items()
        if not one.body["metadata"].get("deletionTimestamp") and (why := protected(one, write.prune_data))
    }
    doomed = {key: one for key, one in members.items() if key not in kept}
    _ask(aim, session, doomed, kept, write, progress)
    outcomes: dict[Key, Outcome] = {key: Outcome(key, Action.KEPT, why) for key, why in kept.items()}
    healths: dict[Key, Health] = {}
    interrupted = False
    if write.dry_run == "client":
        outcomes |= {key: Outcome(key, Action.PRUNED) for key in doomed}
    else:
        resources = _resources(session, live)
        try:
            for outcome in prune(cluster, doomed, resources, concurrency, write.dry_run == "server"):
                outcomes[outcome.key] = outcome
                progress.written(outcome.key, outcome.action, outcome.message)
            if write.dry_run == "none":
                healths = _await(session, outcomes, resources, inventory, write, progress)
                _finish(session, inventory, outcomes, healths, write)
        except KeyboardInterrupt:
            interrupted = True
            left = (key for key in doomed if key not in outcomes)
            outcomes |= {key: Outcome(key, Action.FAILED, "not deleted: interrupted") for key in left}
    objects = tuple(
        ApplyObject(
            ref(live[key]),
            outcome.action,
            healths[key].status if key in healths else None,
            outcome.message or (healths[key].message if key in healths else ""),
        )
        for key, outcome in outcomes.items()
    )
    return _report(aim, session, inventory.revision, objects, (), write), interrupted


def _resources(session: Session, objects: Mapping[Key, Body]) -> dict[Key, Resource]:
    found = {key: session.resources.preferred(key.group, key.kind) for key in objects}
    return {key: resource for key, resource in found.items() if resource is not None}


def _ask(
    aim: Aim,
    session: Session,
    doomed: Mapping[Key, Orphan],
    kept: Mapping[Key, str],
    write: WriteRequest,
    progress: Progress,
) -> None:
    cluster = session.cluster
    target = f"target {aim.target.name} in " if aim.target.name else ""
    what = f"delete {len(doomed)} object{'' if len(doomed) == 1 else 's'}" + (f", keep {len(kept)}" if kept else "")
    progress.note(f"{target}context {cluster.context} ({cluster.server}), namespace {aim.namespace}: {what}")
    if write.dry_run != "none" or write.confirm is None or not doomed:
        return
    for line in listed("delete", doomed):
        progress.note(line)
    if not write.confirm(f"{what}. Go on?"):
        raise Refused("not confirmed; nothing was deleted")


def _await(
    session: Session,
    outcomes: Mapping[Key, Outcome],
    resources: Mapping[Key, Resource],
    inventory: Inventory,
    write: WriteRequest,
    progress: Progress,
) -> dict[Key, Health]:
    gone = frozenset(key for key, outcome in outcomes.items() if outcome.action is Action.PRUNED)
    timeout = write.timeout if write.wait else 0.0
    healths = {key: Health(Status.TERMINATING, "it is being deleted") for key in gone}
    for key, one in wait_until_healthy(session.cluster, resources, {}, gone, inventory.id, timeout, progress):
        healths[key] = one
    return healths


def _finish(
    session: Session,
    inventory: Inventory,
    outcomes: Mapping[Key, Outcome],
    healths: Mapping[Key, Health],
    write: WriteRequest,
) -> None:
    """Delete the inventory if nothing is left of it; else let it name what is."""
    left = {
        key
        for key, outcome in outcomes.items()
        if outcome.action is not Action.PRUNED or (write.wait and healths[key].status is not Status.NOT_FOUND)
    }
    resource = session.resources.find(*INVENTORY_KIND)
    assert resource is not None
    if left:
        kinds = frozenset(key.group_kind for key in left)
        namespaces = frozenset(key.namespace for key in left if key.namespace) | {inventory.namespace}
        store(session, replace(inventory, kinds=kinds, namespaces=namespaces), after_writes=True)
        return
    body = get_object(session.cluster, resource, inventory.namespace, inventory.name)
    if body is not None:
        uid, version = body["metadata"]["uid"], body["metadata"]["resourceVersion"]
        delete(session.cluster, resource, inventory.namespace, inventory.name, uid=uid, resource_version=version)


def _report(
    aim: Aim,
    session: Session,
    revision: str,
    objects: tuple[ApplyObject, ...],
    refusals: tuple[str, ...],
    write: WriteRequest,
) -> ApplyReport:
    cluster = session.cluster
    return ApplyReport(
        "delete",
        aim.name,
        aim.target.name,
        revision,
        ClusterReport(cluster.context, cluster.server, cluster.version()),
        objects=objects,
        refusals=refusals,
        dry_run=write.dry_run,
        waited=write.wait and write.dry_run == "none",
    )
