"""``kubectl gitops history``."""

from __future__ import annotations

from typing import Any

import click

from kubectl_gitops.commands import options


@click.command(short_help="Show the deployments that the cluster records.")
@click.argument("source", required=False)
@options.target
@options.source
@options.output("text", "json", "yaml")
@options.details
@options.connection
def command(**values: Any) -> int:
    """Show the deployments that the inventory records, the latest first."""
    from kubectl_gitops.commands.printing import print_reports
    from kubectl_gitops.pipeline.history import history

    output, details = values.pop("output"), values.pop("details")
    return print_reports(history(options.target_request(values)), output, details)
