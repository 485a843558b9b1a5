"""Whether an object has become what it was declared to be, as kstatus tells it.

The statuses and rules are those of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status): first what all kinds
share (deletion, observedGeneration, the conditions Reconciling and Stalled), then a rule for the kind, then a
Ready condition; whatever says nothing about itself counts as Current.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kubectl_gitops.core.objects import Body, GroupKind, group_of
from kubectl_gitops.core.status_fields import MalformedError, conditions_of, count, field, number

SCHEDULING_TIME = timedelta(seconds=15)
"""How long kstatus lets a Pod be unschedulable before that is a failure."""


class Status(StrEnum):
    CURRENT = "Current"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    TERMINATING = "Terminating"
    NOT_FOUND = "NotFound"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Health:
    """A status and, in a few words, why."""

    status: Status
    message: str


def health(body: Body | None, now: datetime | None = None) -> Health:
    """The health of one live object; None stands for an object that does not exist.

    ``now`` (with a time zone) decides whether an unschedulable Pod has had its 15 seconds; without it such a
    Pod is always InProgress. An object whose status can't be read is Unknown; nothing is raised.
    """
    if body is None:
        return Health(Status.NOT_FOUND, "the object does not exist")
    try:
        return _common(body) or _by_kind(body, now)
    except MalformedError as error:
        return Health(Status.UNKNOWN, str(error))


def _current(message: str) -> Health:
    return Health(Status.CURRENT, message)


def _in_progress(message: str) -> Health:
    return Health(Status.IN_PROGRESS, message)


def _failed(message: str) -> Health:
    return Health(Status.FAILED, message)


def _replicas(body: Body) -> int:
    """Controllers take an absent ``spec.replicas`` as 1."""
    declared = number(body, "spec", "replicas")
    return 1 if declared is None else declared


def _common(body: Body) -> Health | None:
    if field(body, "metadata", "deletionTimestamp"):
        return Health(Status.TERMINATING, "it is being deleted")
    generation = number(body, "metadata", "generation")
    observed = number(body, "status", "observedGeneration")
    if generation is not None and observed is not None and generation != observed:
        return _in_progress(f"its controller has seen generation {observed}, not yet {generation}")
    conditions = conditions_of(body)
    for kind in conditions:
        if kind in ("Reconciling", "Stalled") and conditions.status(kind) == "True":
            message = conditions.said(kind)
            return _in_progress(message) if kind == "Reconciling" else _failed(message)
    return None


def _by_kind(body: Body, now: datetime | None) -> Health:
    kind = GroupKind(group_of(str(body.get("apiVersion") or "")), str(body.get("kind") or ""))
    if kind == GroupKind("", "Pod"):
        return _pod(body, now)
    rule = _RULES.get(kind)
    return rule(body) if rule else _ready(body)


def _ready(body: Body) -> Health:
    conditions = conditions_of(body)
    if "Ready" not in conditions:
        return _current("it reports no condition that says otherwise")
    ready = conditions.status("Ready") == "True"
    return _current("it is ready") if ready else _in_progress(conditions.said("Ready"))


def _short(steps: tuple[tuple[str, int, int], ...]) -> Health | None:
    """InProgress at the first step (a word, how many there are, how many there should be) that lacks some."""
    return next((_in_progress(f"{word}: {have}/{want}") for word, have, want in steps if have < want), None)


def _deployment(body: Body) -> Health:
    conditions = conditions_of(body)
    progress = conditions["Progressing"].get("reason")
    if progress == "ProgressDeadlineExceeded":
        return _failed("it exceeded its progress deadline")
    want, total = _replicas(body), count(body, "status", "replicas")
    updated = count(body, "status", "updatedReplicas")
    short = _short((("replicas", total, want), ("updated", updated, want)))
    if short:
        return short
    if total > want:
        unready = count(body, "status", "unavailableReplicas")
        waiting = f", because new ones are not ready: {unready}" if unready else ""
        return _in_progress(f"old pods still there: {total - want}{waiting}")
    short = _short(
        (
            ("available", count(body, "status", "availableReplicas"), updated),
            ("ready", count(body, "status", "readyReplicas"), want),
        )
    )
    if short:
        return short
    # Without a deadline (none, or the largest int32) the controller never sets Progressing.
    has_deadline = number(body, "spec", "progressDeadlineSeconds") not in (None, 2**31 - 1)
    complete = conditions.status("Progressing") == "True" and progress == "NewReplicaSetAvailable"
    if has_deadline and not complete:
        return _in_progress("its new ReplicaSet is not yet available")
    if conditions.status("Available") != "True":
        return _in_progress("it is not yet available")
    return _current(f"available, replicas: {total}")


def _replica_set(body: Body) -> Health:
    conditions = conditions_of(body)
    if conditions.status("ReplicaFailure") == "True":
        return _in_progress(conditions.said("ReplicaFailure"))
    want, total = _replicas(body), count(body, "status", "replicas")
    short = _short(
        (
            ("labelled", count(body, "status", "fullyLabeledReplicas"), want),
            ("available", count(body, "status", "availableReplicas"), want),
            ("ready", count(body, "status", "readyReplicas"), want),
        )
    )
    if short:
        return short
    if total > want:
        return _in_progress(f"pods to terminate: {total - want}")
    return _current(f"available, replicas: {total}")


def _stateful_set(body: Body) -> Health:
    if field(body, "spec", "updateStrategy", "type") == "OnDelete":
        return _current("it is updated by deleting its pods")
    want, total = _replicas(body), count(body, "status", "replicas")
    updated = count(body, "status", "updatedReplicas")
    short = _short((("replicas", total, want), ("ready", count(body, "status", "readyReplicas"), want)))
    if short:
        return short
    if total > want:
        return _in_progress(f"pods to terminate: {total - want}")
    partition = number(body, "spec", "updateStrategy", "rollingUpdate", "partition")
    if partition is not None:
        return _short((("updated", updated, want - partition),)) or _current(f"partition updated: {updated}")
    short = _short((("current", count(body, "status", "currentReplicas"), want),))
    if short:
        return short
    if field(body, "status", "currentRevision") != field(body, "status", "updateRevision"):
        return _in_progress("its pods are not all of the latest revision")
    return _current(f"ready, replicas: {total}")


def _daemon_set(body: Body) -> Health:
    if None in (number(body, "metadata", "generation"), number(body, "status", "observedGeneration")):
        return _in_progress("its controller has not seen it yet")
    want = number(body, "status", "desiredNumberScheduled")
    if want is None:
        return _in_progress("its controller has not counted nodes yet")
    names = ("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    words = ("scheduled", "updated", "available", "ready")
    steps = tuple((word, count(body, "status", name), want) for word, name in zip(words, names, strict=True))
    return _short(steps) or _current(f"ready, pods: {want}")


def _claim(body: Body) -> Health:
    phase = field(body, "status", "phase") or "unknown"
    return _current("it is bound") if phase == "Bound" else _in_progress(f"it is not bound; phase: {phase}")


def _pod(body: Body, now: datetime | None) -> Health:
    conditions = conditions_of(body)
    match field(body, "status", "phase"):
        case "Succeeded":
            return _current("it has completed")
        case "Failed":
            return _current("it has completed, but not successfully")
        case "Running":
            if conditions.status("Ready") == "True":
                return _current("it is ready")
            crashing = _crash_looping(body)
            if crashing:
                return _failed(f"containers that crash again and again: {', '.join(crashing)}")
            return _in_progress("it runs but is not ready")
        case "Pending":
            why = conditions["PodScheduled"].get("reason")
            if conditions.status("PodScheduled") != "False" or why != "Unschedulable":
                return _in_progress("it is pending")
            message = f"it can't be scheduled: {conditions.said('PodScheduled')}"
            return _failed(message) if _had_its_time(body, now) else _in_progress(message)
        case None | "":
            return _in_progress("it has no phase yet")
        case other:
            raise MalformedError(f"its phase {other!r} is not known")


def _had_its_time(body: Body, now: datetime | None) -> bool:
    created = field(body, "metadata", "creationTimestamp")
    if now is None or not isinstance(created, str):
        return False
    try:
        return now - datetime.fromisoformat(created) >= SCHEDULING_TIME
    except (ValueError, TypeError) as error:
        raise MalformedError(f"metadata.creationTimestamp {created!r} is not a time") from error


def _crash_looping(body: Body) -> list[str]:
    statuses = field(body, "status", "containerStatuses") or []
    if not isinstance(statuses, list):
        raise MalformedError("status.containerStatuses is not a list")
    waiting = ("state", "waiting", "reason")
    return [str(field(one, "name")) for one in statuses if field(one, *waiting) == "CrashLoopBackOff"]


def _job(body: Body) -> Health:
    conditions = conditions_of(body)
    if conditions.status("Complete") == "True":
        return _current(f"completed, succeeded: {count(body, 'status', 'succeeded')}")
    if conditions.status("Failed") == "True":
        return _failed(conditions.said("Failed"))
    if conditions.status("Suspended") == "True":
        return _current("it is suspended")
    if not field(body, "status", "startTime"):
        return _in_progress("it has not started")
    return _current(f"it runs, active: {count(body, 'status', 'active')}")


def _service(body: Body) -> Health:
    if field(body, "spec", "type") == "LoadBalancer" and not field(body, "spec", "clusterIP"):
        return _in_progress("it has no cluster IP yet")
    return _current("it is ready")


def _definition(body: Body) -> Health:
    conditions = conditions_of(body)
    if conditions.status("NamesAccepted") == "False":
        return _failed(conditions.said("NamesAccepted"))
    established, why = conditions.status("Established"), conditions["Established"].get("reason")
    if established == "True":
        return _current("it is established")
    if established == "False" and why != "Installing":
        return _failed(conditions.said("Established"))
    return _in_progress("it is not yet established")


def _always(_: Body) -> Health:
    return _current("this kind is always current")


def _budget(_: Body) -> Health:
    return _current("its controller has seen it")


_RULES: Mapping[GroupKind, Callable[[Body], Health]] = {
    GroupKind("", "ConfigMap"): _always,
    GroupKind("", "PersistentVolumeClaim"): _claim,
    GroupKind("", "Secret"): _always,
    GroupKind("", "Service"): _service,
    GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    GroupKind("apps", "DaemonSet"): _daemon_set,
    GroupKind("apps", "Deployment"): _deployment,
    GroupKind("apps", "ReplicaSet"): _replica_set,
    GroupKind("apps", "StatefulSet"): _stateful_set,
    GroupKind("batch", "CronJob"): _always,
    GroupKind("batch", "Job"): _job,
    GroupKind("policy", "PodDisruptionBudget"): _budget,
}
