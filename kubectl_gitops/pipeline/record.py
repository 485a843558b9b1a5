"""Writing the inventory: before the first object so that nothing is ever lost track of, and after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from kubectl_gitops.cluster import ApiError, apply, self_subject
from kubectl_gitops.core.inventory import MOST_CHANGED, Deployment, Inventory, encode
from kubectl_gitops.core.objects import GroupKind, Key, key_of
from kubectl_gitops.core.reports import Action
from kubectl_gitops.errors import Failed, Refused
from kubectl_gitops.pipeline.execute import Outcome
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.survey import INVENTORY_KIND, Survey

_CHANGES = (Action.CREATED, Action.CONFIGURED, Action.PRUNED, Action.RECREATED)


def covering(found: Survey) -> Inventory:
    """The inventory with all kinds and namespaces that this run may write to, beside those recorded before."""
    before = found.inventory or Inventory(found.aim.inventory, found.aim.namespace, found.aim.identity, found.aim.path)
    return replace(
        before,
        kinds=before.kinds | _kinds(found),
        namespaces=before.namespaces | _namespaces(found) | {found.aim.namespace},
    )


def _kinds(found: Survey) -> frozenset[GroupKind]:
    """The kinds of declared objects; one that neither the cluster nor the source knows can have no members."""
    return frozenset(
        one.key.group_kind
        for one in found.declared
        if found.session.scope(one.body["apiVersion"], one.key.kind) is not None
    )


def _namespaces(found: Survey) -> frozenset[str]:
    return frozenset(one.key.namespace for one in found.declared if one.key.namespace)


def store(
    session: Session,
    inventory: Inventory,
    create_namespace: Callable[[], bool] | None = None,
    after_writes: bool = False,
) -> Inventory:
    """Write the inventory; the result has its new resourceVersion.

    ``create_namespace`` is called when its namespace does not exist, and says whether it does then. Raises Refused
    when someone else wrote it meanwhile, Failed when it can't be written; ``after_writes`` both are Failed, because
    a refusal says that nothing was written.
    """
    resource = session.resources.find(*INVENTORY_KIND)
    assert resource is not None
    place = f"inventory ConfigMap {inventory.namespace}/{inventory.name}"
    try:
        body = apply(session.cluster, resource, encode(inventory), force=True)
    except ApiError as error:
        if error.is_conflict and after_writes:
            raise Failed(
                f"the objects were written, but the {place} was written by someone else meanwhile, "
                "so this run is not recorded; run again when they are done"
            ) from None
        if error.is_conflict:
            raise Refused(f"the {place} was written by someone else meanwhile; run again when they are done") from None
        if error.is_not_found and create_namespace and create_namespace():
            return store(session, inventory)
        if error.is_not_found:
            raise Failed(
                f"the namespace {inventory.namespace} does not exist; create it, or declare it in the source"
            ) from None
        raise Failed(f"the {place} can't be written: {error}") from None
    return replace(inventory, resource_version=body["metadata"]["resourceVersion"])


def after(
    found: Survey, inventory: Inventory, outcomes: Mapping[Key, Outcome], orphans: Iterable[Key], shrink: bool
) -> Inventory:
    """The inventory after a run: its revision, the objects that stayed behind, and only the kinds that are still used.

    ``orphans`` are those that were not pruned. Without ``shrink`` all recorded kinds and namespaces stay.
    """
    commit = found.aim.commit
    assert commit is not None
    behind: dict[Key, str] = {}
    for one in found.declared:
        outcome = outcomes.get(one.key)
        if outcome is None or outcome.action in (Action.FAILED, Action.SKIPPED):
            before = found.inventory
            last = before.behind.get(one.key, before.revision) if before else ""
            if last != commit.id:
                behind[one.key] = last
    left = tuple(orphans)
    if shrink:
        inventory = replace(
            inventory,
            kinds=_kinds(found) | {key.group_kind for key in left},
            namespaces=_namespaces(found) | {found.aim.namespace} | {key.namespace for key in left if key.namespace},
        )
    return replace(
        inventory,
        repository=found.aim.identity,
        path=found.aim.path,
        renderer=found.source.renderer,
        revision=commit.id,
        behind=behind,
    )


def deployment(found: Survey, command: str, outcomes: Iterable[Outcome], result: str) -> Deployment:
    """What the history says of one run; changed objects as ``created apps/v1 Deployment shop/web``."""
    versions = {**found.api_versions, **{key_of(body): str(body["apiVersion"]) for body in found.strays}}
    commit = found.aim.commit
    assert commit is not None
    counts: dict[str, int] = {}
    changed: list[str] = []
    for outcome in outcomes:
        counts[outcome.action] = counts.get(outcome.action, 0) + 1
        if outcome.action in _CHANGES and len(changed) < MOST_CHANGED:
            changed.append(f"{outcome.action} {versions[outcome.key]} {outcome.key}")
    try:
        actor = self_subject(found.session.cluster)
    except ApiError:
        actor = "unknown"
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    author = f"{commit.author} <{commit.email}>"
    return Deployment(commit.id, now, actor, author, commit.subject, command, counts, result, tuple(changed))


def with_deployment(inventory: Inventory, one: Deployment) -> Inventory:
    return replace(inventory, deployments=(one, *inventory.deployments))


def with_result(inventory: Inventory, result: str) -> Inventory:
    """The inventory whose latest deployment came to that result."""
    latest, *earlier = inventory.deployments
    return replace(inventory, deployments=(replace(latest, result=result), *earlier))
