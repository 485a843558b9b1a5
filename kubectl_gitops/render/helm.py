"""``helm template``: a chart's objects without its hooks, and from which template each came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from kubectl_gitops.core.objects import Body, Manifest
from kubectl_gitops.errors import SourceError
from kubectl_gitops.manifests import ManifestError, Skipped, read, read_values
from kubectl_gitops.render import program
from kubectl_gitops.render.layout import CHART

RENDERER = "helm"
_HOOK = "helm.sh/hook"
_SEPARATOR = re.compile(rb"^---[ \t]*(?:#.*)?\r?\n", re.MULTILINE)
_SOURCE = re.compile(rb"^# Source: [^/\n]+/(.+?)\r?$", re.MULTILINE)


class Templated(NamedTuple):
    """``hooks`` names each hook: ``Job migrate (pre-install,pre-upgrade)``."""

    manifests: tuple[Manifest, ...]
    skipped: tuple[Skipped, ...]
    hooks: tuple[str, ...]


def template(
    base: Path, chart: str, release: str, namespace: str, values: tuple[str, ...], secrets: Callable[[], frozenset[str]]
) -> Templated:
    """Render the chart in the folder ``chart`` of the repository that is in the folder ``base``.

    An empty ``release`` becomes the chart's name. ``values`` are files relative to the repository's root.
    CRDs are included. Raises SourceError with helm's reason.
    """
    what = f"{chart or '.'}: helm can't render the chart"
    for file in values:
        if not (base / file).is_file():
            here = f"; did you mean {chart}/{file}?" if (base / chart / file).is_file() else ""
            raise SourceError(f"there is no values file {file!r} at the repository's root{here}")
    command = [_program(), "template", release or _chart_name(base, chart), str(base / chart), "--include-crds"]
    command += [f"--namespace={namespace}"] if namespace else []
    command += [f"--values={base / file}" for file in values]
    try:
        out = program.run(command, what, secrets, hide=(f"{base}/", str(base)))
    except program.RendererError as error:
        if "missing in charts/ directory" in str(error):
            raise SourceError(
                f"{chart or '.'}: the chart's dependencies are not in its charts folder;"
                " run `helm dependency build` there and commit what it brings"
            ) from None
        raise
    manifests: list[Manifest] = []
    skipped: list[Skipped] = []
    hooks: list[str] = []
    for file, data in _documents(out, base, chart):
        try:
            contents = read(data, file, RENDERER)
        except ManifestError as error:
            raise SourceError(f"{file}: helm prints an object that can't be read: {error.message}") from None
        skipped += (one._replace(line=1) for one in contents.skipped)
        for manifest in contents.manifests:
            if hook := _hook(manifest.body):
                hooks.append(hook)
                skipped.append(Skipped(file, 1, f"{hook} is a hook, which Helm runs and nothing else writes"))
            else:
                manifests.append(replace(manifest, line=1))
    return Templated(tuple(manifests), tuple(skipped), tuple(hooks))


def version() -> str:
    """``helm v4.3.1``. Raises SourceError if there is no helm."""
    return f"{RENDERER} {program.version((_program(), 'version', '--short'))}"


def _program() -> str:
    if found := program.find("helm"):
        return found
    raise SourceError("this source is a Helm chart, and helm is not on the PATH; install helm")


def _chart_name(base: Path, chart: str) -> str:
    file = f"{chart}/{CHART}" if chart else CHART
    documents = read_values((base / file).read_bytes(), file)
    name = documents[0].value.get("name") if documents and isinstance(documents[0].value, dict) else None
    if not isinstance(name, str) or not name:
        raise SourceError(f"{file}: the chart has no name; add one")
    return name


def _documents(out: bytes, base: Path, chart: str) -> Iterator[tuple[str, bytes]]:
    """Each document and the file it came from.

    A line of ``---`` can stand nowhere else in YAML than between two.
    """
    for text in _SEPARATOR.split(out):
        source = _SOURCE.search(text)
        file = source[1].decode("utf-8", "replace") if source else CHART
        # A template of a packed subchart is no file of the repository.
        if not (base / chart / file).is_file():
            file = CHART
        yield (f"{chart}/{file}" if chart else file), text


def _hook(body: Body) -> str:
    metadata = body["metadata"]
    events = (metadata.get("annotations") or {}).get(_HOOK)
    return f"{body['kind']} {metadata['name']} ({events})" if events else ""
