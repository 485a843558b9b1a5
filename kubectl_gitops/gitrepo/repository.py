"""The source repository as the rest of the program sees it: plain values in, plain values out."""

from __future__ import annotations

import difflib
from pathlib import Path

import pygit2

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import export as exporting
from kubectl_gitops.gitrepo import fetching, history, mirror
from kubectl_gitops.gitrepo import identity as identities
from kubectl_gitops.gitrepo.address import Rewrite, is_url, split_credentials, without_credentials
from kubectl_gitops.gitrepo.export import LeftOut
from kubectl_gitops.gitrepo.history import Commit, describe
from kubectl_gitops.gitrepo.store import CommitStorage, Store
from kubectl_gitops.gitrepo.tree import Tree, normalise
from kubectl_gitops.gitrepo.worktree import DiskStorage


def open_source(source: str, cache: Path, fetch: bool = True) -> Repository:
    """Open the repository that SOURCE names: a folder inside a working tree, or a Git address.

    An address is mirrored into ``cache``, and the mirror brought up to date unless ``fetch`` is false, which
    also keeps the repository from fetching later. Raises SourceError if there is no repository or it can't be
    read.
    """
    if is_url(source):
        address = split_credentials(source)
        folder = mirror.open_mirror(source, cache, fetch)
        store = Store(str(folder), mirror.remote_config(address))
        return Repository(store, "", fetch=fetch, mirrored=address)
    folder = Path(source).resolve()
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"the source {source!r} {what}; give a folder in a Git repository or an address")
    git_dir = pygit2.discover_repository(str(folder))
    if git_dir is None:
        raise SourceError(f"{folder} is not inside a Git repository; go to one, give its address, or run `git init`")
    store = Store(git_dir)
    subpath = folder.relative_to(store.root.resolve()).as_posix() if store.root else ""
    return Repository(store, "" if subpath == "." else subpath, fetch=fetch)


