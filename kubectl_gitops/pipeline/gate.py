"""Everything that forbids a write as a whole, asked before the first byte is written."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_gitops.cluster import ApiError, kube_system_uid
from kubectl_gitops.core.inventory import refuse_move, refuse_rewind
from kubectl_gitops.core.path import text
from kubectl_gitops.core.plan import Plan
from kubectl_gitops.core.prune import PruneDecision
from kubectl_gitops.core.unresolved import encrypted, placeholders
from kubectl_gitops.pipeline.request import WriteRequest
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.source import Aim
from kubectl_gitops.pipeline.survey import Survey


def refusals(found: Survey, plan: Plan, orphans: PruneDecision, write: WriteRequest) -> tuple[str, ...]:
    """Why nothing may be written, each a sentence; empty when the write may go on. Raises ApiError, SourceError."""
    return (
        *wrong_cluster(found.aim, found.session),
        *_inventory(found, write),
        *_source(found),
        *plan.refusals,
        *((orphans.refusal,) if orphans.refusal else ()),
    )


def wrong_cluster(aim: Aim, session: Session) -> Iterator[str]:
    """The target names its cluster by the uid of kube-system; a context that leads elsewhere is refused."""
    wanted = aim.target.cluster
    if not wanted:
        return
    try:
        uid = kube_system_uid(session.cluster)
    except ApiError as error:
        yield f"can't tell whether {session.cluster.server} is the target's cluster {wanted}: {error}"
        return
    if uid != wanted:
        yield (
            f"context {session.cluster.context} leads to the cluster {uid}, but target {aim.target.name} is {wanted}; "
            "correct the context, or cluster in gitops.yaml"
        )


def _inventory(found: Survey, write: WriteRequest) -> Iterator[str]:
    inventory, aim = found.inventory, found.aim
    if inventory is None or aim.commit is None:
        return
    moved = refuse_move(inventory, aim.identity, aim.path)
    if moved and not write.move_inventory:
        yield moved
    elif not moved and not write.allow_rewind and inventory.revision:
        descends: bool | None = None
        if aim.repository.fetch_commit(inventory.revision):
            descends = aim.repository.is_ancestor(inventory.revision, aim.commit.id)
        rewind = refuse_rewind(inventory, aim.commit.id, descends)
        if rewind:
            yield rewind


def _source(found: Survey) -> Iterator[str]:
    if found.aim.target.allowed_signers:
        yield (
            f"target {found.aim.target.name} wants signed commits, and this version can't verify signatures; "
            "take signatures out of gitops.yaml to go on without them"
        )
    if not found.declared:
        yield f"the source declares no objects at {found.aim.path or 'its root'}; to tear the target down, use delete"
    for one in found.declared:
        where = f"{one.key} ({one.manifest.place})"
        if encrypted(one.manifest.body):
            yield f"{where} is encrypted by SOPS and would be written as it is; decrypt it when rendering"
            continue
        variables = placeholders(one.manifest.body)
        if variables:
            yield f"{where} has an unresolved variable in {text(variables[0])}; replace it, or render the source first"
