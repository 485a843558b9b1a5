"""The in-cluster record of what was applied: an ApplySet parent (KEP-3659, as kubectl's code has it) with a
history.

Only identities and revisions are recorded, never a manifest: what was applied is read again from Git.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kubectl_gitops import __version__
from kubectl_gitops.core.objects import Body, GroupKind, Json, Key
from kubectl_gitops.errors import Failed, Refused, SourceError

ID_LABEL = "applyset.kubernetes.io/id"
PART_OF = "applyset.kubernetes.io/part-of"
TOOLING = "applyset.kubernetes.io/tooling"
KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"

TOOL = "kubectl-gitops"
FORMAT = "1"
"""The layout of the data. A later one is refused, because writing it back would lose what it has more."""

MOST_DEPLOYMENTS = 20
MOST_CHANGED = 50
MOST_BYTES = 256 * 1024
MOST_TEXT = 500
"""Characters that are kept of each text of a deployment."""

_TEXTS = ("revision", "time", "actor", "author", "subject", "command", "result")

LARGEST_OBJECT = 1_000_000
"""Bytes; etcd takes about 1.5 MiB, ConfigMaps hold 1 MiB."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One run that wrote.

    ``revision`` is 40 hex digits, ``time`` RFC 3339 in UTC, ``actor`` the cluster's user, ``author`` and
    ``subject`` those of the commit. ``command`` must hold no credentials. ``counts`` maps actions to numbers
    of objects, ``changed`` names objects.
    """

    revision: str
    time: str
    actor: str
    author: str
    subject: str
    command: str
    counts: Mapping[str, int]
    result: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one target applied. ``deployments`` has the latest first.

    ``namespace`` and ``name`` are the ConfigMap's own; ``namespaces`` always includes that namespace.
    ``behind`` holds the objects whose last write failed, each with the revision that was last written for it,
    "" for none. ``resource_version`` is "" for an inventory that is not in the cluster yet.
    """

    name: str
    namespace: str
    repository: str
    path: str
    renderer: str = ""
    revision: str = ""
    behind: Mapping[Key, str] = field(default_factory=dict)
    kinds: frozenset[GroupKind] = frozenset()
    namespaces: frozenset[str] = frozenset()
    deployments: tuple[Deployment, ...] = ()
    resource_version: str = ""

    @property
    def id(self) -> str:
        return applyset_id(self.name, self.namespace)


