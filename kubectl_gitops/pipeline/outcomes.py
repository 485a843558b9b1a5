"""From a run's outcomes to its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kubectl_gitops.core.health import Health
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.plan import Plan, Write
from kubectl_gitops.core.prune import PruneDecision
from kubectl_gitops.core.reports import Action, ApplyObject, ApplyReport, FieldReport, ObjectRef
from kubectl_gitops.pipeline.execute import Outcome
from kubectl_gitops.pipeline.reporting import attribution, cluster_report, field_report, ref, source_report
from kubectl_gitops.pipeline.request import WriteRequest
from kubectl_gitops.pipeline.survey import Survey


def planned(chosen: Plan, orphans: PruneDecision) -> dict[Key, Outcome]:
    """What a run would do, as if it had been done."""
    outcomes = {key: Outcome(key, Action.UNCHANGED) for key in chosen.unchanged}
    outcomes.update({one.key: Outcome(one.key, Action.FAILED, one.message) for one in chosen.unverified})
    outcomes.update({one.key: Outcome(one.key, Action.KEPT) for one in chosen.kept})
    for write in chosen.writes:
        outcomes[write.key] = Outcome(write.key, Action.CREATED if write.create else Action.CONFIGURED)
    outcomes.update({orphan.key: Outcome(orphan.key, Action.PRUNED) for orphan in orphans.prune})
    return outcomes


def summary(chosen: Plan, orphans: PruneDecision) -> str:
    """The plan in a few words."""
    counts = {
        "create": sum(write.create for write in chosen.writes),
        "adopt": sum(write.adopt for write in chosen.writes),
        "change": sum(not (write.create or write.adopt) for write in chosen.writes),
        "prune": len(orphans.prune),
        "keep": len(chosen.kept),
        "leave unchanged": len(chosen.unchanged),
    }
    return ", ".join(f"{verb} {count}" for verb, count in counts.items() if count) or "nothing to do"


_MOST_LISTED = 20


def listed(verb: str, keys: Iterable[Key]) -> list[str]:
    """A line for each object that a question is about, at most 20 and then how many more."""
    lines = [f"  {verb} {key}" for key in keys]
    more = len(lines) - _MOST_LISTED
    return lines if more <= 0 else [*lines[:_MOST_LISTED], f"  {verb} {more} more"]


def apply_report(
    found: Survey,
    write: WriteRequest,
    chosen: Plan,
    orphans: PruneDecision,
    outcomes: Mapping[Key, Outcome],
    healths: Mapping[Key, Health],
    refused: tuple[str, ...],
) -> ApplyReport:
    """Every object of the target with what was done to it, in apply order, orphans last."""
    kept = {one.key: one for one in (*chosen.writes, *chosen.kept) if one.kept}
    blame = attribution(found)
    objects = []
    for one in found.assessments:
        outcome = outcomes.get(one.key)
        if outcome is None or one.desired is None:
            continue
        fields = kept[one.key].kept if one.key in kept else ()
        reports = tuple(field_report(field, one.manifest, blame) for field in fields)
        message = outcome.message or _in_words(kept.get(one.key), outcome)
        objects.append(_object(ref(one.desired), outcome, healths, message, reports))
    for orphan in orphans.prune:
        outcome = outcomes.get(
            orphan.key, Outcome(orphan.key, Action.SKIPPED, "not pruned, because not all was written")
        )
        if not refused:
            objects.append(_object(ref(orphan.body), outcome, healths, outcome.message))
    if not refused:
        objects.extend(
            ApplyObject(ref(orphan.body), Action.SKIPPED, message=f"not pruned: {why}") for orphan, why in orphans.kept
        )
    aim = found.aim
    return ApplyReport(
        write.mode.value,
        aim.name,
        aim.target.name,
        aim.commit.id if aim.commit else "",
        cluster_report(found),
        source_report(found),
        tuple(objects),
        refused,
        write.dry_run,
        waited=write.wait and write.dry_run == "none" and not refused,
    )


def _in_words(write: Write | None, outcome: Outcome) -> str:
    if write is None or outcome.action is Action.FAILED:
        return ""
    count = len(write.kept)
    return f"{count} field{'s' if count > 1 else ''} changed in the cluster left as they are"


def _object(
    which: ObjectRef,
    outcome: Outcome,
    healths: Mapping[Key, Health],
    message: str,
    fields: tuple[FieldReport, ...] = (),
) -> ApplyObject:
    found = healths.get(outcome.key)
    unhealthy = found.message if found and not message and found.status != "Current" else ""
    return ApplyObject(which, outcome.action, found.status if found else None, message or unhealthy, fields)
