"""``kubectl gitops drift``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from kubectl_gitops.commands import options


@click.command()
@click.argument("words", nargs=-1, metavar="[SOURCE] [KIND/NAME]...")
@options.target
@options.source
@options.worktree
@click.option("-l", "--selector", default="", metavar="SELECTOR", help="Compare only objects with these labels.")
@click.option("--only", type=click.Choice(["live", "git"]), default=None, help="Only what changed there.")
@click.option(
    "--dry-run-all", is_flag=True, help="Ask the server about every object, and hold it against what was proven."
)
@click.option(
    "--sample",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="PERCENT",
    help="Ask the server about a random part of the proven objects as well.",
)
@options.output("text", "json", "yaml", "name", "diff", "html")
@options.details
@options.connection
def command(words: tuple[str, ...], **values: Any) -> int:
    """Show, field by field, what in the cluster departs from Git.

    SOURCE is a folder in a Git working tree (default: the current one) or a Git URL. KIND/NAME narrows what is
    compared. Exit code: 0 in sync, 1 drift, 2 could not tell.
    """
    from kubectl_gitops.commands.printing import note, print_reports
    from kubectl_gitops.pipeline.drift import drift
    from kubectl_gitops.pipeline.request import Selection
    from kubectl_gitops.pipeline.source import split_words

    output, details = values.pop("output"), values.pop("details")
    only, sample = values.pop("only"), values.pop("sample") / 100
    sample = 1.0 if values.pop("dry_run_all") else sample
    source, resources = split_words(words)
    selection = Selection(values.pop("selector"), resources)
    given = dict(values)
    request = options.target_request({**values, "source": source})
    reports = (
        replace(report, arguments=options.repeated(given, source, report.target))
        for report in drift(request, selection, note, only or "", sample)
    )
    return print_reports(reports, output, details)
