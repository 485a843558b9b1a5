"""What a write would do: from the assessments of all objects to a plan, or to the reasons why nothing may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kubectl_gitops.core import managed
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.inventory import PART_OF
from kubectl_gitops.core.left_alone import leaving, leaving_order
from kubectl_gitops.core.objects import Body, Key
from kubectl_gitops.core.path import Path, text
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.verdicts import Judged


class Mode(StrEnum):
    APPLY = "apply"  # bring what changed in Git, keep what was changed in the cluster
    RECONCILE = "reconcile"  # Git wins


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person allowed beyond the default."""

    adopt: bool = False
    force_conflicts: bool = False
    remove_all_extras: bool = False


@dataclass(frozen=True, slots=True)
class Write:
    """One object to write.

    ``body`` is what to send, None where only ``remove`` is to be done. ``force`` takes fields over from other managers;
    ``resource_version`` is then the state of live that the decision was made on ("" when any state will do).
    ``kept`` are the fields that stay as the cluster has them.
    """

    key: Key
    body: Body | None
    create: bool = False
    adopt: bool = False
    force: bool = False
    resource_version: str = ""
    remove: tuple[Path, ...] = ()
    kept: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """``refusals`` not empty: nothing may be written, and these say why."""

    writes: tuple[Write, ...] = ()
    unchanged: tuple[Key, ...] = ()
    kept: tuple[Write, ...] = ()
    unverified: tuple[Assessment, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def adopts(self) -> bool:
        return any(write.adopt for write in self.writes)


_CONTESTED = (Verdict.CONFLICT, Verdict.UNKNOWN)
_PERSONAL = (Verdict.LIVE_CHANGED, Verdict.EXTRA)


def plan(assessments: Iterable[Assessment], mode: Mode, consent: Consent) -> Plan:
    """What is to be written, in the order of the assessments. Orphans are the business of ``core.prune``."""
    writes: list[Write] = []
    unchanged: list[Key] = []
    kept: list[Write] = []
    unverified: list[Assessment] = []
    refusals: list[str] = []
    for found in assessments:
        refusal = refuse(found, mode, consent)
        if refusal:
            refusals.append(refusal)
            continue
        match found.state:
            case State.UNVERIFIED:
                unverified.append(found)
            case State.ORPHANED:
                pass
            case _:
                write = _write(found, mode, consent)
                if write is None:
                    unchanged.append(found.key)
                elif write.body is None and not write.remove:
                    kept.append(write)
                else:
                    writes.append(write)
    return Plan(tuple(writes), tuple(unchanged), tuple(kept), tuple(unverified), tuple(refusals))


def refuse(found: Assessment, mode: Mode, consent: Consent) -> str:
    """Why this object forbids the whole write, in one sentence; "" if it does not."""
    where = f"{found.key} ({found.manifest.place})" if found.manifest else str(found.key)
    if found.state is State.UNMANAGED:
        if found.foreign:
            return f"{where} belongs to {found.foreign}: remove it there first, or take it out of this source"
        if not consent.adopt:
            return f"{where} exists and was not created by this target: --adopt takes it over"
    if found.state is State.CONFLICTED and mode is Mode.APPLY and not consent.force_conflicts:
        contested = [field for field in found.fields if field.verdict in _CONTESTED]
        both = contested[0].verdict is Verdict.CONFLICT
        why = "changed in Git and in the cluster" if both else "changed, and there is no base to tell by whom"
        more = f" and {len(contested) - 1} more" if len(contested) > 1 else ""
        return (
            f"{where}: {text(contested[0].path)}{more} {why}: --force-conflicts or reconcile takes Git's value, "
            "a commit with the cluster's value keeps it"
        )
    return ""


def _write(found: Assessment, mode: Mode, consent: Consent) -> Write | None:
    desired = found.desired
    assert desired is not None
    if found.live is None:
        return Write(found.key, desired, create=True)
    version = found.live["metadata"]["resourceVersion"]
    if found.state is State.UNMANAGED:
        return Write(found.key, desired, adopt=True, force=True, resource_version=version)
    spare = tuple(field.path for field in found.ignored if field.removable and consent.remove_all_extras)
    if not found.fields and not (spare and mode is Mode.RECONCILE):
        return None
    if mode is Mode.RECONCILE:
        removed = tuple(field.path for field in found.fields if field.release)
        applied = any(not field.release for field in found.fields)
        return Write(found.key, desired if applied else None, force=True, remove=(*removed, *spare))
    keep = tuple(field for field in found.fields if _is_kept(field))
    bring = tuple(field for field in found.fields if not _is_kept(field))
    applied = any(not field.release for field in bring)
    remove = tuple(field.path for field in bring if field.release)
    body = _without(found, desired, keep) if applied else None
    contested = applied and _takes_over(found, bring)
    return Write(
        found.key,
        body,
        force=contested,
        resource_version=version if contested else "",
        remove=remove,
        kept=keep,
    )


def _is_kept(field: Judged) -> bool:
    """Whether apply leaves the field as it is.

    The mark of membership is no person's to take away: without it the object could be neither listed nor pruned.
    """
    return field.verdict in _PERSONAL and field.path != ("metadata", "labels", PART_OF)


def _without(found: Assessment, desired: Body, keep: tuple[Judged, ...]) -> Body:
    assert found.live is not None
    values = [field.path for field in keep if not field.order and field.verdict is Verdict.LIVE_CHANGED]
    body = leaving(found.node, desired, found.live, values)
    for field in keep:
        if field.order:
            body = leaving_order(found.node, body, field.path, field.live)
    return body


def _takes_over(found: Assessment, bring: tuple[Judged, ...]) -> bool:
    """Whether bringing these fields takes one from another manager, which needs force. Order has no owner, and what
    Git dropped goes only as far as it is ours.
    """
    assert found.live is not None
    owners = managed.entries(found.live)
    sent = [field for field in bring if not field.order and field.verdict is not Verdict.REMOVED]
    return any(not entry.ours for field in sent for entry in managed.owners_of(owners, field.path, found.node))
