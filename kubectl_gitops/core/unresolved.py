"""What a manifest leaves open until something else fills it in: ``${VAR}`` and SOPS-encrypted values.

A write refuses both, because the cluster would take them literally.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Path

_VARIABLE = re.compile(r"\$\{[A-Za-z_][^}]*\}")
_ENCRYPTED = "ENC[AES256_GCM,"
_IDENTITY: tuple[tuple[str, ...], ...] = (
    ("apiVersion",),
    ("kind",),
    ("metadata", "name"),
    ("metadata", "namespace"),
)


def placeholders(body: Body) -> tuple[Path, ...]:
    """The fields that decide which object this is or what runs, and still hold a ``${VAR}``.

    These are apiVersion, kind, metadata.name, metadata.namespace and every ``image`` in ``spec``. Elsewhere
    ``${VAR}`` may be meant: shell scripts in ConfigMaps, say. List items are given by position.
    """
    named = [path for path in _IDENTITY if _is_open(_at(body, path))]
    return (*named, *_open_images(body.get("spec"), ("spec",)))


def _at(body: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _is_open(value: Json) -> bool:
    return isinstance(value, str) and _VARIABLE.search(value) is not None


def _open_images(value: Json, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "image" and _is_open(item):
                yield (*path, name)
            else:
                yield from _open_images(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _open_images(item, (*path, index))


def encrypted(body: Body) -> bool:
    """Whether SOPS encrypted this object: its ``sops`` field with a ``mac``, or a value
    ``ENC[AES256_GCM,…]``.

    Source: "Encryption Protocol" in the README of getsops/sops.
    """
    sops = body.get("sops")
    return (isinstance(sops, dict) and "mac" in sops) or _has_encrypted(body)


def _has_encrypted(value: Json) -> bool:
    if isinstance(value, str):
        return value.startswith(_ENCRYPTED)
    if isinstance(value, dict):
        return any(map(_has_encrypted, value.values()))
    return isinstance(value, list) and any(map(_has_encrypted, value))
