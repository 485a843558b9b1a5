"""Everything that hides Secrets' values. For output only: a placeholder must never be sent or compared.

Hidden are the values below ``data`` and ``stringData`` of a Secret of the core group, and the annotation
``kubectl.kubernetes.io/last-applied-configuration`` of any kind, because it repeats the whole object.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from kubectl_gitops.core.objects import Body, GroupKind, Json, group_of
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.reports import (
    ApplyReport,
    DriftReport,
    FieldReport,
    HistoryReport,
    ObjectReport,
    Report,
)
from kubectl_gitops.core.schema import MISSING

SECRET = "<secret>"  # noqa: S105 (what stands in for one)
CHANGED = "<secret: changed>"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_KIND = GroupKind("", "Secret")
_LISTS = (GroupKind("", "List"), GroupKind("", "SecretList"))
_DATA = ("data", "stringData")
_ANNOTATIONS: Path = ("metadata", "annotations")
_SHORTEST = 6
"""Shorter values are not searched for in free text: they would blot out ordinary words."""


def mask_body(body: Body) -> Body:
    """The object with hidden values replaced by ``<secret>``. A List's items are masked each."""
    kind = _kind_of(body)
    if kind in _LISTS:
        items = body.get("items")
        inner = "Secret" if kind.kind == "SecretList" else ""
        if not isinstance(items, list):
            return body
        return {**body, "items": [_mask_item(item, inner) for item in items]}
    masked_body: Body = _mask(kind, (), (body,))[0]
    return masked_body


def _kind_of(body: Body) -> GroupKind:
    """The kind that any text gives, however malformed the rest of it is."""
    return GroupKind(group_of(str(body.get("apiVersion") or "")), str(body.get("kind") or ""))


def _mask_item(item: Json, kind: str) -> Json:
    """Items of a typed list carry no ``kind`` of their own."""
    if not isinstance(item, Mapping):
        return item
    if kind and not item.get("kind"):
        return _mask(GroupKind("", kind), (), (item,))[0]
    return mask_body(item)


def mask_pair(live: Body | None, merged: Body | None) -> tuple[Body | None, Body | None]:
    """Both sides of a diff: equal values are ``<secret>``, changed ones ``<secret: changed>`` in merged."""
    kind = _kind_of(live or merged or {})
    sides = (MISSING if live is None else live, MISSING if merged is None else merged)
    one, other = _mask(kind, (), sides)
    return (None if one is MISSING else one), (None if other is MISSING else other)


def mask_field(kind: GroupKind, path: Path, value: Json) -> Json:
    """One field's value, hidden where the path leads to or around something hidden. ``MISSING`` stays."""
    return _mask(kind, path, (value,))[0]


def mask_values(kind: GroupKind, path: Path, base: Json, desired: Json, live: Json) -> tuple[Json, Json, Json]:
    """The three values of one field; those unlike the first one that is there are ``<secret: changed>``."""
    base, desired, live = _mask(kind, path, (base, desired, live))
    return base, desired, live


def is_hidden(kind: GroupKind, path: Path) -> bool:
    """Whether the field's value is hidden as a whole."""
    if kind == _KIND and len(path) > 1 and path[0] in _DATA:
        return True
    return path[:3] == (*_ANNOTATIONS, LAST_APPLIED)


def _holds_hidden(kind: GroupKind, path: Path) -> bool:
    """Whether a hidden field lies somewhere below the path."""
    if path in ((), ("metadata",), _ANNOTATIONS):
        return True
    return kind == _KIND and len(path) == 1 and path[0] in _DATA


def _mask(kind: GroupKind, path: Path, values: tuple[Json, ...]) -> tuple[Json, ...]:
    """Mask several versions of one value at once, so that equal ones stay equal and changed ones differ."""
    whole = is_hidden(kind, path)
    if not whole and not _holds_hidden(kind, path):
        return values
    below_data = kind == _KIND and path and path[0] in _DATA
    maps = [value for value in values if isinstance(value, Mapping)]
    if not whole and (maps or not below_data):
        names = dict.fromkeys(name for value in maps for name in value)
        columns = {name: _mask(kind, (*path, name), tuple(_get(value, name) for value in values)) for name in names}
        rest = tuple(_placeholder(value, value) if below_data else value for value in values)
        return tuple(
            {name: columns[name][index] for name in value} if isinstance(value, Mapping) else rest[index]
            for index, value in enumerate(values)
        )
    reference = next((value for value in values if value is not MISSING), MISSING)
    return tuple(_placeholder(value, reference) for value in values)


