"""``-o yaml``: the same values as ``-o json``."""

from __future__ import annotations

from kubectl_gitops.core.masking import masked
from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.report_json import to_json
from kubectl_gitops.core.reports import Report
from kubectl_gitops.report.escape import visible_json
from kubectl_gitops.report.json_output import encode


def yaml_text(report: Report) -> str:
    """The report as YAML, without secrets.

    What can't be written as YAML in printable characters is written as JSON, which is YAML too.
    """
    value = to_json(masked(report))
    text = yaml_of(value)
    return text if text.replace("\n", "").isprintable() else visible_json(encode(value))


def yaml_of(value: Json) -> str:
    """Plain JSON values as YAML, or as JSON where they hold what no YAML can (a lone surrogate)."""
    from kubectl_gitops.manifests.dumping import dump

    try:
        return dump(value)
    except ValueError:
        return encode(value)
