"""Which declared zero values the API server leaves out: they are in no answer, though nothing is to change.

Go's encoding/json drops an ``omitempty`` field when it is "", false, 0, or an empty slice or map. Which fields are
declared so is not in the OpenAPI document; the table comes from the Go types themselves (scripts/go-fields).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from kubectl_gitops.core.objects import Json

# A pod's own resources may not have it (k8s.io/kubernetes, pkg/apis/core/validation).
_REFUSED_EVEN_EMPTY: Final = (("io.k8s.api.core.v1.ResourceRequirements", "claims"),)


@cache
def fields_by_definition() -> Mapping[str, Mapping[str, str]]:
    """OpenAPI definition name → field → letter of its type, for the fields that vanish when they are zero."""
    # The table is 20 kB of text that only comparisons need.
    from kubectl_gitops.core.proof.go_fields import TABLE

    table: dict[str, dict[str, str]] = {}
    package = ""
    for line in TABLE.splitlines():
        if line.startswith("="):
            package = line[1:]
            continue
        name, *classes = line.split(" ")
        table[f"{package}.{name}"] = {
            field: letter
            for letter, _, names in (part.partition(":") for part in classes)
            for field in names.split(",")
        }
    for definition, field in _REFUSED_EVEN_EMPTY:
        del table[definition][field]
    return table


def is_zero(letter: str, value: Json) -> bool:
    """Whether the value is the zero of a Go type: ``letter`` as in the table, "" for a type that is always written.

    A []byte is never taken for zero: its text is decoded first.
    """
    match letter:
        case "s":
            return isinstance(value, str) and not value
        case "b":
            return value is False
        case "n":
            return type(value) in (int, float) and not value
        case "l":
            return isinstance(value, list) and not value
        case "m":
            return isinstance(value, dict) and not value
    return False
