"""The options that commands share, and how they become requests."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kubectl_gitops.errors import UsageError

if TYPE_CHECKING:
    from kubectl_gitops.pipeline.request import TargetRequest, WriteRequest

Command = TypeVar("Command", bound=Callable[..., Any])
Values = dict[str, Any]


def _all(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


connection = _all(
    click.option("--kubeconfig", default="", metavar="FILE", help="The kubeconfig file to use."),
    click.option("--context", default="", metavar="NAME", help="The kubeconfig context to use."),
    click.option("--cluster", default="", metavar="NAME", help="The kubeconfig cluster to use."),
    click.option("--user", default="", metavar="NAME", help="The kubeconfig user to use."),
    click.option("-s", "--server", default="", metavar="URL", help="Address and port of the API server."),
    click.option("--token", default="", metavar="TOKEN", help="Bearer token for the API server."),
    click.option("--certificate-authority", default="", metavar="FILE", help="Certificate of the authority to trust."),
    click.option("--insecure-skip-tls-verify", is_flag=True, help="Do not check the server's certificate."),
    click.option("-n", "--namespace", default="", metavar="NAME", help="Namespace of objects that name none."),
    click.option("--as", "as_user", default="", metavar="USER", help="User to impersonate."),
    click.option("--as-group", "as_groups", multiple=True, metavar="GROUP", help="Group to impersonate; repeatable."),
    click.option("--request-timeout", default="0", metavar="DURATION", help="Limit of one request: 30s; 0 is none."),
    click.option(
        "--concurrency", type=click.IntRange(1, 64), default=8, show_default=True, help="Connections at once."
    ),
    click.option("-v", "--v", "verbosity", type=click.IntRange(0, 9), default=0, help="Log requests from 6 up."),
)

source = _all(
    click.option("--rev", default="", metavar="REV", help="The Git revision; default HEAD, or the target's ref."),
    click.option("--path", "path", default=None, metavar="DIR", help="The folder in the repository."),
    click.option("--no-fetch", is_flag=True, help="Use the refs that are here instead of fetching first."),
)

worktree = click.option("--worktree", is_flag=True, help="Read the files on disk, committed or not.")

target = _all(
    click.option(
        "-t",
        "--target",
        "targets",
        multiple=True,
        metavar="NAME",
        help="A target of gitops.yaml; repeatable.",
    ),
    click.option("--all-targets", is_flag=True, help="Every target of gitops.yaml."),
    click.option("--name", default="", metavar="NAME", help="The name that the inventory's name is made of."),
)

details = click.option("--details", is_flag=True, help="Show more in text output.")


def output(*formats: str) -> Callable[[Command], Command]:
    """``-o`` with the formats that a command has."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="The output format.",
    )


writing = _all(
    click.option(
        "--dry-run",
        type=click.Choice(["none", "client", "server"]),
        default="none",
        show_default=True,
        help="client: show the plan only; server: send each write as a dry run.",
    ),
    click.option("--prune/--no-prune", default=True, show_default=True, help="Delete what the source dropped."),
    click.option("--prune-data", is_flag=True, help="Also delete Namespaces, CRDs, PVs and PVCs that were dropped."),
    click.option("--prune-limit", default="", metavar="N|N%", help="How many objects this run may delete at most."),
    click.option("--adopt", is_flag=True, help="Take over existing objects that nobody else manages."),
    click.option("--recreate", is_flag=True, help="Delete and create again what can't be changed in place."),
    click.option("--allow-rewind", is_flag=True, help="Allow a revision that does not descend from the applied one."),
    click.option("--move-inventory", is_flag=True, help="Allow another repository or path than the recorded one."),
    click.option("--yes", is_flag=True, help="Ask no questions."),
)

waiting = _all(
    click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until all is healthy, or gone."),
    click.option("--timeout", default="5m", show_default=True, metavar="DURATION", help="How long to wait."),
)


_CLUSTER_FLAGS = (
    *("kubeconfig", "context", "cluster", "user", "server", "token", "certificate_authority"),
    *("insecure_skip_tls_verify", "as_user", "as_groups", "verbosity", "concurrency"),
)


_REPEATED = ("path", "name", "rev", "kubeconfig", "context", "cluster", "user", "server", "as_user", "namespace")


def repeated(values: Values, source: str, target: str) -> str:
    """The arguments, as they are typed, with which the next command meets the same source and cluster.

    A target goes with neither a path nor a context: it is left out where a context is given, else the path is.
    """
    chosen = target and not (values["context"] or values["cluster"])
    words = [] if source == "." else [source]
    words += ["-t", target] if chosen else []
    for name in _REPEATED:
        if values[name] and not (chosen and name == "path"):
            words += [f"--{name.removesuffix('_user')}", values[name]]
    words += [word for group in values["as_groups"] for word in ("--as-group", group)]
    return shlex.join(words)


def target_request(values: Values) -> TargetRequest:
    """The request that the options of ``connection``, ``source`` and ``target`` make; takes them out of ``values``.

    Raises UsageError for a path beside a target, and for a duration that can't be read.
    """
    if values["path"] is not None and (values["targets"] or values["all_targets"]):
        raise UsageError("--path can't go with -t or --all-targets: a target names its own path; leave one out")
    from kubectl_gitops.cluster.options import ConnectOptions, seconds
    from kubectl_gitops.pipeline.request import SourceRequest, TargetRequest

    cluster_flags = {name: values.pop(name) for name in _CLUSTER_FLAGS}
    connect = ConnectOptions(request_timeout=seconds(values.pop("request_timeout")), **cluster_flags)
    request = SourceRequest(
        values.pop("source", None) or ".",
        values.pop("rev"),
        values.pop("path"),
        values.pop("worktree", False),
        not values.pop("no_fetch"),
        connect.cache,
    )
    return TargetRequest(
        request,
        connect,
        values.pop("targets"),
        values.pop("all_targets"),
        values.pop("namespace"),
        values.pop("name"),
    )


def write_request(mode: str, values: Values) -> WriteRequest:
    """The request that the options of ``writing`` and ``waiting`` make; ``mode`` is "apply" or "reconcile".

    Raises UsageError for a limit or a duration that can't be read, and for writing what is not committed.
    """
    if values.get("worktree") and values["dry_run"] == "none":
        raise UsageError("--worktree goes with a dry run only: commit the files, or add --dry-run=client or server")
    from kubectl_gitops.cluster.options import seconds
    from kubectl_gitops.core.plan import Consent, Mode
    from kubectl_gitops.core.prune import parse_limit
    from kubectl_gitops.pipeline.request import WriteRequest

    limit = values.get("prune_limit", "")
    try:
        prune_limit = parse_limit(limit) if limit else None
    except ValueError as error:
        raise UsageError(f"--prune-limit: {error}") from error
    consent = Consent(
        values.get("adopt", False), values.get("force_conflicts", False), values.get("remove_extra", "") == "all"
    )
    return WriteRequest(
        Mode(mode),
        consent,
        values["dry_run"],
        values.get("prune", True),
        values["prune_data"],
        prune_limit,
        values.get("recreate", False),
        values.get("allow_rewind", False),
        values.get("move_inventory", False),
        values["wait"],
        seconds(values["timeout"]),
        None if values["yes"] else confirm_on_terminal(),
    )


def confirm_on_terminal() -> Callable[[str], bool] | None:
    """A question on the terminal, or None where there is no terminal to ask on."""
    if not sys.stdin.isatty():
        return None
    return lambda question: click.confirm(question, err=True)