def _get(value: Json, name: str) -> Json:
    return value.get(name, MISSING) if isinstance(value, Mapping) else MISSING


def _placeholder(value: Json, reference: Json) -> Json:
    if value is MISSING or value is None:
        return value
    return SECRET if type(value) is type(reference) and value == reference else CHANGED


def secret_values(body: Body) -> frozenset[str]:
    """A Secret's values, encoded and decoded, of 6 characters up; empty for other kinds.

    None of them may show up in free text about the object. Feed them to ``mask_text`` before an API's error
    text goes anywhere: the server quotes what it refuses.
    """
    if _kind_of(body) != _KIND:
        return frozenset()
    return _forms(body.get(name) for name in _DATA)


def _forms(values: Iterator[Json] | tuple[Json, ...]) -> frozenset[str]:
    found: set[str] = set()
    for value in values:
        for word in _words(value):
            found.add(word)
            found.add(base64.b64encode(word.encode(errors="surrogatepass")).decode())
            decoded = _decoded(word)
            found.update((decoded, *decoded.splitlines(), *word.splitlines()))
    found |= {json.dumps(word, ensure_ascii=False)[1:-1] for word in found}
    found |= {word.strip() for word in found}
    return frozenset(word for word in found if len(word) >= _SHORTEST and word not in (SECRET, CHANGED))


def _words(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for below in value.values():
                yield from _words(below)
        case list():
            for below in value:
                yield from _words(below)
        case bool() | None:
            return
        case int() | float():
            yield str(value)


def _decoded(word: str) -> str:
    try:
        return base64.b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def mask_text(text: str, secrets: Collection[str]) -> str:
    """The text with every one of these values replaced by ``<secret>``, longest first."""
    if not text:
        return text
    for word in sorted(secrets, key=len, reverse=True):
        text = text.replace(word, SECRET)
    return text


def masked(report: Report) -> Report:
    """The report as it may be shown. Masking twice changes nothing more."""
    match report:
        case DriftReport():
            return masked_drift(report)
        case ApplyReport():
            return masked_apply(report)
        case HistoryReport():
            return report


def masked_drift(report: DriftReport) -> DriftReport:
    """The report without hidden values in fields, bodies and sentences."""
    bodies = [body for item in report.objects for body in (item.live, item.merged) if body is not None]
    secrets = frozenset[str]().union(
        *map(secret_values, bodies),
        *(_field_secrets(item.object.group_kind, item.fields) for item in report.objects),
    )
    return replace(
        report,
        objects=tuple(_masked_object(item, secrets) for item in report.objects),
        could_not_tell=tuple(mask_text(sentence, secrets) for sentence in report.could_not_tell),
    )


def masked_apply(report: ApplyReport) -> ApplyReport:
    """The report without hidden values in fields and sentences."""
    secrets = frozenset[str]().union(*(_field_secrets(item.object.group_kind, item.fields) for item in report.objects))
    objects = tuple(
        replace(
            item,
            message=mask_text(item.message, secrets),
            fields=_masked_fields(item.object.group_kind, item.fields, secrets),
        )
        for item in report.objects
    )
    return replace(
        report, objects=objects, refusals=tuple(mask_text(sentence, secrets) for sentence in report.refusals)
    )


def _masked_object(item: ObjectReport, secrets: frozenset[str]) -> ObjectReport:
    live, merged = mask_pair(item.live, item.merged)
    fields = _masked_fields(item.object.group_kind, item.fields, secrets)
    return replace(item, fields=fields, message=mask_text(item.message, secrets), live=live, merged=merged)


def _masked_fields(
    kind: GroupKind, fields: tuple[FieldReport, ...], secrets: frozenset[str]
) -> tuple[FieldReport, ...]:
    return tuple(_masked_field(kind, field, secrets) for field in fields)


def _masked_field(kind: GroupKind, field: FieldReport, secrets: frozenset[str]) -> FieldReport:
    base, desired, live = mask_values(kind, field.path, field.base, field.desired, field.live)
    who = field.git_by
    if who is not None and kind == _KIND:
        who = replace(who, subject=mask_text(who.subject, secrets))
    return replace(field, base=base, desired=desired, live=live, git_by=who)


def _field_secrets(kind: GroupKind, fields: tuple[FieldReport, ...]) -> frozenset[str]:
    if kind != _KIND:
        return frozenset()
    return _forms(
        value
        for field in fields
        if field.path and field.path[0] in _DATA
        for value in (field.base, field.desired, field.live)
    )
