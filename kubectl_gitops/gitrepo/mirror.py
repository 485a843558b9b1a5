"""Bare mirrors of remote repositories in the cache folder, shared by processes that run at the same time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import program
from kubectl_gitops.gitrepo.address import Rewrite, helper, split_credentials, without_credentials


def remote_config(address: Rewrite) -> tuple[tuple[str, str], ...]:
    """Makes git connect with the credentials of a URL while the mirror's own configuration stays free of
    them.
    """
    if address.shown == address.secret:
        return ()
    return ((f"url.{address.secret}.insteadOf", address.shown),)


def open_mirror(url: str, cache: Path, fetch: bool) -> Path:
    """The folder of the mirror for ``url``, cloned if it is new and brought up to date if ``fetch`` says so.

    Raises SourceError if the repository can't be had; ``url`` is shown without credentials.
    """
    shown = without_credentials(url)
    if helper(url) in ("ext", "fd"):
        raise SourceError(f"the address {shown!r} would run a command; give an https, ssh or file address")
    if "://" in url and "?" in url:
        # It would be stored and shown with what may be a token, or two repositories would share a mirror.
        raise SourceError(f"the address {shown!r} has a query; leave it out, and give tokens by a credential helper")
    address = split_credentials(url)
    folder = cache / _folder_name(address.shown)
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock(folder.with_suffix(".lock")):
            if folder.is_dir():
                if fetch:
                    update(folder, address)
            elif fetch:
                _clone(address, folder)
            else:
                raise SourceError(f"there is no copy of {shown} here yet; leave out --no-fetch once")
    except OSError as error:
        raise SourceError(f"the cache folder {cache} can't be used: {error.strerror}") from error
    return folder


def update(folder: Path, address: Rewrite) -> None:
    """Fetch everything, and follow the remote's default branch. Raises SourceError, with what git said."""
    shown = without_credentials(address.shown)
    config = remote_config(address)
    what = f"fetch {shown}"
    try:
        program.run(folder, "fetch", "--quiet", "--prune", "--force", "origin", what=what, extra_config=config)
        answer = program.run(folder, "ls-remote", "--symref", "origin", "HEAD", what=what, extra_config=config)
    except program.GitProgramError as error:
        raise SourceError(f"{error}; --no-fetch uses the copy that is here") from error
    head = re.match(rb"ref: (refs/heads/[^\t]+)\tHEAD", answer)
    if head:
        program.run(folder, "symbolic-ref", "HEAD", os.fsdecode(head[1]), what=what)


def _clone(address: Rewrite, folder: Path) -> None:
    """Clone beside the final place and move it there whole, so that a broken clone never looks like a mirror."""
    shown = without_credentials(address.shown)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".clone-"))
    try:
        program.run(
            None, "clone", "--quiet", "--mirror", "--", address.shown, str(scratch / "mirror"),
            what=f"clone {shown}", extra_config=remote_config(address),
        )  # fmt: skip
        # Commits that the remote forgets after a force-push may be the base of what is deployed.
        program.run(scratch / "mirror", "config", "gc.pruneExpire", "never", what="set up the mirror")
        (scratch / "mirror").rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _folder_name(address: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\.git/?$", "", address).lower()).strip("-")[-40:].strip("-")
    return f"{slug}-{hashlib.sha256(address.encode()).hexdigest()[:16]}.git"


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Held until the block ends or the process dies, whichever comes first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