def applyset_id(name: str, namespace: str) -> str:
    """The id of the ApplySet whose parent is that ConfigMap (KEP-3659: hash of NAME.NAMESPACE.KIND.GROUP)."""
    digest = hashlib.sha256(f"{name}.{namespace}.ConfigMap.".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def encode(inventory: Inventory) -> Body:
    """The ConfigMap, ready for a server-side apply; with ``resourceVersion`` if the inventory has one.

    Keeps the latest 20 deployments that fit into 256 KiB. Raises Failed if even without any it is too large.
    """
    deployments = [_deployment_json(one) for one in inventory.deployments[:MOST_DEPLOYMENTS]]
    data = {
        "format": FORMAT,
        "repository": inventory.repository,
        "path": inventory.path,
        "renderer": inventory.renderer,
        "revision": inventory.revision,
        "behind": _dump(_behind_json(inventory.behind)),
    }
    room = MOST_BYTES - _size(data) - len("deployments[]")
    kept: list[str] = []
    for text in map(_dump, deployments):
        room -= len(text.encode()) + 1
        if room < 0:
            break
        kept.append(text)
    data["deployments"] = f"[{','.join(kept)}]"
    if _size(data) > LARGEST_OBJECT:
        raise Failed(
            f"the inventory ConfigMap {inventory.namespace}/{inventory.name} would not fit into the cluster: "
            f"the last write of {len(inventory.behind)} objects failed; apply fewer objects per target"
        )
    metadata: dict[str, Json] = {
        "name": inventory.name,
        "namespace": inventory.namespace,
        "labels": {ID_LABEL: inventory.id},
        "annotations": {
            TOOLING: f"{TOOL}/v{__version__}",
            KINDS: ",".join(sorted(map(str, inventory.kinds))),
            NAMESPACES: ",".join(sorted(inventory.namespaces - {inventory.namespace, ""})),
        },
    }
    if inventory.resource_version:
        metadata["resourceVersion"] = inventory.resource_version
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def decode(body: Body) -> Inventory:
    """The inventory in a live ConfigMap.

    Raises Refused if the ConfigMap is no ApplySet of this tool, or was written by a later one; SourceError if
    its content can't be read.
    """
    metadata = body["metadata"]
    name, namespace = metadata["name"], metadata["namespace"]
    place = f"ConfigMap {namespace}/{name}"
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    data: Mapping[str, str] = body.get("data") or {}
    _check_tool(place, annotations.get(TOOLING))
    _check_id(place, labels.get(ID_LABEL), applyset_id(name, namespace))
    _check_format(place, data.get("format"))
    try:
        kinds = frozenset(_group_kind(text) for text in annotations[KINDS].split(",") if text)
        return Inventory(
            name,
            namespace,
            data["repository"],
            data["path"],
            data["renderer"],
            data["revision"],
            _behind(json.loads(data["behind"])),
            kinds,
            frozenset({namespace, *filter(None, (annotations.get(NAMESPACES) or "").split(","))}),
            tuple(_deployment(one) for one in json.loads(data["deployments"])),
            metadata.get("resourceVersion") or "",
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SourceError(
            f"the inventory {place} can't be read ({_in_words(error)}), because it was changed by hand: "
            "restore it, or delete it and take the objects over again with --adopt"
        ) from error


def _check_tool(place: str, tooling: str | None) -> None:
    if tooling is None:
        raise Refused(f"{place} exists and is no inventory: it has no annotation {TOOLING}; choose another --name")
    tool = tooling.rpartition("/")[0] or tooling
    if tool != TOOL:
        raise Refused(f"{place} is an ApplySet of {tool}, not of {TOOL}; choose another --name")


def _check_id(place: str, label: str | None, wanted: str) -> None:
    if label != wanted:
        raise Refused(
            f"the inventory {place} has the label {ID_LABEL}: {label or 'none'} instead of {wanted}, because "
            "it was copied or changed by hand: set the label right, or choose another --name"
        )


def _check_format(place: str, layout: str | None) -> None:
    if layout not in (None, FORMAT):
        raise Refused(f"the inventory {place} has the format {layout}, which this version does not know: update {TOOL}")


def _in_words(error: Exception) -> str:
    match error:
        case KeyError():
            return f"{error.args[0]} is missing"
        case json.JSONDecodeError():
            return f"no JSON: {error.msg}"
    return "a value has the wrong type"


def refuse_move(inventory: Inventory, repository: str, path: str) -> str | None:
    """Why this source may not be applied to the inventory without ``--move-inventory``; None if it may."""
    if (inventory.repository, inventory.path) == (repository, path):
        return None
    return (
        f"the inventory {inventory.namespace}/{inventory.name} belongs to "
        f"{_source(inventory.repository, inventory.path)}, not to {_source(repository, path)}; "
        "if the source has moved, pass --move-inventory"
    )


def refuse_rewind(inventory: Inventory, revision: str, descends: bool | None) -> str | None:
    """Why that revision may not be applied without ``--allow-rewind``; None if it may.

    ``descends``: whether it descends from the recorded revision; None if the recorded one is not to be found.
    """
    recorded = inventory.revision
    if not recorded or recorded == revision or descends:
        return None
    why = "does not descend from" if descends is False else "can't be compared with"
    missing = "" if descends is False else ", which is not in this repository"
    return (
        f"{revision[:12]} {why} {recorded[:12]}, the revision last applied{missing}; "
        "pass --allow-rewind if this is meant"
    )


def _source(repository: str, path: str) -> str:
    return f"{repository} at {path}" if path not in ("", ".") else repository


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _size(data: Mapping[str, str]) -> int:
    return sum(len(key) + len(value.encode()) for key, value in data.items())


def _group_kind(text: str) -> GroupKind:
    kind, _, group = text.partition(".")
    return GroupKind(group, kind)


def _behind_json(behind: Mapping[Key, str]) -> dict[str, list[str]]:
    """By revision, each object as ``Kind.group/NAMESPACE/NAME``: half as large as a map of each object."""
    grouped: dict[str, list[str]] = {}
    for key, revision in sorted(behind.items()):
        grouped.setdefault(revision, []).append(f"{key.group_kind}/{key.namespace}/{key.name}")
    return grouped


def _behind(grouped: Mapping[str, Iterable[str]]) -> dict[Key, str]:
    found = {}
    for revision, objects in grouped.items():
        for text in objects:
            kind, namespace, name = text.split("/", 2)
            found[Key(*_group_kind(kind), namespace, name)] = revision
    return found


def _deployment_json(one: Deployment) -> dict[str, Json]:
    texts = {name: getattr(one, name)[:MOST_TEXT] for name in _TEXTS}
    return {**texts, "counts": dict(one.counts), "changed": list(one.changed[:MOST_CHANGED])}


def _deployment(one: Mapping[str, Json]) -> Deployment:
    texts: dict[str, str] = {name: one[name] for name in _TEXTS}
    if not all(isinstance(text, str) for text in (*texts.values(), *one["changed"])):
        raise TypeError("a text of a deployment is none")
    counts: dict[str, int] = dict(one["counts"])
    return Deployment(**texts, counts=counts, changed=tuple(one["changed"]))
