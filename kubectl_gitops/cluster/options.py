"""How to reach a cluster: kubectl's own flags, as plain values."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from kubectl_gitops.errors import UsageError

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """A duration as kubectl's ``--request-timeout`` takes it (``30s``, ``1m30s``, ``5``, ``0``), in seconds.

    Raises UsageError when the text is no duration.
    """
    word = text.strip()
    if re.fullmatch(r"\d+", word):
        return float(word)
    if not _DURATION.fullmatch(word):
        raise UsageError(f"{text!r} is no duration; write it like 30s, 1m30s, or 0 for no limit")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(word))


def default_cache() -> Path:
    """Where discovery and schemas are kept between runs: below ``$XDG_CACHE_HOME``, else ``~/.cache``."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "kubectl-gitops"


@dataclass(frozen=True, slots=True)
class ConnectOptions:
    """kubectl's flags of the same names; "" and None stand for a flag that was not given.

    ``request_timeout`` is in seconds for one request with all its retries, 0 for no limit. ``concurrency``
    is how many connections are kept open at most.
    """

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    user: str = ""
    server: str = ""
    token: str = field(default="", repr=False)
    certificate_authority: str = ""
    insecure_skip_tls_verify: bool = False
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    request_timeout: float = 0
    verbosity: int = 0
    concurrency: int = 8
    cache: Path = field(default_factory=default_cache)
