"""Base: the objects as they were last written, read again from Git at the commits that the inventory names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kubectl_gitops.core.declared import Declared
from kubectl_gitops.core.inventory import Inventory
from kubectl_gitops.core.objects import Body, Key
from kubectl_gitops.errors import GitOpsError
from kubectl_gitops.gitrepo import Repository

Load = Callable[[str], tuple[tuple[Declared, ...], str]]
"""Renders a revision of the source: its objects as they are sent, and the renderer with its version."""


class Bases:
    """Reads a revision when the first object asks for it, because most runs never need one."""

    def __init__(self, inventory: Inventory | None, repository: Repository, load: Load) -> None:
        self._inventory = inventory
        self._repository = repository
        self._load = load
        self._revisions: dict[str, Mapping[Key, Body] | str] = {}

    def of(self, key: Key) -> Body | None:
        """The object as it was last written; None when it never was, or when that can't be read again."""
        found = self._objects(key)
        return found.get(key) if isinstance(found, Mapping) else None

    def missing(self, key: Key) -> str:
        """Why the object has no base, in words; "" when its revision could be read and does not declare it."""
        found = self._objects(key)
        return found if isinstance(found, str) else ""

    def _objects(self, key: Key) -> Mapping[Key, Body] | str:
        inventory = self._inventory
        if inventory is None:
            return "it was never applied by this target"
        revision = inventory.behind.get(key, inventory.revision)
        if not revision:
            return "it was never applied successfully"
        if revision not in self._revisions:
            self._revisions[revision] = self._read(revision, inventory.renderer)
        return self._revisions[revision]

    def _read(self, revision: str, renderer: str) -> Mapping[Key, Body] | str:
        short = revision[:12]
        if not self._repository.fetch_commit(revision):
            return f"the commit {short} that was applied is neither here nor to be had from the remote"
        try:
            declared, now = self._load(revision)
        except GitOpsError as error:
            return f"the commit {short} that was applied can't be read any more: {error}"
        if now != renderer:
            return f"the commit {short} was rendered by {renderer or 'nothing'}, and this is {now or 'nothing'}"
        return {one.key: one.body for one in declared}
