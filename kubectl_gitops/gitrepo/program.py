"""The git program: fetching and cloning, because it brings the user's credentials, proxies and SSH set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo.address import without_credentials

# Git sets GIT_DIR, GIT_INDEX_FILE and more for its hooks, and they would redirect our own calls to the
# repository that is being committed to. These few carry how the user connects, and are kept.
_KEPT = frozenset(
    {
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_SYSTEM",
        "GIT_EXEC_PATH",
        "GIT_HTTP_PROXY_AUTHMETHOD",
        "GIT_PROXY_COMMAND",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_TERMINAL_PROMPT",
    }
)
_KEPT_PREFIXES = ("GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_SSL_")

# ext:: runs any command that an address names; no address needs it. No optional locks: reading must not
# disturb a git that the user runs at the same time.
_ALWAYS = (
    "--no-optional-locks",
    "--literal-pathspecs",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "core.fsmonitor=false",
)


class GitProgramError(SourceError):
    """The git program ended with an error; the sentence holds what it said, without credentials."""


def environment(extra_config: Sequence[tuple[str, str]] = ()) -> dict[str, str]:
    """The environment for the git program. ``extra_config`` is handed over without showing up in process
    lists.
    """
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT or name.startswith(_KEPT_PREFIXES)
    }
    env["LC_ALL"] = "C"
    env["GIT_HTTP_LOW_SPEED_LIMIT"] = "1"
    env["GIT_HTTP_LOW_SPEED_TIME"] = "60"
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        env["GIT_TERMINAL_PROMPT"] = "0"
    if extra_config:
        start = int(env.get("GIT_CONFIG_COUNT") or 0)
        for number, (key, value) in enumerate(extra_config, start):
            env[f"GIT_CONFIG_KEY_{number}"] = key
            env[f"GIT_CONFIG_VALUE_{number}"] = value
        env["GIT_CONFIG_COUNT"] = str(start + len(extra_config))
    return env


def run(folder: Path | None, *arguments: str, what: str, extra_config: Sequence[tuple[str, str]] = ()) -> bytes:
    """Run git in a folder and return its standard output.

    ``what`` ends the sentence "git could not …". Raises GitProgramError if git fails, SourceError if there is
    no git.
    """
    program = shutil.which("git")
    if program is None:
        raise SourceError(f"git could not {what}: there is no git program on the PATH; install git")
    where = ("-C", str(folder)) if folder else ()
    done = subprocess.run(
        [program, *where, *_ALWAYS, *arguments],
        env=environment(extra_config),
        stdin=None if _asks() else subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise GitProgramError(f"git could not {what}: {_complaint(done.stderr, dict(extra_config))}")
    return done.stdout


def _asks() -> bool:
    return bool(sys.stdin) and sys.stdin.isatty()


def _complaint(stderr: bytes, hidden: Mapping[str, str]) -> str:
    """What git said, in one line: its fatal and error lines if there are any, else its last line."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "Host key", "Permission"))]
    chosen = (marked or lines[-1:] or ["it gave no reason"])[:3]
    text = "; ".join(line.removeprefix("fatal: ").removeprefix("error: ") for line in chosen)
    for secret in hidden:
        text = text.replace(secret.removeprefix("url.").removesuffix(".insteadOf"), "the address")
    return without_credentials(text)
