"""How a folder is read: which files are plain manifests, and which folders a renderer takes as a whole."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from kubectl_gitops.core.objects import Json
from kubectl_gitops.manifests import read_values

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""https://pkg.go.dev/sigs.k8s.io/kustomize/api/konfig#RecognizedKustomizationFileNames"""
CHART = "Chart.yaml"
_PLAIN = (".yaml", ".yml", ".json")
_REFERENCES = ("resources", "components", "bases")


class Layout(NamedTuple):
    """Paths relative to the repository's root: plain files, kustomizations' files, and folders of charts."""

    plain: tuple[str, ...]
    kustomizations: tuple[str, ...]
    charts: tuple[str, ...]


def layout(files: Collection[str], path: str, read: Callable[[str], bytes]) -> Layout:
    """How to read the folder ``path``, given every file below it.

    A kustomization or chart at ``path`` is all there is. Otherwise nested ones are taken as a whole, with
    everything below them, unless a kustomization below ``path`` refers to them; one of kind Component is
    never built by itself. Raises ManifestError for a kustomization that is no YAML.
    """
    kustomizations = {posixpath.dirname(file): file for file in sorted(files, reverse=True) if _is_kustomization(file)}
    charts = {posixpath.dirname(file) for file in files if posixpath.basename(file) == CHART}
    if path in kustomizations:
        return Layout((), (kustomizations[path],), ())
    if path in charts:
        return Layout((), (), (path,))
    above = charts | kustomizations.keys()
    charts = {chart for chart in charts if not _is_below(chart, above)}
    own = {folder: file for folder, file in kustomizations.items() if not _is_below(folder, charts)}
    built = _outermost(_unreferenced({folder: _references(folder, file, read(file)) for folder, file in own.items()}))
    plain = (
        file
        for file in files
        if file.endswith(_PLAIN) and not _is_below(file, kustomizations) and not _is_below(file, charts)
    )
    return Layout(tuple(sorted(plain)), tuple(sorted(own[folder] for folder in built)), tuple(sorted(charts)))


def _is_kustomization(file: str) -> bool:
    return posixpath.basename(file) in KUSTOMIZATIONS


def _is_below(path: str, folders: Collection[str]) -> bool:
    """Whether one of the folders is above ``path``."""
    while path:
        path = posixpath.dirname(path)
        if path in folders:
            return True
    return False


class _Kustomization(NamedTuple):
    refers_to: frozenset[str]
    is_component: bool


def _references(folder: str, file: str, data: bytes) -> _Kustomization:
    found: set[str] = set()
    component = False
    for document in read_values(data, file):
        if isinstance(document.value, dict):
            component = component or document.value.get("kind") == "Component"
            found.update(_folders(folder, document.value))
    return _Kustomization(frozenset(found), component)


def _folders(folder: str, value: Mapping[str, Json]) -> Iterator[str]:
    for key in _REFERENCES:
        for entry in value.get(key) or ():
            if isinstance(entry, str):
                normal = posixpath.normpath(posixpath.join(folder, entry))
                yield "" if normal == "." else normal


def _unreferenced(found: Mapping[str, _Kustomization]) -> Iterator[str]:
    """Those that nothing refers to, and one of each circle, so that kustomize gets to complain of it."""
    reached: set[str] = set()
    referenced = {folder for by, one in found.items() for folder in one.refers_to if folder != by}
    for folder in (*sorted(found.keys() - referenced), *sorted(found)):
        if folder in reached or found[folder].is_component:
            continue
        yield folder
        ahead = [folder]
        while ahead:
            at = ahead.pop()
            if at in found and at not in reached:
                reached.add(at)
                ahead += found[at].refers_to


def _outermost(folders: Iterable[str]) -> Iterator[str]:
    chosen = set(folders)
    return (folder for folder in chosen if not _is_below(folder, chosen - {folder}))
