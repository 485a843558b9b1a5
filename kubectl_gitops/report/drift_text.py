"""``drift -o text``: what is not in sync, why, who, and what to do about it."""

from __future__ import annotations

import re

from kubectl_gitops.core.masking import masked_drift
from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import text as path_text
from kubectl_gitops.core.reports import (
    ClusterReport,
    DriftReport,
    FieldReport,
    Ignored,
    ObjectReport,
    SourceReport,
    State,
    Verdict,
    states,
)
from kubectl_gitops.core.schema import MISSING
from kubectl_gitops.report.page import Page, Part
from kubectl_gitops.report.values import abridged, one_line
from kubectl_gitops.report.words import STATES, VERDICTS, count, joined, moment, next_steps, who

STYLES = {
    State.SYNCED: "green",
    State.DRIFTED: "bold yellow",
    State.PENDING: "bold cyan",
    State.CONFLICTED: "bold red",
    State.NEW: "bold green",
    State.MISSING: "bold red",
    State.UNMANAGED: "bold magenta",
    State.ORPHANED: "bold magenta",
    State.UNVERIFIED: "bold red",
}
_FEW = 5
_ROOT_COMMIT = re.compile(r"^root:([0-9a-f]{7})[0-9a-f]+$")
_LABEL = 7


def drift_text(report: DriftReport, details: bool = False, width: int = 120, color: bool = False) -> str:
    """The report as text of ``width`` columns; ``details`` shows whole values and all ignored fields."""
    page = Page(width, color)
    write_drift(page, masked_drift(report), details)
    return page.text()


def write_drift(page: Page, report: DriftReport, details: bool) -> None:
    """Write a report that holds no secrets any more."""
    heading(page, report.name, report.target, report.cluster)
    source_line(page, report.source)
    _base_line(page, report)
    page.blank()
    _summary(page, report)
    for item in report.objects:
        if item.state is not State.SYNCED:
            page.blank()
            _object(page, item, details)
    _asides(page, report, details)
    steps = next_steps(report)
    if steps:
        page.blank()
    committed = "" if report.source.revision else ", once it is committed"
    for command, outcome in steps:
        page.line((command, "bold"), f"  {outcome}{committed}", hang=4)


def heading(page: Page, name: str, target: str, cluster: ClusterReport) -> None:
    """Which target, on which cluster."""
    title = f"{name}/{target}" if target else name
    version = f", {cluster.version}" if cluster.version else ""
    page.line((title, "bold"), " on ", (cluster.context, "bold"), f" ({cluster.server}{version})")


def source_line(page: Page, source: SourceReport) -> None:
    """Which revision of which repository and path."""
    repository = _ROOT_COMMIT.sub(r"root:\1", source.repository)
    where = f"{source.path} in {repository}" if source.path not in ("", ".") else repository
    at = (
        f"{source.ref} {source.revision[:7]}".strip() if source.revision else "working tree, uncommitted files included"
    )
    parts: list[Part] = ["git   ", (at, "bold")]
    parts += [f" “{source.subject}”"] if source.subject and source.revision else []
    parts += [(f"  {where}{', ' + source.renderer if source.renderer else ''}", "dim")]
    page.line(*parts, hang=6)


def _base_line(page: Page, report: DriftReport) -> None:
    if not report.base_revision:
        page.line("base  ", ("none: nothing is recorded as applied from here", "dim"))
    elif report.base_revision == report.source.revision:
        page.line("base  ", report.base_revision[:7], (" (the same revision was applied last)", "dim"))
    else:
        page.line("base  ", report.base_revision[:7], (" (applied last)", "dim"))


