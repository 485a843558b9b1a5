"""Who changed a field in Git: the commit behind the line that declares it, or behind the line that is gone."""

from __future__ import annotations

from functools import lru_cache

from kubectl_gitops.core.objects import Manifest
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.reports import GitBy, Verdict
from kubectl_gitops.core.verdicts import Judged
from kubectl_gitops.gitrepo import Commit, Repository, Tree
from kubectl_gitops.manifests import locate

_MOVED_IN_GIT = frozenset({Verdict.GIT_CHANGED, Verdict.CONFLICT, Verdict.REMOVED})


class Attribution:
    """Answers for one revision of one source; ``since`` is base's revision, "" where there is none."""

    def __init__(self, repository: Repository, commit: Commit, path: str, since: str) -> None:
        self._repository = repository
        self._commit = commit
        self._path = path
        self._since = since if since and repository.has_commit(since) else ""
        self._tree: Tree = repository.snapshot(commit.id)
        self._read = lru_cache(maxsize=8)(self._tree.read)

    def of(self, manifest: Manifest, field: Judged) -> GitBy | None:
        """The commit that last changed the field's line; None where Git does not tell.

        What a renderer printed may come from any of its inputs. If the line in the object's own file did not change
        since base, then the last commit that touched the source did it.
        """
        if field.verdict is Verdict.EXTRA:
            return None
        commit = None if field.verdict is Verdict.REMOVED else self._line(manifest, field.path)
        if field.verdict in _MOVED_IN_GIT and (commit is None or self._is_old(commit)):
            commit = self._last_change(manifest) or commit
        return _git_by(commit) if commit else None

    def _line(self, manifest: Manifest, path: Path) -> Commit | None:
        if not self._tree.has_file(manifest.file):
            return None
        data = self._read(manifest.file)
        for written in _as_written(manifest, path):
            place = locate(data, manifest.line, written)
            if place is not None and place.exact:
                return self._repository.blame(self._commit.id, manifest.file, place.line, place.end_line)
        return None

    def _is_old(self, commit: Commit) -> bool:
        return bool(self._since) and self._repository.is_ancestor(commit.id, self._since)

    def _last_change(self, manifest: Manifest) -> Commit | None:
        since = self._since or None
        for path in (manifest.file, self._path, ""):
            commit = self._repository.last_change(self._commit.id, path, since)
            if commit is not None:
                return commit
        return None


def _as_written(manifest: Manifest, path: Path) -> tuple[Path, ...]:
    """Where the file may have the field: a Secret's data is mostly written as stringData."""
    if manifest.body.get("kind") == "Secret" and path[:1] == ("data",):
        return path, ("stringData", *path[1:])
    return (path,)


def _git_by(commit: Commit) -> GitBy:
    return GitBy(commit.id, commit.author, commit.time, commit.subject)
