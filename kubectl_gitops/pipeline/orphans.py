"""Which strays of a survey are orphans, and which of those may be pruned."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_gitops.core.prune import Context, Declared, Limit, Orphan, PruneDecision, decide, unproven
from kubectl_gitops.core.reports import State
from kubectl_gitops.pipeline.survey import Survey


@dataclass(frozen=True, slots=True)
class PruneConsent:
    """``--prune-limit`` and ``--prune-data``."""

    raised: Limit | None = None
    data: bool = False


def orphans_of(found: Survey, consent: PruneConsent = PruneConsent()) -> PruneDecision:
    """Decide about every proven orphan. What is not proven is nobody's business here, and left out."""
    inventory = found.inventory
    declared = Declared.of(one.key for one in found.declared)
    unknown = tuple(f"{one.key}: {one.message}" for one in found.assessments if one.state is State.UNVERIFIED)
    context = Context(
        applyset=found.applyset,
        kinds=inventory.kinds if inventory else frozenset(),
        namespaces=(inventory.namespaces if inventory else frozenset()) | {found.aim.namespace},
        declared=declared,
        members=found.members,
        declared_uids=frozenset(one.live["metadata"]["uid"] for one in found.assessments if one.live is not None),
        unreadable=(*found.gaps, *unknown),
        limit=found.aim.config.prune_limit,
        raised=consent.raised,
        data=consent.data,
    )
    strays = [Orphan.of(body) for body in found.strays]
    return decide([one for one in strays if unproven(one, context) is None], context)
