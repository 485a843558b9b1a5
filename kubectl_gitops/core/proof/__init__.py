"""Proving without asking the API server that applying an object would change nothing.

The oracle is a forced server-side-apply dry run, compared with live except for managedFields and resourceVersion.
``prove`` never guesses what the server would make of a difference: it proves that there is none, or leaves the object
in doubt, for the server to decide. A mutating webhook or policy can change any object that it matches, which the
object does not show: that is the caller's to ask about.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kubectl_gitops.core.objects import FIELD_MANAGER, Body, Json
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.proof import dropped, fit, values
from kubectl_gitops.core.proof.rules import Rule, of_kind
from kubectl_gitops.core.schema import Node


class Doubt(NamedTuple):
    """Why the object is not proven clean, and where; no value of the object is in the text."""

    reason: str
    path: Path


_IDENTITY: Final = frozenset(("apiVersion", "kind"))
_NAMES: Final = frozenset(("name", "namespace"))
_SERVERS_OWN: Final = frozenset(
    ("uid", "resourceVersion", "generation", "selfLink", "managedFields", "generateName", "creationTimestamp")
)


def prove(node: Node, desired: Body, live: Body, subresources: frozenset[str]) -> Doubt | None:
    """None where applying ``desired`` over ``live`` would change nothing, else what leaves that in doubt.

    ``desired`` is the object as it would be sent: namespace and labels filled in, a Secret's stringData folded into
    data (``kubectl_gitops.core.secrets``). ``live`` is the object as read at desired's apiVersion, with managedFields;
    it may lack apiVersion and kind, as a LIST's items do. ``node`` is the kind's schema, ``subresources`` the names of
    the kind's subresources. Neither object is changed. Nothing is raised for bodies that are decoded JSON.
    """
    metadata = live.get("metadata") or {}
    if metadata.get("deletionTimestamp") is not None:
        return Doubt("it is being deleted", ("metadata", "deletionTimestamp"))
    version = desired.get("apiVersion")
    owned: Json = None
    others: list[Json] = []
    comparable = True
    for entry in metadata.get("managedFields") or ():
        if entry.get("apiVersion") != version:
            comparable = False
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource"):
            if entry.get("apiVersion") != version:
                return Doubt("it was last applied with another apiVersion", ("apiVersion",))
            owned = entry.get("fieldsV1") or {}
        else:
            others.append(entry.get("fieldsV1") or {})
    if owned is None:
        return Doubt("nothing in it is owned by an earlier apply", ("metadata", "managedFields"))
    rule = of_kind(node)
    finding = _values(rule, desired, live, "status" in subresources)
    if finding is None:
        finding = dropped.find(rule, owned, desired, live, others if comparable else [])
    return None if finding is None else Doubt(finding[0], tuple(reversed(finding[1])))


def _values(rule: Rule, desired: Body, live: Body, status_apart: bool) -> values.Finding | None:
    for name, wanted in desired.items():
        if name in _IDENTITY:
            continue
        if name == "metadata":
            finding = _metadata(rule, wanted, live.get("metadata") or {})
            if finding is not None:
                return values.at(name, finding)
        elif name == "status" and status_apart:
            # The server ignores it, after it has checked it.
            if not fit.fits(rule.fields[name], wanted):
                return "the status does not fit the schema", [name]
        else:
            finding = values.granular(rule, {name: wanted}, live)
            if finding is not None:
                return finding
    return None


def _metadata(rule: Rule, desired: Json, live: Body) -> values.Finding | None:
    below = rule.fields["metadata"]
    if type(desired) is not dict or below is None:
        return "no metadata that could be compared", []
    declared = {}
    for name, wanted in desired.items():
        if name in _NAMES or (name == "creationTimestamp" and wanted is None):
            continue
        if name in _SERVERS_OWN:
            return "a field that only the server sets is declared", [name]
        declared[name] = wanted
    return values.granular(below, declared, live)
