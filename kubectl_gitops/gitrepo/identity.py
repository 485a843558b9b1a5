"""Which repository this is, in any clone of it, and the name that gives an inventory."""

from __future__ import annotations

import hashlib
import re

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo.address import normalised
from kubectl_gitops.gitrepo.fetching import has_origin
from kubectl_gitops.gitrepo.store import Store

_LONGEST_SLUG = 40


def identity(store: Store, head: str) -> str:
    """``host/path`` of origin, else ``root:`` and the id of the commit at the start of ``head``'s
    first-parent line.

    Raises SourceError for a shallow clone without a remote: where it starts is unknown.
    """
    if has_origin(store):
        return normalised(store.repository.remotes["origin"].url or "")
    if store.repository.is_shallow:
        raise SourceError(
            "this is a shallow clone without the remote origin, so it can't be told which repository it is;"
            " add the remote: git remote add origin ADDRESS"
        )
    commit = store.commit(head)
    while commit.parent_ids:
        commit = store.commit(str(commit.parent_ids[0]))
    return f"root:{commit.id}"


def default_name(identity: str, path: str) -> str:
    """A slug of the repository's name and the path, and 8 hex digits of their hash.

    Without a remote the repository has no name of its own (its folder may be moved) and is called
    "repository".
    """
    name = "repository" if identity.startswith("root:") else identity.rpartition("/")[2]
    digits = hashlib.sha256(f"{identity}\0{path}".encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", f"{name}-{path}".lower()).strip("-")
    return f"{slug[:_LONGEST_SLUG].strip('-')}-{digits}".lstrip("-")
