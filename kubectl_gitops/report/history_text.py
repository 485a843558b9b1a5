"""``history -o text``: the deployments recorded in the inventory."""

from __future__ import annotations

from kubectl_gitops.core.reports import Deployment, HistoryReport
from kubectl_gitops.report.drift_text import heading
from kubectl_gitops.report.page import Page
from kubectl_gitops.report.words import joined, moment


def history_text(report: HistoryReport, details: bool = False, width: int = 120, color: bool = False) -> str:
    """The report as text of ``width`` columns; ``details`` lists the changed objects too."""
    page = Page(width, color)
    heading(page, report.name, report.target, report.cluster)
    page.blank()
    if not report.deployments:
        page.line("No deployment is recorded.")
    revisions = [item.revision for item in report.deployments]
    for number, item in enumerate(report.deployments):
        # The latest of those that brought the revision is what runs.
        current = item.revision == report.revision and report.revision not in revisions[:number]
        _deployment(page, item, current, details)
    return page.text()


def _deployment(page: Page, item: Deployment, current: bool, details: bool) -> None:
    well = item.result.lower() in ("healthy", "applied")
    page.line(
        ("* " if current else "  ", "bold green"),
        (item.revision[:7], "bold"),
        f"  {moment(item.time)}  ",
        (item.result, "green" if well else "bold red"),
        f"  {_counts(item)}",
        hang=4,
    )
    people = [f"applied by {item.actor}"] if item.actor else []
    people += [f"commit by {item.author}"] if item.author else []
    subject = f": {item.subject}" if item.subject else ""
    if people:
        page.line((", ".join(people) + subject, "dim"), indent=4)
    if details:
        for changed in item.objects:
            page.line(f"{changed.action.value.ljust(10)} {changed.object}", indent=4, hang=15)


def _counts(item: Deployment) -> str:
    return joined([f"{number:,} {action}" for action, number in item.counts.items() if number]) or "nothing changed"
