"""``kubectl gitops delete``."""

from __future__ import annotations

from typing import Any

import click

from kubectl_gitops.commands import options


@click.command(short_help="Delete everything that was applied from here.")
@click.argument("source", required=False)
@options.target
@options.source
@click.option(
    "--dry-run",
    type=click.Choice(["none", "client", "server"]),
    default="none",
    show_default=True,
    help="client: show what would go; server: send each deletion as a dry run.",
)
@click.option("--prune-data", is_flag=True, help="Also delete Namespaces, CRDs, PVs and PVCs.")
@click.option("--yes", is_flag=True, help="Ask no questions.")
@options.waiting
@options.output("text", "json", "yaml", "name")
@options.details
@options.connection
def command(**values: Any) -> int:
    """Tear the target down: delete every member of its inventory, then the inventory.

    What needs --prune-data, or says that it is not to be pruned, is kept and listed. Exit code: 0 done, 1 something
    could not be deleted or is not gone yet, 2 usage or connection, 3 refused, and nothing was deleted.
    """
    from kubectl_gitops.commands.writing import carry_out
    from kubectl_gitops.pipeline.teardown import teardown

    return carry_out(teardown, "reconcile", values)
