"""A folder of a source to the objects it declares: plain files, kustomizations and charts together."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kubectl_gitops.core.objects import Manifest
from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import Commit, LeftOut, Repository, Tree
from kubectl_gitops.manifests import FileContents, ManifestError, Skipped, read_values
from kubectl_gitops.render import helm, kustomize
from kubectl_gitops.render.layout import CHART, KUSTOMIZATIONS, Layout, layout
from kubectl_gitops.render.parsed import ParsedFiles
from kubectl_gitops.render.redaction import secret_values

_CONFIG = "gitops.yaml"


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a Helm chart is rendered with; an empty ``release`` becomes the chart's name.

    ``cache`` is the folder in which parsed files are kept between runs; None keeps nothing.
    """

    release: str = ""
    namespace: str = ""
    values: tuple[str, ...] = ()
    cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """The declared objects, in a fixed order.

    ``renderer`` is "" for plain files, else program and version ("kustomize v5.5.0"), several joined by ", ".
    ``skipped`` are documents that are no objects, and submodules; ``hooks`` the chart's hooks by kind and
    name.
    """

    manifests: tuple[Manifest, ...]
    renderer: str
    skipped: tuple[Skipped, ...]
    hooks: tuple[str, ...]


class _Base(NamedTuple):
    """A folder in which renderers find the repository. ``is_copy``: it may be written to."""

    folder: Path
    is_copy: bool
    left_out: tuple[LeftOut, ...]


def render(
    repository: Repository, revision: Commit | None, path: str, options: RenderOptions | None = None
) -> Rendered:
    """What the folder ``path`` declares at the revision, or on disk if that is None.

    Raises ManifestError for a file that can't be read as manifests, SourceError for anything else: a missing
    folder, a link out of the repository, a renderer that is missing or fails.
    """
    tree = repository.worktree(path) if revision is None else repository.snapshot(revision.id, path)
    found, blobs = _layout(tree)
    cache = options.cache if options and revision else None
    parsed = ParsedFiles(cache, repository.identity() if cache else "", path)
    plain = [_read_plain(tree, file, blobs[file], parsed) for file in found.plain]
    parsed.save()
    manifests = [manifest for contents in plain for manifest in contents.manifests]
    skipped = [one for contents in plain for one in contents.skipped]
    if found.plain:
        skipped += (Skipped(name, 1, "a submodule, whose files are not read") for name in tree.submodules())
    if not found.kustomizations and not found.charts:
        return Rendered(tuple(manifests), "", tuple(skipped), ())
    hooks: list[str] = []
    with _base(repository, revision, tree) as base:
        try:
            for file in found.kustomizations:
                built = kustomize.build(base.folder, file, tree.read, lambda: _secrets(tree), may_edit=base.is_copy)
                manifests += built.manifests
                skipped += built.skipped
            for chart, release, values in _releases(found, options or RenderOptions()):
                namespace = options.namespace if options else ""
                templated = helm.template(base.folder, chart, release, namespace, values, lambda: _secrets(tree))
                manifests += templated.manifests
                skipped += templated.skipped
                hooks += templated.hooks
        except SourceError as error:
            raise _with_left_out(error, base.left_out) from None
    renderers = [kustomize.version()] if found.kustomizations else []
    renderers += [helm.version()] if found.charts else []
    return Rendered(tuple(manifests), ", ".join(renderers), tuple(skipped), tuple(hooks))


def _layout(tree: Tree) -> tuple[Layout, dict[str, str]]:
    """How the folder is read, and the blob of each file in it."""
    # Asked first, because a link out of the repository beside it is the renderer's affair at a revision.
    for name in (*KUSTOMIZATIONS, CHART):
        file = posixpath.join(tree.path, name)
        if tree.has_file(file):
            return layout([file], tree.path, tree.read), {}
    blobs = {file.path: file.blob_id for file in tree.files()}
    return layout(blobs, tree.path, tree.read), blobs


def _read_plain(tree: Tree, file: str, blob: str, parsed: ParsedFiles) -> FileContents:
    if posixpath.basename(file) == _CONFIG and _is_config(tree.read(file), file):
        return FileContents((), ())
    return parsed.read(tree, file, blob)


def _is_config(data: bytes, file: str) -> bool:
    if file == _CONFIG:
        return True
    try:
        documents = read_values(data, file)
    except ManifestError:
        return False
    return any(isinstance(one.value, dict) and one.value.get("kind") == "GitOps" for one in documents)


@contextmanager
def _base(repository: Repository, revision: Commit | None, tree: Tree) -> Iterator[_Base]:
    if revision is None:
        if repository.root is None:
            raise SourceError("a Git address has no working tree; leave out --worktree, or clone it")
        # Renderers follow links by themselves; one that leads out of the repository stops this here.
        tree.files()
        yield _Base(repository.root, False, ())
        return
    with tempfile.TemporaryDirectory(prefix="kubectl-gitops-") as scratch:
        folder = Path(scratch).resolve() / "source"
        yield _Base(folder, True, repository.export(revision.id, folder))


def _releases(found: Layout, options: RenderOptions) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each chart with its release and values. Among several charts a release is each one's own name."""
    if len(found.charts) == 1:
        yield found.charts[0], options.release, options.values
        return
    if options.values:
        raise SourceError(
            f"values are given, and there are several charts ({', '.join(found.charts)});"
            " choose the path of one of them"
        )
    yield from ((chart, "", ()) for chart in found.charts)


def _secrets(tree: Tree) -> frozenset[str]:
    """From the whole repository, because renderers read beyond the source's path."""
    try:
        files = [file.path for file in tree.files("")]
    except SourceError:
        files = [file.path for file in tree.files()]
    return secret_values(files, tree.read)


def _with_left_out(error: SourceError, left_out: tuple[LeftOut, ...]) -> SourceError:
    named = [one for one in left_out if posixpath.basename(one.path) in str(error)]
    if not named:
        return error
    return SourceError(f"{error}; {'; '.join(f'{one.path} {one.reason}' for one in named)}")
