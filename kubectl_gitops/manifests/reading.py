"""A file's bytes to its manifests, as kubectl reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from yaml.nodes import Node

from kubectl_gitops.core.objects import Json, Key, Manifest
from kubectl_gitops.manifests.composing import compose
from kubectl_gitops.manifests.documents import Document, documents
from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.loading import load
from kubectl_gitops.manifests.tree import child, first_line, items_of, key_mark


class Skipped(NamedTuple):
    """A document that is no Kubernetes object."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class FileContents:
    """What a file declares, in its order, and the documents that were left out."""

    manifests: tuple[Manifest, ...]
    skipped: tuple[Skipped, ...]


class _Object(NamedTuple):
    """A mapping that ought to be an object. ``node``: None where only the value was read (JSON)."""

    body: Json
    node: Node | None
    line: int


def read(data: bytes, file: str, renderer: str = "") -> FileContents:
    """Read a YAML or JSON file of any number of documents; a list counts as its items.

    Values are what kubectl sends (see ``scalars`` and ``loading``). ``file`` and ``renderer`` go into each
    Manifest. Raises ManifestError for anything that can't be read as Kubernetes objects.
    """
    manifests: list[Manifest] = []
    skipped: list[Skipped] = []
    for document in documents(data, file):
        found = _load(document)
        if found is None:
            continue
        if isinstance(found.body, dict) and not (found.body.get("apiVersion") or found.body.get("kind")):
            skipped.append(Skipped(file, found.line, "neither apiVersion nor kind"))
            continue
        for one in _expand(found, document):
            _check(one, document)
            manifests.append(Manifest(one.body, file, one.line, renderer))
    return FileContents(tuple(manifests), tuple(skipped))


def _load(document: Document) -> _Object | None:
    if document.is_json:
        if document.value is None:
            return None
        lead = len(document.text) - len(document.text.lstrip(" \t\r\n{"))
        return _Object(document.value, None, document.line + document.text.count("\n", 0, lead))
    root = compose(document)
    body = None if root is None else load(root, document)
    if root is None or body is None:
        return None
    return _Object(body, root, document.line + first_line(root))


def _expand(found: _Object, document: Document) -> Iterator[_Object]:
    """The object itself, or the items of a list, which may be lists.

    An item of a typed list that names neither apiVersion nor kind takes them from the list, as in kubectl
    (``decodeToList`` in ``unstructured/helpers.go`` of k8s.io/apimachinery).
    """
    body = found.body
    kind = body.get("kind") if isinstance(body, dict) else None
    if not isinstance(kind, str) or not kind.endswith("List") or not isinstance(body.get("items"), list):
        if kind == "List":
            _fail(document, found, ("items",), "a List needs items; list them, or remove the document")
        yield found
        return
    nodes = items_of(found.node if found.node is not None else _compose_json(document))
    for index, item in enumerate(body["items"]):
        node = nodes[index] if index < len(nodes) else None
        line = document.line + first_line(node) if node is not None else found.line
        if isinstance(item, dict) and not item.get("kind") and not item.get("apiVersion") and kind != "List":
            typed = item | {"apiVersion": body.get("apiVersion"), "kind": kind.removesuffix("List")}
        else:
            typed = item
        yield from _expand(_Object(typed, node, line), document)


def _compose_json(document: Document) -> Node | None:
    """JSON is YAML but for corners that only positions suffer from: then there are none."""
    try:
        return compose(document)
    except ManifestError:
        return None


def _check(found: _Object, document: Document) -> None:
    body = found.body
    if not isinstance(body, dict):
        _fail(document, found, (), "this is no Kubernetes object but a single value or a list; write a mapping")
    for field in ("apiVersion", "kind"):
        _check_text(document, found, (field,), body.get(field), required=True)
    metadata = body.get("metadata")
    if metadata is None:
        _fail(document, found, (), "metadata.name is missing; name the object")
    if not isinstance(metadata, dict):
        _fail(document, found, ("metadata",), "metadata is no mapping; give it a name field")
    if not metadata.get("name") and metadata.get("generateName"):
        _fail(
            document, found, ("metadata", "generateName"),
            "generateName gives another object each time and can't be compared; set metadata.name",
        )  # fmt: skip
    _check_text(document, found, ("metadata", "name"), metadata.get("name"), required=True)
    _check_text(document, found, ("metadata", "namespace"), metadata.get("namespace"), required=False)


def _check_text(document: Document, found: _Object, path: tuple[str, ...], value: Json, *, required: bool) -> None:
    name = ".".join(path)
    if value is None or value == "":
        if required:
            _fail(document, found, path, f"{name} is missing; add it")
    elif not isinstance(value, str):
        _fail(
            document,
            found,
            path,
            f"{name} is no text to kubectl but a number, boolean, mapping or list; quote it",
        )


def _fail(document: Document, found: _Object, path: tuple[str, ...], message: str) -> None:
    """Raises ManifestError at the field or its closest parent that exists, else at the object."""
    node = found.node
    if node is None and found.body is document.value:
        node = _compose_json(document)
    if node is None:
        raise ManifestError(document.file, found.line, 1, message)
    mark = key_mark(node)
    for step in path:
        pair = child(node, step)
        if pair is None:
            break
        mark, node = pair[0].start_mark, pair[1]
    raise ManifestError(document.file, document.line + mark.line, mark.column + 1, message)


def check_unique(manifests: Iterable[tuple[Key, Manifest]]) -> None:
    """Raises ManifestError if two manifests declare the same object. Keys carry the namespace that will be
    written to.
    """
    first: dict[Key, Manifest] = {}
    for key, manifest in manifests:
        earlier = first.setdefault(key, manifest)
        if earlier is not manifest:
            raise ManifestError(
                manifest.file,
                manifest.line,
                1,
                f"{key} is declared before at {earlier.place}; remove one of the two",
            )
