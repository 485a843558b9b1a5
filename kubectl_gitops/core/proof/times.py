"""The canonical text of a time of a built-in kind: UTC, whole seconds (k8s.io/apimachinery, meta/v1 Time)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")


def canonical(text: str) -> str | None:
    """How the API server writes this time back; None where it is no RFC 3339 time that can be told for sure."""
    parts = _RFC3339.fullmatch(text)
    if parts is None:
        return None
    try:
        moment = datetime.fromisoformat(parts[1] + ("+00:00" if parts[2] == "Z" else parts[2])).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year >= 1000 else None
