"""Prints a report in the format that ``-o`` asks for. Formats that draw nothing import no drawing library."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

from kubectl_gitops.core.masking import masked_apply, masked_drift
from kubectl_gitops.core.reports import Action, ApplyReport, DriftReport, HistoryReport, Report, State
from kubectl_gitops.errors import UsageError
from kubectl_gitops.report.escape import visible

OUTPUTS = ("text", "json", "yaml", "name")
DRIFT_OUTPUTS = (*OUTPUTS, "diff", "html")


def print_report(report: Report, output: str, details: bool, stdout: TextIO, stderr: TextIO | None = None) -> None:
    """Write the report to ``stdout``, and to ``stderr`` what a person must read and the format leaves out.

    Raises UsageError when the report has no such format.
    """
    if stderr is not None and output != "text":
        for sentence in must_read(report):
            stderr.write(f"{visible(sentence)}\n")
    if output == "text":
        stdout.write(_text(report, details, stdout))
    else:
        stdout.write(_data(report, output))


def must_read(report: Report) -> list[str]:
    """The sentences that explain an exit code above 1, or a failure, and that data output may not show."""
    match report:
        case DriftReport():
            report = masked_drift(report)
            unverified = [
                f"{item.object}: {item.message or 'could not be read or verified'}"
                for item in report.objects
                if item.state is State.UNVERIFIED
            ]
            return [*report.could_not_tell, *unverified]
        case ApplyReport():
            report = masked_apply(report)
            failed = [
                f"{item.object}: {item.message or 'failed'}" for item in report.objects if item.action is Action.FAILED
            ]
            return [*report.refusals, *failed]
        case HistoryReport():
            return []


def colored(stream: TextIO) -> bool:
    """Whether to use colours: on a terminal, unless NO_COLOR is set (no-color.org) or TERM is dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width_of(stream: TextIO) -> int:
    """The columns to fill: the terminal's, or 120 where there is none; COLUMNS beats both."""
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return 120
    return shutil.get_terminal_size((120, 24)).columns


def _text(report: Report, details: bool, stdout: TextIO) -> str:
    width, color = width_of(stdout), colored(stdout)
    match report:
        case DriftReport():
            from kubectl_gitops.report.drift_text import drift_text

            return drift_text(report, details, width, color)
        case ApplyReport():
            from kubectl_gitops.report.apply_text import apply_text

            return apply_text(report, details, width, color)
        case HistoryReport():
            from kubectl_gitops.report.history_text import history_text

            return history_text(report, details, width, color)


def _data(report: Report, output: str) -> str:
    match output:
        case "json":
            from kubectl_gitops.report.json_output import json_text

            return json_text(report)
        case "yaml":
            from kubectl_gitops.report.yaml_output import yaml_text

            return yaml_text(report)
        case "name":
            from kubectl_gitops.report.names import name_text

            return name_text(report)
        case "diff" if isinstance(report, DriftReport):
            from kubectl_gitops.report.diff import diff_text

            return diff_text(report)
        case "html" if isinstance(report, DriftReport):
            from kubectl_gitops.report.html import html_text

            return html_text(report)
    choices = DRIFT_OUTPUTS if isinstance(report, DriftReport) else OUTPUTS
    raise UsageError(f"-o {output} is not available here; use one of {', '.join(choices)}")
