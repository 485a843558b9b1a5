"""Files that were parsed before: what a blob declares never changes, so it is kept on disk by the blob's id.

A file that declares a Secret is parsed anew each time; nothing of it is ever kept.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from kubectl_gitops import __version__, diskcache
from kubectl_gitops.core.objects import Json, Manifest, key_of
from kubectl_gitops.gitrepo import Tree
from kubectl_gitops.manifests import FileContents, Skipped, read

FOLDER_LIMIT = 200 * 1024 * 1024


class ParsedFiles:
    """The parsed files of one folder of one repository, in one file on disk. Nothing is written before ``save``."""

    def __init__(self, cache: Path | None, repository: str, path: str) -> None:
        """``cache`` None: nothing is kept. ``repository`` and ``path`` tell folders apart."""
        name = hashlib.sha256("\0".join((__version__, repository, path)).encode()).hexdigest()[:32]
        self._file = cache / "parsed" / f"{name}.json" if cache else None
        kept = diskcache.read(self._file) if self._file else None
        self._known: dict[str, Json] = kept if isinstance(kept, dict) else {}
        self._used: dict[str, Json] = {}

    def read(self, tree: Tree, file: str, blob_id: str) -> FileContents:
        """What a file declares. Raises ManifestError, SourceError."""
        known = self._known.get(blob_id)
        if known is not None:
            self._used[blob_id] = known
            return _contents(known, file)
        contents = read(tree.read(file), file)
        if not any(key_of(manifest.body).group_kind == ("", "Secret") for manifest in contents.manifests):
            self._used[blob_id] = [
                [[manifest.body, manifest.line] for manifest in contents.manifests],
                [[skipped.line, skipped.reason] for skipped in contents.skipped],
            ]
        return contents

    def save(self) -> None:
        """Keep what was read this time, and nothing else."""
        if self._file and self._used.keys() != self._known.keys():
            diskcache.write(self._file, self._used)
            diskcache.trim(self._file.parent, FOLDER_LIMIT)


def _contents(known: Json, file: str) -> FileContents:
    manifests, skipped = known
    return FileContents(
        tuple(Manifest(body, file, line) for body, line in manifests),
        tuple(Skipped(file, line, reason) for line, reason in skipped),
    )
