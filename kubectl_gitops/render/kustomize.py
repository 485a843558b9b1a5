"""``kustomize build``, and from which file each of its objects came."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from kubectl_gitops.core.objects import Json, Manifest, group_of
from kubectl_gitops.errors import SourceError
from kubectl_gitops.manifests import FileContents, ManifestError, read, read_values
from kubectl_gitops.render import program

RENDERER = "kustomize"
_ORIGIN = "config.kubernetes.io/origin"
"""https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/buildmetadata/"""
_KUSTOMIZE_IN_KUBECTL = r'"kustomizeVersion":\s*"'
_ASK_FOR_ORIGINS = b"\nbuildMetadata: [originAnnotations]\n"

Read = Callable[[str], bytes]
"""A file's bytes by its path from the repository's root. Raises SourceError if there is none."""


def build(
    base: Path, file: str, read_file: Read, secrets: Callable[[], frozenset[str]], *, may_edit: bool
) -> FileContents:
    """Build the kustomization ``file`` of the repository that is in the folder ``base``.

    ``may_edit``: ``base`` is a copy, in which the kustomization may be made to tell each object's origin. The
    objects are what the user's own build prints either way. Raises SourceError with kustomize's reason.
    """
    path = base / file
    original = path.read_bytes()
    asked = _asking_for_origins(original, file) if may_edit else None
    if asked is not None:
        path.write_bytes(asked)
        try:
            return _origins_taken(_run(base, file, secrets), file, read_file, strip=True)
        except program.RendererError:
            # An old kustomize may not know origins, and a failure is to be told in the user's own terms.
            path.write_bytes(original)
    contents = _run(base, file, secrets)
    return _origins_taken(contents, file, read_file, strip=False)


def version() -> str:
    """``kustomize v5.5.0``. Raises SourceError if there is no kustomize."""
    command = _command()
    if command[1] == "build":
        return f"{RENDERER} {program.version((command[0], 'version'))}"
    asked = (command[0], "version", "--client", "--output=json")
    number = program.version(asked, _KUSTOMIZE_IN_KUBECTL)
    return f"{RENDERER} {number}"


def _command() -> tuple[str, str]:
    if found := program.find("kustomize"):
        return found, "build"
    if found := program.find("kubectl"):
        return found, "kustomize"
    raise SourceError("this source needs kustomize, and neither kustomize nor kubectl is on the PATH; install one")


def _run(base: Path, file: str, secrets: Callable[[], frozenset[str]]) -> FileContents:
    folder = posixpath.dirname(file)
    what = f"{file}: kustomize can't build it"
    out = program.run((*_command(), str(base / folder)), what, secrets, hide=(f"{base}/", str(base)))
    try:
        return read(out, file, RENDERER)
    except ManifestError as error:
        raise SourceError(f"{file}: kustomize prints an object that can't be read: {error.message}") from None


def _asking_for_origins(data: bytes, file: str) -> bytes | None:
    """The kustomization with origins asked for; None where it has its own mind about build metadata, or can't
    be extended by a line without changing anything else."""
    asked = data + _ASK_FOR_ORIGINS
    try:
        before, after = read_values(data, file), read_values(asked, file)
    except ManifestError:
        return None
    if len(before) != 1 or len(after) != 1 or not isinstance(before[0].value, dict):
        return None
    expected = before[0].value | {"buildMetadata": ["originAnnotations"]}
    return asked if "buildMetadata" not in before[0].value and after[0].value == expected else None


def _origins_taken(contents: FileContents, file: str, read_file: Read, *, strip: bool) -> FileContents:
    lines = _Lines(read_file)
    manifests = tuple(_with_origin(manifest, file, lines, strip=strip) for manifest in contents.manifests)
    return replace(contents, manifests=manifests)


def _with_origin(manifest: Manifest, file: str, lines: _Lines, *, strip: bool) -> Manifest:
    metadata = manifest.body.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    origin = annotations.get(_ORIGIN)
    if not isinstance(origin, str):
        return replace(manifest, file=file, line=1)
    body: Json = manifest.body
    if strip:
        kept = {name: value for name, value in annotations.items() if name != _ORIGIN}
        rest = {name: value for name, value in metadata.items() if name != "annotations"}
        body = {**body, "metadata": {**rest, "annotations": kept} if kept else rest}
    came_from = _origin_file(origin, file)
    return replace(manifest, body=body, file=came_from or file, line=lines.of(came_from, manifest) if came_from else 1)


def _origin_file(origin: str, file: str) -> str:
    """The file of the repository that an origin names, "" for one that lies elsewhere."""
    try:
        documents = read_values(origin.encode(), file)
    except ManifestError:
        return ""
    value = documents[0].value if documents else None
    if not isinstance(value, dict) or value.get("repo"):
        return ""
    relative = value.get("path") or value.get("configuredIn")
    if not isinstance(relative, str):
        return ""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file), relative))
    return "" if path.startswith(("../", "/")) else path


class _Lines:
    """Where in its file an object starts. Files are read once."""

    def __init__(self, read_file: Read) -> None:
        self._read_file = read_file
        self._manifests: dict[str, tuple[Manifest, ...]] = {}

    def of(self, file: str, rendered: Manifest) -> int:
        """The line of the object of the same kind whose name the rendered one kept or extended; 1 if unclear."""
        if file not in self._manifests:
            try:
                self._manifests[file] = read(self._read_file(file), file).manifests
            except SourceError:
                self._manifests[file] = ()
        alike = [one for one in self._manifests[file] if _kind(one) == _kind(rendered)]
        name = rendered.body["metadata"].get("name", "")
        for fits in (
            [one for one in alike if _name(one) == name],
            [one for one in alike if _name(one) in name],
            alike,
        ):
            if len(fits) == 1:
                return fits[0].line
        return 1


def _kind(manifest: Manifest) -> tuple[str, str]:
    return group_of(manifest.body["apiVersion"]), manifest.body["kind"]


def _name(manifest: Manifest) -> str:
    name: str = manifest.body["metadata"].get("name") or ""
    return name
