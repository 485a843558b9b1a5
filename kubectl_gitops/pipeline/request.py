"""What a command line asks for, as plain values. Commands make them; the pipeline takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kubectl_gitops.cluster.options import ConnectOptions, default_cache
from kubectl_gitops.core.plan import Consent, Mode
from kubectl_gitops.core.prune import Limit


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """Where desired comes from.

    ``path`` None: the folder that ``source`` names; ``rev`` "": HEAD, or the target's ref.
    """

    source: str = "."
    rev: str = ""
    path: str | None = None
    worktree: bool = False
    fetch: bool = True
    cache: Path = field(default_factory=default_cache)


@dataclass(frozen=True, slots=True)
class TargetRequest:
    """Which targets, and how to reach the cluster. ``namespace`` and ``name`` are "" where not given."""

    source: SourceRequest
    connect: ConnectOptions
    targets: tuple[str, ...] = ()
    all_targets: bool = False
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects drift compares: a label selector and ``KIND/NAME`` words; empty means all."""

    selector: str = ""
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """How a writing command may go about it. ``dry_run`` is "none", "client" or "server"; ``timeout`` is in seconds.

    ``confirm`` is asked with the plan in words before a write that prunes, recreates, adopts or forces; None asks
    nobody.
    """

    mode: Mode
    consent: Consent
    dry_run: str = "none"
    prune: bool = True
    prune_data: bool = False
    prune_limit: Limit | None = None
    recreate: bool = False
    allow_rewind: bool = False
    move_inventory: bool = False
    wait: bool = True
    timeout: float = 300.0
    confirm: Callable[[str], bool] | None = None
