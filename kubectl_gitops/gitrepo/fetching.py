"""Getting what is not here from the remote ``origin``: a target's branch or tag, one commit, a whole history."""

from __future__ import annotations

import re

import pygit2

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo.address import without_credentials
from kubectl_gitops.gitrepo.history import Commit, describe
from kubectl_gitops.gitrepo.program import GitProgramError
from kubectl_gitops.gitrepo.store import Store

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_QUIETLY = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no")
_OWN_TAGS = "refs/kubectl-gitops/tags/"


def has_origin(store: Store) -> bool:
    return "origin" in store.repository.remotes.names()


def origin(store: Store) -> str:
    """The remote's address, without credentials."""
    return without_credentials(store.repository.remotes["origin"].url or "origin")


def short(name: str) -> str:
    """``refs/heads/main`` → ``main``; "" for HEAD, which is no name."""
    for folder in ("refs/heads/", "refs/tags/", "refs/remotes/"):
        if name.startswith(folder):
            return name.removeprefix(folder)
    return "" if name == "HEAD" else name


def remote_tip(store: Store, ref: str, *, mirror: bool, fetch: bool) -> Commit:
    """The tip of a branch or tag at origin; see ``Repository.remote_tip``."""
    if not has_origin(store):
        return _tip_here(store, ref, ("refs/heads/", "refs/tags/"))
    if fetch:
        fetch_ref(store, ref, mirror=mirror)
    heads = "refs/heads/" if mirror else "refs/remotes/origin/"
    return _tip_here(store, ref, (heads, _OWN_TAGS, "refs/tags/"))


def fetch_ref(store: Store, ref: str, *, mirror: bool) -> None:
    """Raises SourceError if origin can't be reached, has no such ref, or has both a branch and a tag of the
    name.
    """
    wanted = [ref] if ref.startswith("refs/") else [f"refs/heads/{ref}", f"refs/tags/{ref}"]
    where = origin(store)
    try:
        answer = store.git("ls-remote", "--end-of-options", "origin", *wanted, what=f"ask {where} for {ref}")
        names = [line.partition("\t")[2] for line in answer.decode().splitlines()]
        found = [name for name in names if name in wanted]
        if not found:
            raise SourceError(f"{where} has no branch or tag {ref!r}; push it, or correct the target's ref")
        if len(found) > 1:
            raise SourceError(
                f"{where} has both a branch and a tag {ref!r};"
                f" write refs/heads/{ref} or refs/tags/{ref} as the target's ref"
            )
        refspec = f"+{found[0]}:{_destination(found[0], mirror)}"
        store.git(*_QUIETLY, "--end-of-options", "origin", refspec, what=f"fetch {ref} from {where}")
    except GitProgramError as error:
        raise SourceError(f"{error}; --no-fetch uses what is here") from error
    store.reopen()


def _destination(name: str, mirror: bool) -> str:
    if mirror:
        return name
    if name.startswith("refs/heads/"):
        return "refs/remotes/origin/" + name.removeprefix("refs/heads/")
    # The user's own tags are not touched: one that moved at the remote would be overwritten here.
    return "refs/kubectl-gitops/" + name.removeprefix("refs/")


def _tip_here(store: Store, ref: str, folders: tuple[str, ...]) -> Commit:
    for folder in folders:
        if ref.startswith("refs/") and ("tags" in folder) != ref.startswith("refs/tags/"):
            continue
        try:
            commit = store.repository.references[folder + short(ref)].peel(pygit2.Commit)
        except (KeyError, ValueError, pygit2.GitError):
            continue
        return describe(commit, short(ref))
    raise SourceError(f"there is no branch or tag {ref!r} here; fetch it, or correct the target's ref")


def has_commit(store: Store, commit_id: str) -> bool:
    found: object = store.repository.get(commit_id) if _COMMIT_ID.fullmatch(commit_id) else None
    return isinstance(found, pygit2.Commit)


def fetch_commit(store: Store, commit_id: str) -> bool:
    """Get a commit by its id, else by completing a shallow clone; whether it is here now."""
    if not _COMMIT_ID.fullmatch(commit_id) or not has_origin(store):
        return False
    shallow = store.repository.is_shallow
    attempts = [(*_QUIETLY, *(("--depth=1",) if shallow else ()), "--end-of-options", "origin", commit_id)]
    if shallow:
        attempts.append((*_QUIETLY, "--unshallow", "origin"))
    for attempt in attempts:
        try:
            store.git(*attempt, what=f"fetch {commit_id}")
        except GitProgramError:
            continue
        store.reopen()
        if has_commit(store, commit_id):
            return True
    return False


def is_ancestor(store: Store, older: str, newer: str, *, fetch: bool) -> bool:
    """Whether ``newer`` is or descends from ``older``; see ``Repository.is_ancestor``."""
    store.commit(newer)
    if older == newer or _descends(store, newer, older):
        return True
    if not store.repository.is_shallow:
        return False
    unsure = f"can't tell whether {newer[:12]} descends from {older[:12]}, because this clone is shallow"
    if not fetch or not has_origin(store):
        raise SourceError(f"{unsure}; run: git fetch --unshallow")
    try:
        store.git(*_QUIETLY, "--unshallow", "origin", what="complete this shallow clone")
    except GitProgramError as error:
        raise SourceError(f"{unsure} ({error}); run: git fetch --unshallow") from error
    store.reopen()
    return _descends(store, newer, older)


def _descends(store: Store, newer: str, older: str) -> bool:
    return has_commit(store, older) and store.repository.descendant_of(newer, older)
