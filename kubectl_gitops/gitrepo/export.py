"""Writing a whole revision into a folder, for the renderers, which only read folders."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo.store import CommitStorage
from kubectl_gitops.gitrepo.tree import Entry, Kind, LinkError, Tree, join


class LeftOut(NamedTuple):
    """Something of the revision that an export does not hold. ``reason`` ends the sentence "path …"."""

    path: str
    reason: str


def export(storage: CommitStorage, destination: Path) -> tuple[LeftOut, ...]:
    """Write every file of the revision below ``destination``, which must be new or empty, and give it mode
    0700.

    Content is written byte for byte: no line-end conversion, no filters. Symbolic links that lead out of the
    repository and submodules are left out and returned.
    """
    destination.mkdir(mode=0o700, parents=True, exist_ok=True)
    destination.chmod(0o700)
    tree = Tree(storage)
    files: list[tuple[str, Entry]] = []
    links: list[str] = []
    left_out: list[LeftOut] = []
    ahead = [""]
    while ahead:
        folder = ahead.pop()
        for name, entry in storage.entries(folder).items():
            path = join(folder, name)
            if name in (".", "..", "") or name.lower() == ".git" or "/" in name:
                raise SourceError(f"the name {path!r} {storage.place} is not one that Git allows; refusing to write it")
            match entry.kind:
                case Kind.FILE:
                    files.append((path, entry))
                case Kind.LINK:
                    links.append(path)
                case Kind.FOLDER:
                    (destination / path).mkdir(mode=0o700)
                    ahead.append(path)
                case Kind.SUBMODULE:
                    left_out.append(LeftOut(path, "is a submodule, and those are not read"))
    storage.blob_ids(files)
    for path, entry in files:
        _write(destination / path, storage.content(path, entry))
    # Links come last, so that no file can be written through one.
    for path in links:
        try:
            tree.find(path)
        except LinkError:
            left_out.append(LeftOut(path, f"is a symbolic link out of the repository, to {storage.link(path)!r}"))
        else:
            (destination / path).symlink_to(storage.link(path))
    return tuple(sorted(left_out))


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
