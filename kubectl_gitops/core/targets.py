"""What ``gitops.yaml`` says, and the rules of which targets a command is about and what their inventories are
called.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import Pattern
from kubectl_gitops.core.prune import DEFAULT_LIMIT, Limit
from kubectl_gitops.errors import UsageError

_LONGEST_NAME = 253
"""Of a ConfigMap: a DNS-1123 subdomain
(https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
"""
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Target:
    """One environment. Empty text means "not given"; ``path`` and ``values`` are relative to the repository's
    root.

    ``name`` is "" for the one target of a repository that declares none. ``allowed_signers`` is the file of
    ``signatures.allowedSigners``.
    """

    name: str = ""
    path: str = ""
    context: str = ""
    cluster: str = ""
    namespace: str = ""
    ref: str = ""
    release: str = ""
    values: tuple[str, ...] = ()
    allowed_signers: str = ""


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """Fields that drift and writes leave alone. ``kind`` is exact, ``name`` and ``namespace`` are globs, ""
    is any.

    ``text`` is the path as written, ``line`` where the rule stands in gitops.yaml.
    """

    kind: str
    name: str
    namespace: str
    path: Pattern
    text: str
    reason: str
    expires: date | None
    line: int

    @property
    def title(self) -> str:
        """How a report names the rule."""
        return f"gitops.yaml:{self.line}"


@dataclass(frozen=True, slots=True)
class Config:
    """``gitops.yaml``; as it is here, that of a repository without one.

    ``people`` are field managers that count as a person's tool beside those that always do. ``check`` is the
    section of that name as decoded, for the checks to read.
    """

    name: str = ""
    targets: tuple[Target, ...] = ()
    ignore: tuple[IgnoreRule, ...] = ()
    prune_limit: Limit = DEFAULT_LIMIT
    people: tuple[str, ...] = ()
    check: Mapping[str, Json] = field(default_factory=dict)


def choose_targets(
    config: Config,
    names: Iterable[str],
    *,
    all_targets: bool,
    current_context: str,
    source_subpath: str,
    connection_flag: bool,
) -> tuple[Target, ...]:
    """The targets that a command is about, in the order asked for and else that of ``gitops.yaml``.

    ``names`` are those of ``-t``; ``connection_flag`` says whether ``--context`` or ``--cluster`` was given,
    and ``current_context`` is the context in force, that flag included. Without targets in the file it is one
    without a name, for ``source_subpath``. A target that names no context fits any. Raises UsageError with
    the choices.
    """
    asked = tuple(dict.fromkeys(names))
    if (asked or all_targets) and connection_flag:
        flag = "-t" if asked else "--all-targets"
        raise UsageError(f"{flag} can't go with --context or --cluster: a target names its own; leave one out")
    if asked and all_targets:
        raise UsageError("-t and --all-targets exclude each other; leave one out")
    if not config.targets:
        if asked:
            raise UsageError(f"there is no target {asked[0]!r}: gitops.yaml declares none; leave out -t")
        return (Target(path=source_subpath),)
    if asked:
        return tuple(_named(config.targets, name) for name in asked)
    if all_targets:
        return config.targets
    fitting = tuple(
        target
        for target in config.targets
        if target.context in ("", current_context) and _contains(target.path, source_subpath)
    )
    if len(fitting) == 1:
        return fitting
    problem = "several targets fit" if fitting else "no target fits"
    where = f"the context {current_context!r}" if current_context else "no current context"
    if source_subpath:
        where += f" and the path {source_subpath!r}"
    shown = ", ".join(_shown(target) for target in fitting or config.targets)
    raise UsageError(f"{problem} {where}; choose with -t from {shown}")


def _named(targets: tuple[Target, ...], name: str) -> Target:
    for target in targets:
        if target.name == name:
            return target
    known = [target.name for target in targets]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
    raise UsageError(f"there is no target {name!r} in gitops.yaml; {hint}")


def _contains(path: str, source: str) -> bool:
    """Whether SOURCE lies in the target's path.

    The repository's root as SOURCE asks for no path in particular.
    """
    return source in ("", path) or path == "" or source.startswith(path + "/")


def _shown(target: Target) -> str:
    place = ", ".join(part for part in (target.context and f"context {target.context}", target.path) if part)
    return f"{target.name} ({place})" if place else target.name


def inventory_name(config: Config, target: Target, default_name: str, override: str = "") -> str:
    """``gitops-NAME-TARGET``, or ``gitops-NAME`` for a target without a name; a valid name for a ConfigMap.

    NAME is ``override`` (``--name``), else that of ``gitops.yaml``, else the repository's ``default_name``. A
    name that would be too long ends in 8 hex digits of its hash instead. Raises UsageError for an impossible
    ``override``.
    """
    if override and (not _SUBDOMAIN.fullmatch(override) or len(override) > _LONGEST_NAME):
        raise UsageError(
            f"--name {override!r} is no Kubernetes name; use at most 253 lower-case letters, digits, '-' and '.'"
        )
    name = override or config.name or default_name
    full = f"gitops-{name}-{target.name}" if target.name else f"gitops-{name}"
    if len(full) <= _LONGEST_NAME:
        return full
    digits = hashlib.sha256(full.encode()).hexdigest()[:8]
    return f"{full[: _LONGEST_NAME - 9].rstrip('-.')}-{digits}"
