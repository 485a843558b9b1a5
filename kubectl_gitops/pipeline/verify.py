"""Asking the server what it would make of objects that can't be proven clean locally: a forced dry-run apply each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubectl_gitops.cluster import ApiError, Cluster, Resource, apply, each, get_object
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.fields import overlay
from kubectl_gitops.core.objects import Body
from kubectl_gitops.core.reports import State
from kubectl_gitops.core.verdicts import same_but_for_bookkeeping, unchanged
from kubectl_gitops.pipeline.confirmed import Confirmed

MOST_MOVES = 3
"""How often an object is read again because it moved between being read and being asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """An object that exists, and what a reconcile would send for it.

    ``digest`` stands for everything that the answer depends on; with ``mutable``, an admission step may have a part in
    it. ``proven``: it was proven or confirmed as clean, and the server is asked to hold that against its own answer.
    """

    found: Assessment
    resource: Resource
    digest: str
    mutable: bool = False
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Verified:
    """Assessments completed with ``merged``, in no order; what could not be verified is ``Unverified``.

    ``disagreements`` names objects that were known as clean while the server says that something would change.
    """

    found: tuple[Assessment, ...]
    disagreements: tuple[str, ...]


def verify(cluster: Cluster, questions: Sequence[Question], confirmed: Confirmed, concurrency: int) -> Verified:
    """The server's answer to each question; what it confirms as clean is added to ``confirmed``."""
    done: list[Assessment] = []
    disagreements: list[str] = []
    for question, result in each(lambda question: _ask(cluster, question), questions, concurrency):
        found = _refused(question, result) if isinstance(result, ApiError) else result
        if question.proven and not _agrees(question.found, found):
            disagreements.append(str(found.key))
        if found.live is question.found.live and _clean(found):
            confirmed.add(question.digest, question.mutable)
        elif question.digest:
            confirmed.forget(question.digest)
        done.append(found)
    return Verified(tuple(done), tuple(disagreements))


def _ask(cluster: Cluster, question: Question) -> Assessment:
    """The dry run's answer for live as it is at that moment; Unverified if it never holds still. Raises ApiError."""
    found, key = question.found, question.found.key
    assert found.desired is not None and found.live is not None
    live: Body = found.live
    for _ in range(MOST_MOVES):
        merged = apply(cluster, question.resource, found.desired, force=True, dry_run=True)
        if merged["metadata"].get("resourceVersion") == live["metadata"].get("resourceVersion"):
            return replace(found, live=live, merged=merged)
        fresh = get_object(cluster, question.resource, key.namespace, key.name)
        if fresh is None:
            return replace(found, live=None, merged=None)
        if same_but_for_bookkeeping(live, fresh):
            # Only its status moved, so that the answer holds for either reading.
            return replace(found, live=fresh, merged=merged)
        live = fresh
    message = f"it was changed {MOST_MOVES} times while it was being compared; try again"
    return replace(found, state=State.UNVERIFIED, live=live, message=message)


def _refused(question: Question, error: ApiError) -> Assessment:
    found = question.found
    if error.is_immutable:
        merged = overlay(found.node, found.live, found.desired)
        message = f"it can't be changed in place ({error}); --recreate replaces it"
        return replace(found, merged=merged, immutable=True, message=message)
    if error.is_not_found:
        return replace(found, live=None, merged=None)
    return replace(found, state=State.UNVERIFIED, message=f"the server refuses a dry run: {error}")


def _clean(found: Assessment) -> bool:
    return found.live is not None and found.merged is not None and unchanged(found.live, found.merged)


def _agrees(before: Assessment, after: Assessment) -> bool:
    """Whether the server's answer confirms that nothing would change; an object that moved meanwhile proves nothing."""
    if after.merged is None or after.live is None or before.live is None:
        return True
    same_live = before.live["metadata"]["resourceVersion"] == after.live["metadata"]["resourceVersion"]
    return not same_live or unchanged(after.live, after.merged)
