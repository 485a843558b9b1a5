"""``drift``: the survey of each target as a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from kubectl_gitops.core.only import narrowed
from kubectl_gitops.core.prune import PruneDecision
from kubectl_gitops.core.reports import DriftReport
from kubectl_gitops.errors import CouldNotTell, GitOpsError
from kubectl_gitops.pipeline.orphans import orphans_of
from kubectl_gitops.pipeline.reporting import drift_report
from kubectl_gitops.pipeline.request import Selection, TargetRequest
from kubectl_gitops.pipeline.selection import Selector
from kubectl_gitops.pipeline.source import aims
from kubectl_gitops.pipeline.survey import survey


def _asked_about(orphans: PruneDecision, selector: Selector) -> PruneDecision:
    """Judged are all orphans, reported those that were asked about."""
    return replace(
        orphans,
        prune=tuple(one for one in orphans.prune if selector.matches(one.key, one.body)),
        kept=tuple((one, why) for one, why in orphans.kept if selector.matches(one.key, one.body)),
    )


def drift(
    request: TargetRequest,
    selection: Selection,
    note: Callable[[str], None],
    only: str = "",
    sample: float = 0.0,
) -> Iterator[DriftReport]:
    """Compare each target that the request names; reports come as they get done.

    Of several targets, one that can't be compared is told and passed over, and CouldNotTell raised at the end.

    ``note`` takes sentences for a person; ``only`` is "live", "git" or "" for both. ``sample`` is the share, 0 to 1,
    of locally proven objects that the server has to confirm. Raises GitOpsError for what stops the whole command.
    """
    several = request.all_targets or len(request.targets) > 1
    failed: list[str] = []
    try:
        for aim in aims(request):
            started = time.monotonic()
            for warning in aim.warnings:
                note(warning)
            try:
                found = survey(aim, selection, request.connect.concurrency, sample)
                orphans = _asked_about(orphans_of(found), found.selector)
                report = narrowed(drift_report(found, orphans), only)
            except GitOpsError as error:
                if not several:
                    raise
                # One environment that can't be reached must not hide what is known of the others.
                note(f"target {aim.target.name}: {error}")
                failed.append(aim.target.name)
                continue
            yield replace(report, requests=found.session.cluster.requests, seconds=round(time.monotonic() - started, 3))
    except GitOpsError as error:
        if error.exit_code == CouldNotTell.exit_code:
            raise
        raise CouldNotTell(str(error)) from error
    if failed:
        raise CouldNotTell(f"could not compare {', '.join(failed)}; see above")
