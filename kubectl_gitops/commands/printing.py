"""From reports to output and exit code: the end of every command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.reports import Report
from kubectl_gitops.report.escape import visible
from kubectl_gitops.report.printing import print_report

if TYPE_CHECKING:
    from kubectl_gitops.pipeline.request import WriteRequest
    from kubectl_gitops.report.progress import Progress


def print_reports(reports: Iterable[Report], output: str, details: bool) -> int:
    """Print each report as it comes; the result is the largest of their exit codes."""
    code = 0
    for number, report in enumerate(reports):
        if number and output == "text":
            sys.stdout.write("\n")
        print_report(report, output, details, sys.stdout, sys.stderr)
        sys.stdout.flush()
        code = max(code, exit_code(report))
    return code


def print_writes(write: Callable[[Progress], Iterable[Report]], output: str, details: bool) -> int:
    """Run ``write`` under a progress display, and print its reports when that is gone.

    What was written is reported too when Ctrl-C or an error ends the rest; that is then raised.
    """
    from kubectl_gitops.report.progress import progress

    done: list[Report] = []
    try:
        with progress(sys.stderr) as shown:
            for report in write(shown):
                done.append(report)  # one by one, so that what came before an error is kept
    finally:
        code = print_reports(done, output, details)
    return code


def asking(write: WriteRequest, shown: Progress) -> WriteRequest:
    """The request with its question asked while the display is out of the way."""
    confirm = write.confirm
    if confirm is None:
        return write

    def ask(question: str) -> bool:
        with shown.paused():
            return confirm(question)

    return replace(write, confirm=ask)


def note(sentence: str) -> None:
    """Tell a person something beside the output."""
    sys.stderr.write(f"{visible(sentence)}\n")