def _summary(page: Page, report: DriftReport) -> None:
    counts = states(report)
    total = sum(counts.values())
    synced = counts.pop(State.SYNCED, 0)
    cost = f"  {count(report.requests, 'request')}, {report.seconds:.2f} s"
    if counts:
        parts: list[Part] = [f"{synced:,} of {count(total, 'object')} in sync; "]
        for number, (state, of) in enumerate(counts.items()):
            parts += [", " if number else "", (f"{of:,} {state}", STYLES[state])]
        page.line(*parts, (cost, "dim"))
    elif report.could_not_tell:
        page.line((f"{count(total, 'object')} in sync, as far as could be told", "yellow"), (cost, "dim"))
    elif total:
        page.line(
            (f"All {count(total, 'object')} in sync" if total > 1 else "1 object, in sync", "green"),
            (cost, "dim"),
        )
    else:
        page.line("Nothing to compare: no object is declared or recorded as applied, or -l fits none", (cost, "dim"))
    for sentence in report.could_not_tell:
        page.line(("could not tell: ", "bold red"), sentence)


def _object(page: Page, item: ObjectReport, details: bool) -> None:
    place = f"  {item.file}:{item.line}" if item.file else ""
    page.line((item.state.value, STYLES[item.state]), "  ", (str(item.object), "bold"), (place, "dim"))
    if item.message:
        page.line(item.message, indent=2)
    elif not item.fields:
        page.line(STATES[item.state], indent=2)
    for field in item.fields:
        write_field(page, field, details)


def write_field(page: Page, field: FieldReport, details: bool) -> None:
    """A field: path, verdict in words, the values, and who."""
    page.line((path_text(field.path), "bold"), indent=2, hang=6)
    page.line(field.note or VERDICTS[field.verdict], indent=4)
    rows: list[tuple[str, Json, str]] = []
    if field.base is not MISSING and (details or field.verdict is Verdict.CONFLICT):
        rows.append(("base:", field.base, "dim"))
    rows += [("git:", field.desired, "green"), ("live:", field.live, "red")]
    absent = {"git:": "(not declared)", "live:": "(absent)"}
    if details:
        for label, value, style in rows:
            _whole(page, label, value, style, absent.get(label, ""))
    else:
        there = [one_line(value) for _, value, _ in rows if value is not MISSING]
        cut = iter(abridged(there, max(page.width - 4 - _LABEL, 40)))
        for label, value, style in rows:
            shown = (absent.get(label, ""), "dim") if value is MISSING else (next(cut), style)
            page.line(label.ljust(_LABEL), shown, indent=4, hang=4 + _LABEL)
    for line in who(field):
        page.line((line, "dim"), indent=4)


def _whole(page: Page, label: str, value: Json, style: str, absent: str) -> None:
    if isinstance(value, str) and "\n" in value.strip("\n"):
        page.line(label, indent=4)
        for line in value.removesuffix("\n").split("\n"):
            page.line((line, style), indent=6)
        return
    shown = (absent, "dim") if value is MISSING else (one_line(value), style)
    page.line(label.ljust(_LABEL), shown, indent=4, hang=4 + _LABEL)


def _asides(page: Page, report: DriftReport, details: bool) -> None:
    expired = [item for item in report.ignored if item.expired]
    ignored = [item for item in report.ignored if not item.expired]
    if expired:
        page.blank()
    for item in expired:
        page.line(("expired rule", "bold yellow"), f"  {_ignored(item)}; it no longer ignores anything")
    if ignored:
        page.blank()
        page.line(f"{count(len(ignored), 'ignored difference')}:")
    for item in ignored if details else ignored[:_FEW]:
        page.line((_ignored(item), "dim"), indent=2)
    if len(ignored) > _FEW and not details:
        page.line((f"and {len(ignored) - _FEW:,} more (--details shows all)", "dim"), indent=2)
    if report.skipped:
        page.blank()
        page.line(f"{count(len(report.skipped), 'document')} skipped{':' if details else ' (--details lists them)'}")
    if details:
        for document in report.skipped:
            page.line((f"{document.file}:{document.line}  {document.reason}", "dim"), indent=2)


def _ignored(item: Ignored) -> str:
    what = joined([str(item.object)] if item.object else [])
    until = f"; {'expired' if item.expired else 'until'} {moment(item.expires)}" if item.expires else ""
    return f"{what} {item.path}: {item.reason} ({item.rule}{until})".strip()
