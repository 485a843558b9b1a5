"""The source repository as the rest of the program sees it: plain values in, plain values out."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from pathlib import Path

import pygit2

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import export as exporting
from kubectl_gitops.gitrepo import history, mirror
from kubectl_gitops.gitrepo.address import Rewrite, is_url, normalised, split_credentials, without_credentials
from kubectl_gitops.gitrepo.export import LeftOut
from kubectl_gitops.gitrepo.history import Commit, describe
from kubectl_gitops.gitrepo.program import GitFailed
from kubectl_gitops.gitrepo.store import CommitStorage, Store
from kubectl_gitops.gitrepo.tree import Tree, normalise
from kubectl_gitops.gitrepo.worktree import DiskStorage

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def open_source(source: str, cache: Path, fetch: bool = True) -> Repository:
    """Open the repository that SOURCE names: a folder inside a working tree, or a Git address.

    An address is mirrored into ``cache``, and the mirror brought up to date unless ``fetch`` is false.
    Raises SourceError if there is no repository or it can't be read.
    """
    if is_url(source):
        address = split_credentials(source)
        folder = mirror.open_mirror(source, cache, fetch)
        return Repository(
            Store(str(folder), mirror.remote_config(address)), "", fetch=fetch, mirrored=address
        )
    if not os.path.isdir(source):
        what = "is a file, not a folder" if os.path.exists(source) else "does not exist"
        raise SourceError(
            f"the source {source!r} {what}; give a folder inside a Git repository, or a Git address"
        )
    folder = Path(source).resolve()
    git_dir = pygit2.discover_repository(str(folder))
    if git_dir is None:
        raise SourceError(
            f"{folder} is not inside a Git repository; go to one, give its address, or run `git init` and commit there"
        )
    store = Store(git_dir)
    root = store.root
    subpath = "" if root is None else folder.relative_to(root.resolve()).as_posix()
    return Repository(store, "" if subpath == "." else subpath, fetch=fetch)


class Repository:
    """``root`` is the working tree, None for a mirror; ``subpath`` the folder below it that SOURCE named.

    Not for use by several threads at once.
    """

    def __init__(self, store: Store, subpath: str, *, fetch: bool, mirrored: Rewrite | None = None) -> None:
        self._store = store
        self._may_fetch = fetch
        self._mirrored = mirrored
        self._blamed: dict[tuple[str, str], tuple[str, ...]] = {}
        self.root = store.root
        self.subpath = subpath

    def resolve(self, rev: str = "HEAD") -> Commit:
        """The commit that a branch, tag, id or expression such as ``HEAD~2`` names.

        Raises SourceError if there is none, and for a repository without commits.
        """
        repository = self._store.repository
        if rev == "HEAD" and repository.head_is_unborn:
            raise SourceError(
                f"{self._name()} has no commits yet; commit something, or use --worktree where it is offered"
            )
        try:
            found, reference = repository.revparse_ext(rev)
            commit = found.peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise SourceError(f"{self._name()} has no revision {rev!r}{self._hint(rev)}") from error
        return describe(commit, _short(reference.name) if reference is not None else "")

    def remote_tip(self, ref: str, fetch: bool = True) -> Commit:
        """The tip of a branch or tag at the remote ``origin``, fetched first.

        Without ``fetch`` it is the remote-tracking branch (or the tag) that is here; without a remote, the local one.
        Raises SourceError if it can't be had or if both a branch and a tag have the name.
        """
        if not self._has_origin():
            return self._local_tip(ref, ("refs/heads/", "refs/tags/"))
        if fetch:
            self._fetch_ref(ref)
        heads = "refs/heads/" if self._mirrored else "refs/remotes/origin/"
        return self._local_tip(ref, (heads, "refs/kubectl-gitops/tags/", "refs/tags/"))

    def _fetch_ref(self, ref: str) -> None:
        wanted = [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]
        what = f"fetch {ref} from {self._origin()}"
        hint = "--no-fetch uses what is here"
        try:
            answer = self._store.git("ls-remote", "--end-of-options", "origin", *wanted, what=what).decode()
        except GitFailed as error:
            raise SourceError(f"{error}; {hint}") from error
        found = [name for name in (line.partition("\t")[2] for line in answer.splitlines()) if name in wanted]
        if not found:
            raise SourceError(
                f"{self._origin()} has no branch or tag {ref!r}; push it, or correct the target's ref"
            )
        if len(found) > 1:
            raise SourceError(
                f"{self._origin()} has both a branch and a tag {ref!r}; write refs/heads/{ref} or refs/tags/{ref} as the target's ref"
            )
        name = found[0]
        if self._mirrored:
            into = name
        elif name.startswith("refs/heads/"):
            into = "refs/remotes/origin/" + name.removeprefix("refs/heads/")
        else:
            # The user's own tags are not touched; a tag that moved at the remote would overwrite one.
            into = "refs/kubectl-gitops/" + name.removeprefix("refs/")
        try:
            self._store.git(
                *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
                *("--end-of-options", "origin", f"+{name}:{into}"),
                what=what,
            )
        except GitFailed as error:
            raise SourceError(f"{error}; {hint}") from error
        self._store.reopen()

    def _local_tip(self, ref: str, folders: tuple[str, ...]) -> Commit:
        names = [
            folder + _short(ref)
            for folder in folders
            if not ref.startswith("refs/") or _same_sort(folder, ref)
        ]
        for name in names:
            try:
                commit = self._store.repository.references[name].peel(pygit2.Commit)
            except (KeyError, ValueError, pygit2.GitError):
                continue
            return describe(commit, _short(ref))
        raise SourceError(
            f"{self._name()} has no branch or tag {ref!r} here; fetch it, or correct the target's ref"
        )

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
            raise SourceError(
                "a Git address has no working tree; leave out --worktree, or clone the repository"
            )
        return Tree(DiskStorage(self._store.repository, self.root), path)

    def export(self, commit_id: str, destination: Path) -> tuple[LeftOut, ...]:
        """Write the whole revision into a new folder; returns what had to be left out."""
        return exporting.export(CommitStorage(self._store, commit_id), destination)

    def has_commit(self, commit_id: str) -> bool:
        if not _COMMIT_ID.fullmatch(commit_id):
            return False
        return isinstance(self._store.repository.get(commit_id), pygit2.Commit)

    def fetch_commit(self, commit_id: str) -> bool:
        """Get a commit that is not here, by its id and else by completing a shallow clone; whether it is here now."""
        if self.has_commit(commit_id):
            return True
        if not _COMMIT_ID.fullmatch(commit_id) or not self._has_origin() or not self._may_fetch:
            return False
        shallow = self._store.repository.is_shallow
        how = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no")
        attempts = [(*how, *(("--depth=1",) if shallow else ()), "--end-of-options", "origin", commit_id)]
        if shallow:
            attempts.append((*how, "--unshallow", "origin"))
        for attempt in attempts:
            try:
                self._store.git(*attempt, what=f"fetch {commit_id}")
            except GitFailed:
                continue
            self._store.reopen()
            if self.has_commit(commit_id):
                return True
        return False

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` is ``older`` or descends from it.

        A shallow clone that does not reach far enough is completed first. Raises SourceError if that fails, because
        then nobody can tell.
        """
        if older == newer:
            return True
        self._store.commit(newer)
        if self._descends(newer, older):
            return True
        if not self._store.repository.is_shallow:
            return False
        try:
            if not self._may_fetch:
                raise SourceError("fetching is switched off")
            self._store.git(
                "fetch", "--quiet", "--no-tags", "--unshallow", "origin", what="complete this shallow clone"
            )
        except SourceError as error:
            raise SourceError(
                f"can't tell whether {newer[:12]} descends from {older[:12]}, because this clone is shallow"
                f" ({error}); run: git fetch --unshallow"
            ) from error
        self._store.reopen()
        return self._descends(newer, older)

    def _descends(self, newer: str, older: str) -> bool:
        return self.has_commit(older) and self._store.repository.descendant_of(newer, older)

    def identity(self) -> str:
        """What makes this the same repository in any clone: ``host/path`` of origin, else ``root:`` and the first commit.

        Raises SourceError for a shallow clone without a remote, whose first commit is unknown.
        """
        if self._has_origin():
            return normalised(self._store.repository.remotes["origin"].url or "")
        head = self.resolve("HEAD")
        if self._store.repository.is_shallow:
            raise SourceError(
                f"{self._name()} is a shallow clone without the remote origin, so it can't be told which repository it is;"
                " add the remote: git remote add origin ADDRESS"
            )
        commit = self._store.commit(head.id)
        while commit.parent_ids:
            commit = self._store.commit(str(commit.parent_ids[0]))
        return f"root:{commit.id}"

    def default_name(self, path: str) -> str:
        """A name for the inventory of ``path``: a slug of the repository's name and the path, and 8 digits of their hash.

        Without a remote the repository has no name of its own (its folder may be moved) and is called "repository".
        """
        identity = self.identity()
        name = "repository" if identity.startswith("root:") else identity.rpartition("/")[2]
        path = normalise(path)
        digits = hashlib.sha256(f"{identity}\0{path}".encode()).hexdigest()[:8]
        slug = re.sub(r"[^a-z0-9]+", "-", f"{name}-{path}".lower()).strip("-")
        return f"{slug[:40].strip('-')}-{digits}".lstrip("-")

    def dirty(self, path: str = "") -> bool:
        """Whether files below ``path`` differ from HEAD or are not tracked (and not ignored)."""
        if self.root is None:
            return False
        below = ("--", normalise(path)) if normalise(path) else ()
        return bool(
            self._store.git("status", "--porcelain=v1", "-z", *below, what="tell what is uncommitted").strip(
                b"\0"
            )
        )

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
        return max(
            (describe(self._store.commit(one)) for one in ids), key=lambda commit: (commit.time, commit.id)
        )

    def _real(self, commit_id: str, path: str) -> str:
        found = self.snapshot(commit_id).find(normalise(path))
        return found.path if found else normalise(path)

    def _has_origin(self) -> bool:
        return "origin" in self._store.repository.remotes.names()

    def _origin(self) -> str:
        return without_credentials(self._store.repository.remotes["origin"].url or "origin")

    def _name(self) -> str:
        return (
            str(self.root)
            if self.root
            else without_credentials(self._mirrored.shown if self._mirrored else self._store.git_dir)
        )

    def _hint(self, rev: str) -> str:
        names = [
            _short(name)
            for name in self._store.repository.references
            if not name.startswith("refs/kubectl-gitops/")
        ]
        if f"origin/{rev}" in names:
            return f"; did you mean 'origin/{rev}'?"
        close = difflib.get_close_matches(rev, names, n=1)
        return f"; did you mean {close[0]!r}?" if close else "; fetch it with git, or check its spelling"


def _short(name: str) -> str:
    for folder in ("refs/heads/", "refs/tags/", "refs/remotes/"):
        if name.startswith(folder):
            return name.removeprefix(folder)
    return "" if name == "HEAD" else name


def _same_sort(folder: str, ref: str) -> bool:
    return ("tags" in folder) == ref.startswith("refs/tags/")
