"""The API server's refusals as values: what was refused, why, and whether trying again can help.

Which answers mean what was read off a kube-apiserver 1.36: a failed validation is 422 with one cause a
field, an apply that does not fit the schema is a bare 500, a missing object is a 404 that names it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kubectl_gitops.core.objects import Json
from kubectl_gitops.errors import GitOpsError

LOST = "ConnectionLost"
"""The reason of an error that is not the server's: the connection broke, and nobody knows whether the write
was done.
"""

_IMMUTABLE = re.compile(
    r"is immutable\b"
    r"|may not change once set"
    r"|may not be changed in an update"
    r"|cannot change roleRef"
    r"|pod updates may not change fields other than"
    r"|updates to \w+ spec for fields other than"
)
_TYPED = ("failed to create typed patch object", "failed to convert new object")
_CONFLICT = re.compile(r'conflict with "((?:[^"\\]|\\.)*)"')
_SECRETS = re.compile(r"/api/v1/(?:namespaces/[^/]+/)?secrets(?:/|\?|$)")
_LONGEST = 500


class Cause(NamedTuple):
    """One field that the server objects to. ``field`` is its path as the server writes it."""

    field: str
    message: str
    reason: str


class FieldConflict(NamedTuple):
    """A field that another manager owns with another value; ``field`` like ``.spec.replicas``."""

    manager: str
    field: str


class ApiError(GitOpsError):
    """The API server refused a request. ``str(error)`` is one line, and carries no text of the server's on
    a Secret.

    ``status`` is the HTTP status, 0 for an answer that never came (``reason`` is then ``LOST``).
    ``retry_after`` is what the server asked to wait, in seconds, when retrying was given up.
    """

    def __init__(self, status: int, answer: Json, path: str, *, retry_after: float | None = None) -> None:
        """``answer`` is the body: a ``Status`` as JSON, or whatever text came instead. ``path`` is the one
        asked for.
        """
        body = answer if isinstance(answer, dict) else {}
        details = body.get("details") or {}
        text = str(body.get("message") or (answer if isinstance(answer, str) else "") or f"HTTP {status}").strip()
        causes = [
            Cause(str(cause.get("field") or ""), str(cause.get("message") or ""), str(cause.get("reason") or ""))
            for cause in details.get("causes") or ()
        ]
        self.status = status
        self.reason = str(body.get("reason") or "")
        self.path = path
        self.retry_after = retry_after
        self.about_secret = status != 0 and _SECRETS.search(path) is not None
        self.field_conflicts: tuple[FieldConflict, ...] = tuple(_field_conflicts(causes))
        self._subject = f"{details.get('kind', '')} {details.get('name', '')}".strip()
        self._names_object = bool(details.get("name"))
        self._immutable = status == 422 and any(_IMMUTABLE.search(cause.message) for cause in causes)
        self._terminating = any(cause.reason == "NamespaceTerminating" for cause in causes) or (
            status == 403 and "because it is being terminated" in text
        )
        self._untyped = status == 500 and text.startswith(_TYPED)
        if self.about_secret:
            causes = [Cause(cause.field, "", cause.reason) for cause in causes]
        self.causes: tuple[Cause, ...] = tuple(causes)
        self.message = self._without_values() if self.about_secret else text
        super().__init__(_one_line(self.message))

    def safe_message(self, secret: bool = False) -> str:
        """The sentence to print; for a Secret only the status, the reason and the names of fields."""
        return _one_line(self._without_values()) if secret else str(self)

    def _without_values(self) -> str:
        reason = self.reason or ("Invalid" if self._untyped else "")
        said = f"the server refused it: HTTP {self.status} {reason}".rstrip() if self.status else "the connection broke"
        fields = ", ".join(sorted({cause.field for cause in self.causes if cause.field}))
        if fields:
            said += f" on {fields}"
        return f"{said} (its text is withheld, because it may quote the Secret)"

    @property
    def is_not_found(self) -> bool:
        """The object (or the namespace it would be in) does not exist; an API that is not served is not
        this.
        """
        return self.status == 404 and self._names_object

    @property
    def is_unserved(self) -> bool:
        """The server knows no such resource: its CRD or aggregated API is not there (yet)."""
        return self.status == 404 and not self._names_object

    @property
    def is_forbidden(self) -> bool:
        return self.status == 403 and not self._terminating

    @property
    def is_already_exists(self) -> bool:
        return self.status == 409 and self.reason == "AlreadyExists"

    @property
    def is_conflict(self) -> bool:
        """The object changed meanwhile (uid or resourceVersion): read it again, decide again, try again."""
        return self.status == 409 and not self.field_conflicts and not self.is_already_exists

    @property
    def is_field_conflict(self) -> bool:
        """Other managers own fields with other values (``field_conflicts``): trying again does not help."""
        return self.status == 409 and bool(self.field_conflicts)

    @property
    def is_immutable(self) -> bool:
        """A field can't be changed on the existing object; only deleting and creating it again would."""
        return self._immutable

    @property
    def is_invalid(self) -> bool:
        """The object itself is at fault. Server-side apply answers 500 for one that does not fit the
        schema.
        """
        return self.status in (400, 422) or self._untyped

    @property
    def is_rejected_patch(self) -> bool:
        """A JSON patch whose ``test`` did not hold or whose path is not there; the server does not say
        which.
        """
        return self.status == 422 and not self.causes and not self._names_object

    @property
    def is_terminating_namespace(self) -> bool:
        """Nothing can be created in the namespace, because it is being deleted."""
        return self._terminating

    @property
    def is_expired(self) -> bool:
        """The token to go on with a LIST is too old."""
        return self.status == 410

    @property
    def is_lost(self) -> bool:
        """The connection broke; whether a write was done is unknown."""
        return self.status == 0


def _field_conflicts(causes: list[Cause]) -> list[FieldConflict]:
    found = []
    for cause in causes:
        if cause.reason == "FieldManagerConflict":
            manager = _CONFLICT.search(cause.message)
            found.append(FieldConflict(_unquoted(manager[1]) if manager else cause.message, cause.field))
    return found


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _one_line(text: str) -> str:
    """The server quotes whole pod templates and diffs; the first line, shortened in the middle, says what
    matters.
    """
    first, _, rest = text.partition("\n")
    line = first.strip()
    if line.endswith(":"):
        line = f"{line} {rest.strip().partition(chr(10))[0].strip()}".strip()
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
    return line
