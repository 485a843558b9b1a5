"""``kubectl gitops render``."""

from __future__ import annotations

import sys
from typing import Any

import click

from kubectl_gitops.commands import options


@click.command(short_help="Print the desired objects, Secrets hidden.")
@click.argument("source", required=False)
@options.target
@options.source
@options.worktree
@click.option("--show-secrets", is_flag=True, help="Print the data of Secrets as well.")
@options.output("yaml", "json")
@options.connection
def command(**values: Any) -> int:
    """Print the desired objects, with the data of Secrets left out and marked."""
    from kubectl_gitops.pipeline.rendering import render
    from kubectl_gitops.report.objects_output import print_objects

    output, show = values.pop("output"), values.pop("show_secrets")
    print_objects(render(options.target_request(values)), output, show, sys.stdout)
    return 0
