"""Finding out what the server would make of each object: proven locally where that is possible, else by a dry run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kubectl_gitops.cluster import ApiError, Cluster, Resource, apply, each, get_object
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.fields import overlay
from kubectl_gitops.core.objects import Body
from kubectl_gitops.core.proof import Doubt, prove
from kubectl_gitops.core.reports import State
from kubectl_gitops.core.verdicts import unchanged

MOST_MOVES = 3
"""How often an object is read again because it moved between being read and being asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """An object that exists, and what a reconcile would send for it. ``mutable``: an admission step may change it."""

    found: Assessment
    resource: Resource
    mutable: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """Assessments completed with ``merged``, in no order; what could not be verified is ``Unverified``.

    ``disagreements`` names objects that were proven clean locally while the server says that something would change.
    """

    found: tuple[Assessment, ...]
    disagreements: tuple[str, ...]


def verify(cluster: Cluster, questions: Sequence[Question], concurrency: int, sample: float = 0.0) -> Verified:
    """Prove each object clean, or ask the server by a forced dry-run apply.

    ``sample`` is the share of the proven objects, 0 to 1, that the server is asked about all the same.
    """
    chooser = random.Random()
    clean: set[int] = set()
    ask: list[Question] = []
    done: list[Assessment] = []
    for question in questions:
        if doubt(question) is None:
            if not (sample and chooser.random() < sample):
                done.append(replace(question.found, merged=question.found.live))
                continue
            clean.add(id(question))
        ask.append(question)
    disagreements: list[str] = []
    for question, result in each(lambda question: _ask(cluster, question), ask, concurrency):
        found = _refused(question, result) if isinstance(result, ApiError) else result
        if id(question) in clean and not _agrees(question.found, found):
            disagreements.append(str(found.key))
        done.append(found)
    return Verified(tuple(done), tuple(disagreements))


def doubt(question: Question) -> Doubt | None:
    """Why the object can't be called clean without asking the server; None if it can."""
    found = question.found
    if question.mutable:
        return Doubt("an admission webhook or policy may change it", ())
    if found.node is None:
        return Doubt("there is no schema for it", ())
    assert found.desired is not None and found.live is not None
    return prove(found.node, found.desired, found.live, question.resource.subresources)


def _ask(cluster: Cluster, question: Question) -> Assessment:
    """The dry run's answer for live as it is at that moment. Raises ApiError."""
    found, key = question.found, question.found.key
    assert found.desired is not None and found.live is not None
    live: Body = found.live
    for _ in range(MOST_MOVES):
        merged = apply(cluster, question.resource, found.desired, force=True, dry_run=True)
        if merged["metadata"].get("resourceVersion") == live["metadata"].get("resourceVersion"):
            break
        fresh = get_object(cluster, question.resource, key.namespace, key.name)
        if fresh is None:
            return replace(found, live=None, merged=None)
        live = fresh
    return replace(found, live=live, merged=merged)


def _refused(question: Question, error: ApiError) -> Assessment:
    found = question.found
    if error.is_immutable:
        merged = overlay(found.node, found.live, found.desired)
        message = f"it can't be changed in place ({error}); --recreate replaces it"
        return replace(found, merged=merged, immutable=True, message=message)
    if error.is_not_found:
        return replace(found, live=None, merged=None)
    return replace(found, state=State.UNVERIFIED, message=f"the server refuses a dry run: {error}")


def _agrees(before: Assessment, after: Assessment) -> bool:
    """Whether the server's answer confirms that nothing would change; an object that moved meanwhile proves nothing."""
    if after.merged is None or after.live is None or before.live is None:
        return True
    same_live = before.live["metadata"]["resourceVersion"] == after.live["metadata"]["resourceVersion"]
    return not same_live or unchanged(after.live, after.merged)
