"""Keeps secret values out of what a failing renderer says: it likes to quote what it could not read."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from kubectl_gitops.core.objects import Json
from kubectl_gitops.errors import SourceError
from kubectl_gitops.manifests import read_values

HIDDEN = "<secret>"
_PLAIN_KEYS = frozenset({"apiVersion", "kind", "metadata", "type", "immutable"})
_SECRET_NAME = re.compile(r"pass|secret|token|key|credential|private|auth", re.IGNORECASE)
_QUOTED_VALUE = re.compile(r"(!!\w+ )?`[^`]*`")
_FROM_PATCH = re.compile(r"(from|of|in) \[.*", re.DOTALL)
_SHORT = 4
_PLAIN_LINE = re.compile(r"\s*(- )?(apiVersion|kind|metadata|name|namespace|type|data|stringData)\b")


def redact(text: str, secrets: frozenset[str]) -> str:
    """The text without the values, without YAML values that Go's parser quotes, and without quoted patches."""
    text = _FROM_PATCH.sub(r"\1 […]", _QUOTED_VALUE.sub(f"`{HIDDEN}`", text))
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) < _SHORT:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, text)
        else:
            text = text.replace(value, HIDDEN)
    return text


def secret_values(files: Iterable[str], read: Callable[[str], bytes]) -> frozenset[str]:
    """Every value that may be secret in these files: of Secrets, of secretGenerators and the files that those
    name, and of settings with a telling name. Also in base64, decoded, and line by line."""
    found: set[str] = set()
    for file in files:
        try:
            data = read(file)
        except SourceError:
            continue
        text = data.decode("utf-8", "replace")
        if file.endswith((".yaml", ".yml", ".json")) or posixpath.basename(file) == "Kustomization":
            found.update(_in_yaml(file, data, text, read))
        elif posixpath.basename(file).endswith(".env"):
            found.update(_in_lines(text))
    return frozenset(form for value in found for form in _forms(value) if form)


def _in_yaml(file: str, data: bytes, text: str, read: Callable[[str], bytes]) -> Iterator[str]:
    holds_secret = "Secret" in text or "secretGenerator" in text
    try:
        documents = read_values(data, file)
    except SourceError:
        # What can't be parsed is what renderers quote.
        if holds_secret:
            yield from _words(text)
        return
    for document in documents:
        value = document.value
        yield from _telling(value)
        if not holds_secret or not isinstance(value, dict):
            continue
        if "secretGenerator" in value:
            for generator in value["secretGenerator"] or ():
                yield from _generated(posixpath.dirname(file), generator, read)
            yield from _scalars([value.get(key) for key in ("patches", "patchesStrategicMerge", "patchesJson6902")])
        else:
            yield from _scalars({key: part for key, part in value.items() if key not in _PLAIN_KEYS})


def _generated(folder: str, generator: Json, read: Callable[[str], bytes]) -> Iterator[str]:
    if not isinstance(generator, dict):
        return
    for literal in generator.get("literals") or ():
        yield str(literal).partition("=")[2].strip("'\"")
    named = [*(generator.get("envs") or ()), *(generator.get("files") or ()), generator.get("env")]
    for name in named:
        if not isinstance(name, str):
            continue
        path = posixpath.normpath(posixpath.join(folder, name.rpartition("=")[2]))
        try:
            yield from _in_lines(read(path).decode("utf-8", "replace"))
        except SourceError:
            continue


def _in_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield line.strip()
        yield line.partition("=")[2].strip().strip("'\"")


def _telling(value: Json) -> Iterator[str]:
    """Values under keys such as ``password``, as charts' values files have them."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _scalars(part) if _SECRET_NAME.search(str(key)) and key != "secretGenerator" else _telling(part)
    elif isinstance(value, list):
        for part in value:
            yield from _telling(part)


def _scalars(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key not in _PLAIN_KEYS:
                yield from _scalars(part)
    elif isinstance(value, list):
        for part in value:
            yield from _scalars(part)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _words(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not _PLAIN_LINE.match(line):
            rest = line.partition(":")[2] or line
            yield rest.strip().strip("'\"")
            yield from (word.strip("'\",[]{}") for word in rest.split())


def _forms(value: str) -> Iterator[str]:
    yield from {value, value.strip(), *(line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORT)}
    yield base64.b64encode(value.encode()).decode()
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    if len(decoded) >= _SHORT:
        yield from {decoded, decoded.strip(), *decoded.splitlines()}
