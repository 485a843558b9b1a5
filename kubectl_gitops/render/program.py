"""Running a renderer, and saying why it failed without repeating what is secret."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from kubectl_gitops.errors import SourceError
from kubectl_gitops.render.redaction import redact

SECONDS = 60
_LONGEST_REASON = 500
# Git sets these for its hooks; a renderer that runs git for a remote base would be led astray by them.
_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
_VERSION = re.compile(r"v\d+\.\d+(?:\.\d+)?(?:[-+][0-9A-Za-z.-]+)?")
_KLOG = re.compile(r'^[EF]\d{4} .*?err=(".*")$')
_NOISE = re.compile(r"^(WARNING:|W\d{4} |I\d{4} |#|Use --debug|level=(INFO|WARN))|^\s*$")


class RendererError(SourceError):
    """The renderer ended with an error, or did not end."""


def run(command: Sequence[str], what: str, secrets: Callable[[], frozenset[str]], *, hide: Sequence[str] = ()) -> bytes:
    """The program's standard output.

    ``what`` begins the sentence of a failure. ``secrets`` gives, when it is needed, the values to leave out
    of it; ``hide`` are prefixes of paths (of a temporary folder) that mean nothing to a person. Raises
    RendererError if the program fails or takes longer than 60 s.
    """
    env = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            out, err = process.communicate(timeout=SECONDS)
        except BaseException as error:
            # The programs that it started go with it: they hold the pipes open.
            os.killpg(process.pid, signal.SIGKILL)
            if isinstance(error, subprocess.TimeoutExpired):
                raise RendererError(f"{what}: it took longer than {SECONDS} s; look for a remote base") from None
            raise
    if process.returncode:
        text = err.decode("utf-8", "replace")
        for prefix in hide:
            text = text.replace(prefix, "")
        raise RendererError(f"{what}: {reason(text, secrets())}")
    return out


def reason(stderr: str, secrets: frozenset[str]) -> str:
    """The first lines of an error output that say something, in one line and without the secret values."""
    lines = [_plain(line) for line in redact(stderr, secrets).splitlines() if not _NOISE.match(line)]
    told = "; ".join(line for line in lines[:3] if line) or "it gave no reason"
    return told if len(told) <= _LONGEST_REASON else told[: _LONGEST_REASON - 1] + "…"


def _plain(line: str) -> str:
    logged = _KLOG.match(line)
    if logged:
        line = logged[1][1:-1].replace('\\"', '"').replace("\\n", " ").replace("\\t", " ")
    return line.strip().removeprefix("error: ").removeprefix("Error: ")


def find(program: str) -> str | None:
    """Where the program is on the PATH."""
    return shutil.which(program)


@lru_cache
def version(command: tuple[str, ...], pattern: str = "") -> str:
    """What the program says its version is, ``v5.5.0``. ``pattern`` is a regular expression of what precedes
    it.
    """
    out = run(command, f"{Path(command[0]).name} can't tell its version", frozenset).decode("utf-8", "replace")
    found = re.search(pattern + f"({_VERSION.pattern})", out)
    return found[1] if found else "unknown version"
