"""The ``kubectl_complete-gitops`` program: shell completion the way kubectl asks its plugins for it.

kubectl runs it with the words typed after ``kubectl gitops``, the last one unfinished and possibly empty,
and reads cobra's completion format: a candidate a line, a tab before its description, and a last line with
a colon and a directive (https://github.com/spf13/cobra, site/content/completions; the protocol for plugins
is in kubectl's pkg/cmd/plugin/plugin_completion.go).
"""

import sys
from collections.abc import Sequence

FILES = 0  # cobra's ShellCompDirectiveDefault
NO_FILES = 4  # cobra's ShellCompDirectiveNoFileComp


def complete(words: Sequence[str]) -> list[str]:
    """Return the lines that answer ``words``: candidates, then the directive.

    Where a value is expected and there are no candidates for it, the shell offers files and folders.
    """
    from click import ClickException
    from click.shell_completion import ShellComplete

    from kubectl_gitops.main import cli

    *typed, unfinished = words or [""]
    try:
        items = ShellComplete(cli, {}, "kubectl gitops", "").get_completions(typed, unfinished)
    except ClickException:
        # What was typed so far is wrong; nothing that follows can make it right.
        return [f":{NO_FILES}"]
    lines = [f"{item.value}\t{item.help}" if item.help else str(item.value) for item in items if item.type == "plain"]
    directive = NO_FILES if lines or unfinished.startswith("-") else FILES
    return [*lines, f":{directive}"]


def main() -> None:
    """Answer the words of the command line on standard output."""
    print("\n".join(complete(sys.argv[1:])))
