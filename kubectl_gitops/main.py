"""The ``kubectl-gitops`` program: finds the command, runs it, turns errors into a sentence and an exit code."""

from __future__ import annotations

import difflib
import gc
import importlib
import os
import re
import sys

import click

from kubectl_gitops import __version__
from kubectl_gitops.errors import GitOpsError

COMMANDS = ("drift", "apply", "reconcile", "history", "render", "delete")
_SHORT_WITH_EQUALS = re.compile(r"-[A-Za-z]=.")


class CommandGroup(click.Group):
    """Imports a command's module only when that command is asked for, so that starting stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kubectl_gitops.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; the commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kubectl-gitops", message="%(prog)s %(version)s")
def cli() -> None:
    """The GitOps loop for the kube context you already use.

    drift shows what in the cluster departs from Git, field by field, and who changed it; apply brings what changed in
    Git; reconcile brings everything back to what Git declares.
    """


def main() -> None:
    """Run the program and end the process with the command's exit code."""
    # Importing makes thousands of objects and no garbage; the survey of a cluster turns the collector on when it ends.
    gc.disable()
    sys.exit(run(sys.argv[1:]))


def as_click_reads(word: str) -> str:
    """``-o=json`` as ``-ojson``: kubectl takes both (github.com/spf13/pflag), click only the latter."""
    return word[:2] + word[3:] if _SHORT_WITH_EQUALS.match(word) else word


def run(arguments: list[str]) -> int:
    """Run one command line; the result is its exit code."""
    try:
        words = [as_click_reads(word) for word in arguments]
        result = cli.main(words, prog_name="kubectl gitops", standalone_mode=False)
        sys.stdout.flush()
    except GitOpsError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has what it wanted. Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
