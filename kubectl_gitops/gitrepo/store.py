"""One opened repository: its objects through pygit2, everything that needs the network through the git
program.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pygit2

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import program
from kubectl_gitops.gitrepo.tree import Entry, Kind, join


class Store:
    """Not for use by several threads at once: libgit2's repository handle is not safe for that."""

    def __init__(self, git_dir: str, remote_config: Sequence[tuple[str, str]] = ()) -> None:
        """``remote_config`` goes with every call of the git program (credentials that a URL brought)."""
        self.git_dir = git_dir
        self._remote_config = tuple(remote_config)
        self.repository = open_repository(git_dir)

    @property
    def root(self) -> Path | None:
        workdir = self.repository.workdir
        return Path(workdir) if workdir else None

    def git(self, *arguments: str, what: str) -> bytes:
        """Run the git program here. What it brought is visible afterwards."""
        return program.run(self.root or Path(self.git_dir), *arguments, what=what, extra_config=self._remote_config)

    def reopen(self) -> None:
        """Forget what libgit2 remembers of packs, references and shallow commits, after a fetch changed them."""
        self.repository.free()
        self.repository = open_repository(self.git_dir)

    def commit(self, commit_id: str) -> pygit2.Commit:
        """Raises SourceError if this repository has no such commit."""
        try:
            found: object = self.repository[commit_id]
        except (KeyError, ValueError):
            found = None
        if isinstance(found, pygit2.Commit):
            return found
        raise SourceError(f"there is no commit {commit_id} here; fetch it with git, or check the revision")

    def tree(self, tree_id: str) -> pygit2.Tree:
        """Raises SourceError if the folder is missing or broken, as ``blob`` does for a file."""
        found = self._get(tree_id)
        if isinstance(found, pygit2.Tree):
            return found
        raise self._broken(tree_id)

    def blob(self, blob_id: str) -> bytes:
        found = self._get(blob_id)
        if isinstance(found, pygit2.Blob):
            return found.data
        raise self._broken(blob_id)

    def _get(self, object_id: str) -> object:
        """An object that a commit refers to; a partial clone fetches it now."""
        try:
            return self.repository[object_id]
        except KeyError:
            self.require([object_id])
        try:
            return self.repository[object_id]
        except KeyError:
            raise self._broken(object_id) from None

    def _broken(self, object_id: str) -> SourceError:
        return SourceError(f"the Git object {object_id} is missing from {self.git_dir}; run `git fsck` there")

    def require(self, ids: Iterable[str]) -> None:
        """Fetch those of the objects that a partial clone left out, in one go."""
        remote = self._promisor
        if remote is None:
            return
        missing = sorted({one for one in ids if one not in self.repository})
        for start in range(0, len(missing), 500):
            # The way that git itself fetches missing objects: no negotiation, as nothing here can be built
            # upon.
            self.git(
                *(
                    "-c",
                    "fetch.negotiationAlgorithm=noop",
                    "fetch",
                    "--quiet",
                    "--no-tags",
                    "--no-write-fetch-head",
                ),
                *("--recurse-submodules=no", "--filter=blob:none", remote, *missing[start : start + 500]),
                what="fetch files that this partial clone left out",
            )
        if missing:
            self.reopen()

    @cached_property
    def _promisor(self) -> str | None:
        config = self.repository.config
        if "extensions.partialclone" in config:
            return config["extensions.partialclone"]
        return next((entry.name.split(".")[1] for entry in config if entry.name.endswith(".promisor")), None)


def open_repository(git_dir: str) -> pygit2.Repository:
    """Raises SourceError in words that say what to do."""
    try:
        return pygit2.Repository(git_dir)
    except (pygit2.GitError, KeyError) as error:
        raise SourceError(_why_not_opened(git_dir, str(error))) from error


def _why_not_opened(git_dir: str, reason: str) -> str:
    if "not owned by" in reason:
        folder = git_dir.rstrip("/").removesuffix("/.git")
        return (
            f"the repository {folder} belongs to another user, so Git refuses to read it; "
            f"if you trust it, run: git config --global --add safe.directory {folder}"
        )
    return f"the repository {git_dir} can't be opened: {reason}"


class CommitStorage:
    """The tree of one commit, for ``Tree``."""

    def __init__(self, store: Store, commit_id: str) -> None:
        self._store = store
        self._root = store.commit(commit_id).tree_id
        self._folders: dict[str, dict[str, Entry]] = {}
        self.place = f"at revision {commit_id[:12]}"

    def entries(self, folder: str) -> Mapping[str, Entry]:
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = self._list(folder)
        return known

    def _list(self, folder: str) -> dict[str, Entry]:
        above, _, name = folder.rpartition("/")
        tree = self._store.tree(self.entries(above)[name].id if folder else str(self._root))
        return {os.fsdecode(entry.raw_name or b""): _entry(entry) for entry in tree}

    def link(self, path: str) -> str:
        above, _, name = path.rpartition("/")
        return os.fsdecode(self.content(join(above, name), self.entries(above)[name]))

    def blob_ids(self, paths: Sequence[tuple[str, Entry]]) -> list[str]:
        ids = [entry.id for _, entry in paths]
        self._store.require(ids)
        return ids

    def content(self, _path: str, entry: Entry) -> bytes:
        return self._store.blob(entry.id)


_KINDS = {
    pygit2.enums.FileMode.TREE: Kind.FOLDER,
    pygit2.enums.FileMode.LINK: Kind.LINK,
    pygit2.enums.FileMode.COMMIT: Kind.SUBMODULE,
}


def _entry(entry: pygit2.Object) -> Entry:
    return Entry(_KINDS.get(pygit2.enums.FileMode(entry.filemode), Kind.FILE), str(entry.id))
