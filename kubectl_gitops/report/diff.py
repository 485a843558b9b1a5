"""``-o diff``: unified, as ``kubectl diff`` prints it."""

from __future__ import annotations

import difflib

from kubectl_gitops.core.masking import masked_drift
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.reports import DriftReport, ObjectRef, ObjectReport
from kubectl_gitops.report.escape import visible, visible_lines
from kubectl_gitops.report.yaml_output import yaml_of


def diff_text(report: DriftReport) -> str:
    """From what is live to what a reconcile would make of it, without managedFields and secrets.

    Objects that carry neither body are left out.
    """
    return "".join(_object(item) for item in masked_drift(report).objects)


def file_name(ref: ObjectRef) -> str:
    """``apps.v1.Deployment.shop.web`` (kubectl, pkg/cmd/diff, InfoObject.Name)."""
    version = ref.api_version.rpartition("/")[2]
    group = f"{ref.key.group}." if ref.key.group else ""
    return visible(f"{group}{version}.{ref.kind}.{ref.namespace}.{ref.name}")


def _object(item: ObjectReport) -> str:
    live, merged = _lines(item.live), _lines(item.merged)
    name = file_name(item.object)
    diff = list(difflib.unified_diff(live, merged, f"LIVE/{name}", f"MERGED/{name}", lineterm=""))
    if not diff:
        return ""
    return "\n".join([f"diff -u -N LIVE/{name} MERGED/{name}", *diff]) + "\n"


def _lines(body: Body | None) -> list[str]:
    if body is None:
        return []
    metadata = body.get("metadata")
    if isinstance(metadata, dict):
        body = {**body, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}
    return visible_lines(yaml_of(_sorted(body))).removesuffix("\n").split("\n")


def _sorted(value: Json) -> Json:
    """Both sides in one order of keys, so that only differences differ."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=str)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
