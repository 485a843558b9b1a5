"""What the commands found or did, as values that mirror their JSON.

Texts that may be absent are "" when they are; ``MISSING`` stands for an absent field value, because null is a
value. Nothing here hides Secrets: ``kubectl_gitops.core.masking`` does, at output.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kubectl_gitops.core.health import Status
from kubectl_gitops.core.objects import Body, GroupKind, Json, Key, group_of
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.schema import MISSING

API_VERSION = "kubectl-gitops/v1"


class Verdict(StrEnum):
    """How one field departed from what Git declares."""

    LIVE_CHANGED = "LiveChanged"
    GIT_CHANGED = "GitChanged"
    CONFLICT = "Conflict"
    REMOVED = "Removed"
    EXTRA = "Extra"
    UNKNOWN = "Unknown"


class State(StrEnum):
    """How one object stands."""

    SYNCED = "Synced"
    DRIFTED = "Drifted"
    PENDING = "Pending"
    CONFLICTED = "Conflicted"
    NEW = "New"
    MISSING = "Missing"
    UNMANAGED = "Unmanaged"
    ORPHANED = "Orphaned"
    UNVERIFIED = "Unverified"


class Action(StrEnum):
    """What a write did with one object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    PRUNED = "pruned"
    RECREATED = "recreated"
    SKIPPED = "skipped"
    FAILED = "failed"


Health = Status
"""An object's health, in kstatus' words."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Which object; ``namespace`` is "" when it is cluster-scoped."""

    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> Key:
        return Key(group_of(self.api_version), self.kind, self.namespace, self.name)

    @property
    def group_kind(self) -> GroupKind:
        return GroupKind(group_of(self.api_version), self.kind)

    def __str__(self) -> str:
        return str(self.key)


@dataclass(frozen=True, slots=True)
class LiveBy:
    """Who last wrote the live value. ``not_after`` (RFC 3339 or "") is an upper bound, a manager a tool."""

    manager: str
    operation: str
    subresource: str = ""
    not_after: str = ""


@dataclass(frozen=True, slots=True)
class GitBy:
    """The commit that last changed the declaring line. ``time`` is RFC 3339."""

    commit: str
    author: str
    time: str
    subject: str


@dataclass(frozen=True, slots=True)
class FieldReport:
    """One differing field. Values that are not there are ``MISSING``. ``note`` is not in the JSON."""

    path: Path
    verdict: Verdict
    base: Json = field(default=MISSING, repr=False)
    desired: Json = field(default=MISSING, repr=False)
    live: Json = field(default=MISSING, repr=False)
    live_by: LiveBy | None = None
    git_by: GitBy | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ObjectReport:
    """One object and its differing fields.

    ``file`` and ``line`` are "" and 0 for an orphan. Not in the JSON: ``message`` (in words why it is
    Unverified, Unmanaged, Orphaned or without a base), and ``live`` and ``merged`` (what a reconcile would
    make of it), which only ``-o diff`` shows; None where the object is not there.
    """

    object: ObjectRef
    state: State
    file: str = ""
    line: int = 0
    fields: tuple[FieldReport, ...] = ()
    message: str = ""
    live: Body | None = field(default=None, repr=False)
    merged: Body | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SourceReport:
    """Where desired came from. ``revision`` is "" for a working tree; ``subject`` is not in the JSON."""

    repository: str
    path: str
    revision: str = ""
    ref: str = ""
    renderer: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ClusterReport:
    context: str
    server: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A difference that a rule ignores, or with ``expired`` a rule that stopped working.

    ``rule`` names the rule (``gitops.yaml:12``, ``HorizontalPodAutoscaler shop/web``); ``object`` is None for
    an expired rule that matched nothing; ``expires`` is an ISO date or "".
    """

    object: ObjectRef | None
    path: str
    rule: str
    reason: str
    expires: str = ""
    expired: bool = False


@dataclass(frozen=True, slots=True)
class SkippedDocument:
    """A document of the source that was left out on purpose, and why."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class DriftReport:
    """``objects`` in apply order; those in sync may be left out of it and counted in ``synced`` alone.

    Not in the JSON: ``could_not_tell``, sentences on what could not be found out beyond single objects (a
    LIST that is forbidden), and ``arguments``, what selects the same source and cluster on the command line.
    """

    name: str
    target: str
    source: SourceReport
    cluster: ClusterReport
    base_revision: str = ""
    synced: int = 0
    objects: tuple[ObjectReport, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    skipped: tuple[SkippedDocument, ...] = ()
    requests: int = 0
    seconds: float = 0.0
    could_not_tell: tuple[str, ...] = ()
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ApplyObject:
    """What was done with one object. ``fields`` are those that were left as they are in the cluster.

    ``health`` is None where nobody looked.
    """

    object: ObjectRef
    action: Action
    health: Health | None = None
    message: str = ""
    fields: tuple[FieldReport, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplyReport:
    """What ``apply``, ``reconcile``, ``rollback`` or ``delete`` did; with ``refusals`` nothing was written.

    ``dry_run`` is "none", "client" or "server". ``waited`` (for health) is not in the JSON.
    """

    command: str
    name: str
    target: str
    revision: str
    cluster: ClusterReport
    source: SourceReport | None = None
    objects: tuple[ApplyObject, ...] = ()
    refusals: tuple[str, ...] = ()
    dry_run: str = "none"
    waited: bool = False
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChangedObject:
    """An object that a recorded deployment changed."""

    object: ObjectRef
    action: Action


@dataclass(frozen=True, slots=True)
class Deployment:
    """One recorded deployment. ``time`` is RFC 3339, ``counts`` by action, ``result`` the inventory's."""

    revision: str
    time: str
    actor: str
    author: str
    result: str
    counts: Mapping[str, int] = field(default_factory=dict)
    objects: tuple[ChangedObject, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """The inventory's deployments, newest first; ``revision`` is the one applied now."""

    name: str
    target: str
    revision: str
    cluster: ClusterReport
    deployments: tuple[Deployment, ...] = ()


Report = DriftReport | ApplyReport | HistoryReport


def states(report: DriftReport) -> dict[State, int]:
    """How many objects are in each state, in the order of ``State``, zeroes left out."""
    counts = Counter(item.state for item in report.objects)
    counts[State.SYNCED] += report.synced
    return {state: counts[state] for state in State if counts[state]}


def actions(report: ApplyReport) -> dict[Action, int]:
    """How many objects had each action, in the order of ``Action``, zeroes left out."""
    counts = Counter(item.action for item in report.objects)
    return {action: counts[action] for action in Action if counts[action]}