class Repository:
    """``root`` is the working tree, None for a mirror; ``subpath`` the folder below it that SOURCE named.

    Not for use by several threads at once.
    """

    def __init__(self, store: Store, subpath: str, *, fetch: bool, mirrored: Rewrite | None = None) -> None:
        self._store = store
        self._may_fetch = fetch
        self._mirrored = mirrored
        self._trees: dict[str, Tree] = {}
        self._blamed: dict[tuple[str, str], tuple[str, ...]] = {}
        self.root = store.root
        self.subpath = subpath

    def resolve(self, rev: str = "HEAD") -> Commit:
        """The commit that a branch, tag, id or expression such as ``HEAD~2`` names.

        Raises SourceError if there is none, and for a repository without commits.
        """
        repository = self._store.repository
        if rev == "HEAD" and repository.head_is_unborn:
            raise SourceError(f"{self._name()} has no commits yet; commit something first")
        try:
            found, reference = repository.revparse_ext(rev)
            commit = found.peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise SourceError(f"{self._name()} has no revision {rev!r}{self._hint(rev)}") from error
        # revparse_ext gives no reference for an expression, whatever its annotation says.
        named: pygit2.Reference | None = reference
        return describe(commit, fetching.short(named.name) if named is not None else "")

    def remote_tip(self, ref: str, fetch: bool = True) -> Commit:
        """The tip of a branch or tag at the remote ``origin``, fetched first.

        Without ``fetch`` it is the remote-tracking branch (or the tag) that is here; without a remote, the
        local one. Raises SourceError if it can't be had, or if both a branch and a tag have the name.
        """
        return fetching.remote_tip(self._store, ref, mirror=self._mirrored is not None, fetch=fetch)

    def refresh(self) -> None:
        """Bring a mirror up to date again. Nothing to do for a folder: its HEAD moves by the user's hand."""
        if self._mirrored is not None:
            mirror.update(Path(self._store.git_dir), self._mirrored)
            self._store.reopen()

    def snapshot(self, commit_id: str, path: str = "") -> Tree:
        """The files below ``path`` at a commit. Raises SourceError if there is no such commit or folder."""
        return Tree(CommitStorage(self._store, commit_id), path)

    def worktree(self, path: str = "") -> Tree:
        """The files below ``path`` on disk. Raises SourceError for a mirror, which has none."""
        if self.root is None:
            raise SourceError("a Git address has no working tree; leave out --worktree, or clone it")
        return Tree(DiskStorage(self._store.repository, self.root), path)

    def export(self, commit_id: str, destination: Path) -> tuple[LeftOut, ...]:
        """Write the whole revision into a new folder; returns what had to be left out."""
        return exporting.export(CommitStorage(self._store, commit_id), destination)

    def has_commit(self, commit_id: str) -> bool:
        return fetching.has_commit(self._store, commit_id)

    def fetch_commit(self, commit_id: str) -> bool:
        """Get a commit that is not here from origin; whether it is here now."""
        if self.has_commit(commit_id):
            return True
        return self._may_fetch and fetching.fetch_commit(self._store, commit_id)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` is ``older`` or descends from it.

        A shallow clone that does not reach far enough is completed first. Raises SourceError if that fails,
        because then nobody can tell.
        """
        return fetching.is_ancestor(self._store, older, newer, fetch=self._may_fetch)

    def identity(self) -> str:
        """What makes this the same repository in any clone: ``host/path`` of origin, else ``root:`` and the
        first commit.

        Raises SourceError for a shallow clone without a remote, whose first commit is unknown.
        """
        head = "" if fetching.has_origin(self._store) else self.resolve("HEAD").id
        return identities.identity(self._store, head)

    def default_name(self, path: str) -> str:
        """A name for the inventory of ``path``, the same in every clone; see ``identity.default_name``."""
        return identities.default_name(self.identity(), normalise(path))

    def dirty(self, path: str = "") -> bool:
        """Whether files below ``path`` differ from HEAD or are not tracked (and not ignored)."""
        if self.root is None:
            return False
        below = normalise(path) or "."
        what = "tell what is uncommitted"
        return bool(self._store.git("status", "--porcelain=v1", "-z", "--", below, what=what))

    def last_change(self, commit_id: str, path: str, since: str | None = None) -> Commit | None:
        """The last commit up to ``commit_id`` that changed or removed ``path``; see ``history.last_change``."""
        return history.last_change(self._store, commit_id, self._real(commit_id, path), since)

    def blame(self, commit_id: str, file: str, first_line: int, last_line: int) -> Commit | None:
        """The newest of the commits that last changed these lines (from 1, both included); None if unknown."""
        key = (commit_id, self._real(commit_id, file))
        if key not in self._blamed:
            self._blamed[key] = history.blame(self._store, *key)
        ids = set(self._blamed[key][max(first_line, 1) - 1 : last_line])
        if not ids or "" in ids:
            return None
        commits = [describe(self._store.commit(one)) for one in ids]
        return max(commits, key=lambda commit: (commit.time, commit.id))

    def _real(self, commit_id: str, path: str) -> str:
        if commit_id not in self._trees:
            self._trees[commit_id] = self.snapshot(commit_id)
        found = self._trees[commit_id].find(normalise(path))
        return found.path if found else normalise(path)

    def _name(self) -> str:
        if self._mirrored is not None:
            return without_credentials(self._mirrored.shown)
        return str(self.root or self._store.git_dir)

    def _hint(self, rev: str) -> str:
        names = [name for name in self._store.repository.references if "refs/kubectl-gitops/" not in name]
        if f"refs/remotes/origin/{rev}" in names:
            return f"; did you mean 'origin/{rev}'?"
        close = difflib.get_close_matches(rev, map(fetching.short, names), n=1)
        return f"; did you mean {close[0]!r}?" if close else "; fetch it with git, or check its spelling"
