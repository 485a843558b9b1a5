"""Reading the status of any object, without trusting that it has the shape it should have."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_gitops.core.objects import Body, Json


class MalformedError(Exception):
    """A field does not have the type that every Kubernetes object gives it; ``str(error)`` says which."""


def field(body: Json, *path: str) -> Json:
    """The value at the path, None where there is none.

    Raises MalformedError where something on the way is no map.
    """
    for depth, name in enumerate(path):
        if body is None:
            return None
        if not isinstance(body, Mapping):
            raise MalformedError(f"{'.'.join(path[:depth]) or 'an item of a list'} is not a map")
        body = body.get(name)
    return body


def number(body: Body, *path: str) -> int | None:
    """The whole number at the path, None where there is none; raises MalformedError for any other value."""
    value = field(body, *path)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedError(f"{'.'.join(path)} is not a whole number")
    return value


def count(body: Body, *path: str) -> int:
    """The same, but 0 where there is none: the API leaves zeroes out."""
    return number(body, *path) or 0


class Conditions(dict[str, Mapping[str, Json]]):
    """Conditions by type, in the object's order; one that is not there reads as an empty one."""

    def __missing__(self, kind: str) -> Mapping[str, Json]:
        return {}

    def status(self, kind: str) -> Json:
        """``True``, ``False`` or ``Unknown``, None if the condition is not there."""
        return self[kind].get("status")

    def said(self, kind: str) -> str:
        """What a condition tells people."""
        return str(self[kind].get("message") or self[kind].get("reason") or kind)


def conditions_of(body: Body) -> Conditions:
    """``status.conditions``; raises MalformedError if they are none."""
    conditions = field(body, "status", "conditions") or []
    if not isinstance(conditions, list) or not all(isinstance(one, Mapping) for one in conditions):
        raise MalformedError("status.conditions is not a list of conditions")
    return Conditions((str(one.get("type")), one) for one in conditions)
