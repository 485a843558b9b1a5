"""``-o json``. Imports nothing that draws on terminals."""

from __future__ import annotations

import json

import orjson

from kubectl_gitops.core.masking import masked
from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.report_json import to_json
from kubectl_gitops.core.reports import Report
from kubectl_gitops.report.escape import visible_json


def json_text(report: Report) -> str:
    """The report as indented JSON, without secrets, ending in a line feed."""
    return visible_json(encode(to_json(masked(report))))


def encode(value: Json) -> str:
    """Plain JSON values as indented text. Strings may hold lone surrogates, integers any digits."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
    except orjson.JSONEncodeError:
        # The standard library takes what orjson refuses; other types (dates in YAML) become their text.
        return json.dumps(value, indent=2, default=str) + "\n"
