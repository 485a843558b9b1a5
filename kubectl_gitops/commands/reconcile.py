"""``kubectl gitops reconcile``."""

from __future__ import annotations

from typing import Any

import click

from kubectl_gitops.commands import options


@click.command(short_help="Bring everything to what Git declares.")
@click.argument("source", required=False)
@options.target
@options.source
@options.worktree
@options.writing
@click.option(
    "--remove-extra",
    type=click.Choice(["all"]),
    default=None,
    help="all: also remove undeclared replicas and restart marks.",
)
@options.waiting
@options.output("text", "json", "yaml", "name")
@options.details
@options.connection
def command(**values: Any) -> int:
    """Bring everything to what Git declares, also what a person changed in the cluster.

    SOURCE is a folder in a Git working tree (default: the current one) or a Git URL. Exit code: 0 done and healthy, 1
    an object failed or did not become healthy, 2 usage or connection, 3 refused, and nothing was written.
    """
    from kubectl_gitops.commands.writing import carry_out
    from kubectl_gitops.pipeline.deploy import deploy

    return carry_out(deploy, "reconcile", values)
