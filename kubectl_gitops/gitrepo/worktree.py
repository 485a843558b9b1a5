"""The files on disk, as ``--worktree`` reads them: what a commit of everything would hold."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pygit2

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo.tree import Entry, Kind, join


class DiskStorage:
    """The working tree, for ``Tree``.

    Files that Git ignores and does not track are left out, as a commit would.
    """

    place = "in the working tree"

    def __init__(self, repository: pygit2.Repository, root: Path) -> None:
        self._repository = repository
        self._root = root
        self._folders: dict[str, dict[str, Entry]] = {}
        repository.index.read()
        self._tracked = {entry.path for entry in repository.index}

    def entries(self, folder: str) -> Mapping[str, Entry]:
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._list(folder)
        return known

    def _list(self, folder: str) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        try:
            with os.scandir(self._root / folder) as inside:
                for item in inside:
                    kind = _kind(item)
                    path = join(folder, item.name)
                    if kind is not None and item.name != ".git" and self._counts(path, kind):
                        found[item.name] = Entry(kind)
        except OSError as error:
            raise SourceError(f"{folder or self._root}: can't be read: {error.strerror}") from error
        return found

    def _counts(self, path: str, kind: Kind) -> bool:
        if path in self._tracked:
            return True
        # A folder may be ignored and still hold tracked files, so it is looked into.
        if kind is Kind.FOLDER:
            return not self._repository.path_is_ignored(path + "/") or any(
                tracked.startswith(path + "/") for tracked in self._tracked
            )
        return not self._repository.path_is_ignored(path)

    def link(self, path: str) -> str:
        return str((self._root / path).readlink())

    def blob_ids(self, paths: Sequence[tuple[str, Entry]]) -> list[str]:
        return [str(pygit2.hash(self.content(path, entry))) for path, entry in paths]

    def content(self, path: str, _entry: Entry) -> bytes:
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise SourceError(f"{path}: can't be read: {error.strerror}") from error


def _kind(item: os.DirEntry[str]) -> Kind | None:
    """None for what Git would not store: sockets, pipes, devices."""
    if item.is_symlink():
        return Kind.LINK
    if item.is_dir():
        return Kind.SUBMODULE if Path(item.path, ".git").exists() else Kind.FOLDER
    return Kind.FILE if item.is_file() else None
