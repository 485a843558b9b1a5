"""``apply``, ``reconcile``, ``rollback`` and ``delete -o text``: what was done, and what is not well."""

from __future__ import annotations

from kubectl_gitops.core.exit_codes import healthy
from kubectl_gitops.core.masking import masked_apply
from kubectl_gitops.core.reports import Action, ApplyObject, ApplyReport, Health, actions
from kubectl_gitops.report.drift_text import heading, source_line, write_field
from kubectl_gitops.report.page import Page, Part
from kubectl_gitops.report.words import count

STYLES = {
    Action.CREATED: "bold green",
    Action.CONFIGURED: "bold cyan",
    Action.UNCHANGED: "dim",
    Action.KEPT: "bold yellow",
    Action.PRUNED: "bold magenta",
    Action.RECREATED: "bold magenta",
    Action.SKIPPED: "yellow",
    Action.FAILED: "bold red",
}
_DRY = {
    "client": "Dry run: this is the plan; nothing was sent.",
    "server": "Dry run: the server was asked; nothing was written.",
}


def apply_text(report: ApplyReport, details: bool = False, width: int = 120, color: bool = False) -> str:
    """The report as text of ``width`` columns; ``details`` lists unchanged objects and whole values too."""
    report = masked_apply(report)
    page = Page(width, color)
    heading(page, f"{report.command} {report.name}", report.target, report.cluster)
    if report.source is not None:
        source_line(page, report.source)
    elif report.revision:
        page.line("git   ", (report.revision[:7], "bold"))
    if report.dry_run in _DRY:
        page.line((_DRY[report.dry_run], "bold yellow"))
    page.blank()
    if report.refusals:
        page.line(("Refused; nothing was written.", "bold red"))
        for sentence in report.refusals:
            page.line("- ", sentence, indent=2, hang=4)
        return page.text()
    _summary(page, report)
    listed = [item for item in report.objects if details or item.action is not Action.UNCHANGED or not healthy(item)]
    if listed:
        page.blank()
    # What went wrong comes last, where a long list ends.
    for item in sorted(listed, key=lambda item: item.action is Action.FAILED or not healthy(item)):
        _object(page, item, details)
    return page.text()


def _summary(page: Page, report: ApplyReport) -> None:
    counts = actions(report)
    parts: list[Part] = []
    for number, (action, of) in enumerate(counts.items()):
        parts += [", " if number else "", (f"{of:,} {action}", STYLES[action])]
    unhealthy = sum(not healthy(item) for item in report.objects)
    if unhealthy:
        parts.append((f"; {count(unhealthy, 'object')} not healthy{'' if report.waited else ' yet'}", "bold red"))
    cost = f"  {count(report.requests, 'request')}, {report.seconds:.2f} s"
    if parts and report.dry_run in _DRY:
        parts.insert(0, "A real run: ")
    page.line(*(parts or ["Nothing to do"]), (cost, "dim"))


def _object(page: Page, item: ApplyObject, details: bool) -> None:
    parts: list[Part] = [(item.action.value.ljust(10), STYLES[item.action]), " ", (str(item.object), "bold")]
    gone = item.action is Action.PRUNED and item.health is Health.NOT_FOUND
    if item.health is not None:
        parts.append((f"  {'gone' if gone else item.health}", "green" if healthy(item) else "bold red"))
    page.line(*parts, hang=11)
    if item.message and not gone:
        page.line(item.message, indent=11, hang=13)
    for field in item.fields:
        write_field(page, field, details)
