"""``-o name``: one ``deployment.apps/web`` a line, as kubectl prints names."""

from __future__ import annotations

from kubectl_gitops.core.reports import ApplyReport, DriftReport, HistoryReport, ObjectRef, Report, State
from kubectl_gitops.report.escape import visible


def name_text(report: Report) -> str:
    """The objects that are not in sync; those a write dealt with; the revisions of a history."""
    match report:
        case DriftReport():
            lines = [name_of(item.object) for item in report.objects if item.state is not State.SYNCED]
        case ApplyReport():
            lines = [name_of(item.object) for item in report.objects]
        case HistoryReport():
            lines = [visible(item.revision) for item in report.deployments]
    return "".join(f"{line}\n" for line in lines)


def name_of(ref: ObjectRef) -> str:
    """``deployment.apps/web``, ``configmap/web`` (k8s.io/cli-runtime, pkg/printers, NamePrinter)."""
    group, kind = ref.key.group, ref.kind.lower()
    return visible(f"{kind}.{group}/{ref.name}" if group else f"{kind}/{ref.name}")
