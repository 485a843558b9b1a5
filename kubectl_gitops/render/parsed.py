"""Files that were parsed before: what a blob declares never changes, so it is kept on disk by the blob's id.

A file that declares a Secret is parsed anew each time; nothing of it is ever kept.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path

from kubectl_gitops import __version__, diskcache
from kubectl_gitops.core.objects import Json, Manifest
from kubectl_gitops.gitrepo import Tree
from kubectl_gitops.manifests import FileContents, Skipped, read

FOLDER_LIMIT = 200 * 1024 * 1024

_SECRETS = frozenset({"Secret", "SecretList"})
"""Of whatever group: what is called so may hold one."""


class ParsedFiles:
    """The parsed files of one folder of one repository, in one file on disk. Nothing is written before ``save``."""

    def __init__(self, cache: Path | None, repository: str, path: str) -> None:
        """``cache`` None: nothing is kept. ``repository`` and ``path`` tell folders apart."""
        name = hashlib.sha256("\0".join((__version__, repository, path)).encode()).hexdigest()[:32]
        self._file = cache / "parsed" / f"{name}.json" if cache else None
        kept = diskcache.read(self._file) if self._file else None
        self._known = _valid(kept)
        self._used: dict[str, Json] = {}

    def read(self, tree: Tree, file: str, blob_id: str) -> FileContents:
        """What a file declares. Raises ManifestError, SourceError."""
        known = self._known.get(blob_id)
        if known is not None:
            self._used[blob_id] = known
            return _contents(known, file)
        contents = read(tree.read(file), file)
        if not any(manifest.body["kind"] in _SECRETS for manifest in contents.manifests):
            self._used[blob_id] = [
                [[manifest.body, manifest.line] for manifest in contents.manifests],
                [[skipped.line, skipped.reason] for skipped in contents.skipped],
            ]
        return contents

    def save(self) -> None:
        """Keep what was read this time, and of what was read before at most as much again.

        A comparison reads two revisions in turn, the one it compares and the one that was applied last; neither is
        to push the other out.
        """
        if self._file is None or self._used.keys() <= self._known.keys():
            return
        before = (item for item in self._known.items() if item[0] not in self._used)
        diskcache.write(self._file, self._used | dict(islice(before, len(self._used))))
        diskcache.trim(self._file.parent, FOLDER_LIMIT)


def _valid(kept: Json) -> dict[str, Json]:
    """What is kept, as far as it is what was written there."""
    return {blob: known for blob, known in kept.items() if _is_known(known)} if isinstance(kept, dict) else {}


def _is_known(known: Json) -> bool:
    match known:
        case [list() as manifests, list() as skipped]:
            return all(_is_manifest(one) for one in manifests) and all(_is_skipped(one) for one in skipped)
    return False


def _is_manifest(one: Json) -> bool:
    match one:
        case [{"apiVersion": str(), "kind": str(), "metadata": {"name": str()}}, int()]:
            return True
    return False


def _is_skipped(one: Json) -> bool:
    match one:
        case [int(), str()]:
            return True
    return False


def _contents(known: Json, file: str) -> FileContents:
    manifests, skipped = known
    return FileContents(
        tuple(Manifest(body, file, line) for body, line in manifests),
        tuple(Skipped(file, line, reason) for line, reason in skipped),
    )
