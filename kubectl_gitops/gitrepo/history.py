"""Who changed what: the last commit of a path and of a line."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pygit2

from kubectl_gitops.gitrepo.program import GitProgramError
from kubectl_gitops.gitrepo.store import Store


class Commit(NamedTuple):
    """``time`` is when the commit was made (the committer's date), RFC 3339 in UTC.

    ``ref`` is the branch or tag that was asked for ("main"), "" if the revision named none.
    """

    id: str
    author: str
    email: str
    time: str
    subject: str
    ref: str = ""


def describe(commit: pygit2.Commit, ref: str = "") -> Commit:
    time = datetime.fromtimestamp(commit.commit_time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    subject = commit.message.strip().partition("\n")[0].strip()
    return Commit(str(commit.id), commit.author.name, commit.author.email, time, subject, ref)


def last_change(store: Store, commit_id: str, path: str, since: str | None = None) -> Commit | None:
    """The last commit up to ``commit_id`` that changed, added or removed ``path``, a file or a folder.

    Walks as ``git log -1 -- PATH`` does: at a merge it follows the first parent that has the same content
    (https://git-scm.com/docs/git-log#_history_simplification). None if nothing changed it after ``since``, or
    if a shallow clone ends before the answer.
    """
    shallow = _shallow_commits(store)
    commit = store.commit(commit_id)
    here = _entry_id(store, commit, path)
    while str(commit.id) != since and str(commit.id) not in shallow:
        parents = [store.commit(str(parent)) for parent in commit.parent_ids]
        same = next((parent for parent in parents if _entry_id(store, parent, path) == here), None)
        if same is None:
            return describe(commit) if parents or here is not None else None
        commit = same
    return None


_NEAR = 300
"""So many commits are looked at in this process before the git program is asked, which takes 10 ms to start."""


def _written_at_once(store: Store, commit_id: str, file: str) -> tuple[str, ...] | None:
    """The lines' commits of a file that is still as the commit that added it made it; None if it may be otherwise.

    A commit that also removes files may have renamed one to this, which git's blame would follow.
    """
    shallow = _shallow_commits(store)
    commit = store.commit(commit_id)
    here = _entry_id(store, commit, file)
    for _ in range(_NEAR):
        if here is None or str(commit.id) in shallow:
            return None
        parents = [store.commit(str(parent)) for parent in commit.parent_ids]
        found = [_entry_id(store, parent, file) for parent in parents]
        if here not in found:
            if any(found) or len(parents) > 1 or not _only_adds(store, str(commit.id)):
                return None
            data = store.repository[here].read_raw()
            return (str(commit.id),) * (data.count(b"\n") + (not data.endswith(b"\n")))
        commit = parents[found.index(here)]
    return None


@lru_cache(maxsize=64)
def _only_adds(store: Store, commit_id: str) -> bool:
    commit = store.commit(commit_id)
    if not commit.parent_ids:
        return True
    changes = store.repository.diff(store.commit(str(commit.parent_ids[0])), commit)
    return all(delta.status != pygit2.enums.DeltaStatus.DELETED for delta in changes.deltas)


def _entry_id(store: Store, commit: pygit2.Commit, path: str) -> str | None:
    entry_id = str(commit.tree_id)
    mode = pygit2.enums.FileMode.TREE
    for part in path.split("/") if path else ():
        tree = store.tree(entry_id) if mode == pygit2.enums.FileMode.TREE else None
        if tree is None or part not in tree:
            return None
        entry = tree[part]
        entry_id, mode = str(entry.id), pygit2.enums.FileMode(entry.filemode)
    return entry_id


def _shallow_commits(store: Store) -> frozenset[str]:
    """Commits at which a shallow clone ends; what they seem to add may be older."""
    if not store.repository.is_shallow:
        return frozenset()
    git_dir = Path(store.repository.path)
    common = git_dir / "commondir"
    if common.is_file():
        git_dir = git_dir / common.read_text().strip()
    return frozenset((git_dir / "shallow").read_text().split())


_LINE = re.compile(rb"([0-9a-f]{40,64}) \d+ (\d+)(?: \d+)?")


def blame(store: Store, commit_id: str, file: str) -> tuple[str, ...]:
    """For each line of the file, the commit that last changed it; "" where a shallow clone ends too early.

    Empty if the file can't be blamed, for example because it does not exist at the commit.
    """
    whole = _written_at_once(store, commit_id, file)
    if whole is not None:
        return whole
    try:
        answer = store.git(
            *("blame", "--porcelain", commit_id, "--", file),
            what=f"tell who changed {file}",
        )
    except GitProgramError:
        return ()
    shallow = _shallow_commits(store)
    lines: list[str] = []
    current = ""
    for line in answer.split(b"\n"):
        if line.startswith(b"\t"):
            lines.append(current)
        elif header := _LINE.fullmatch(line):
            current = header[1].decode()
    return tuple("" if line in shallow else line for line in lines)
