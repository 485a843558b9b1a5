"""Reports as the JSON that users read. The fields are fixed; ``schemas/*-report.json`` describe them."""

from __future__ import annotations

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import text
from kubectl_gitops.core.reports import (
    API_VERSION,
    ApplyObject,
    ApplyReport,
    ClusterReport,
    Deployment,
    DriftReport,
    FieldReport,
    GitBy,
    HistoryReport,
    Ignored,
    LiveBy,
    ObjectRef,
    ObjectReport,
    Report,
    SkippedDocument,
    SourceReport,
    State,
    actions,
    states,
)
from kubectl_gitops.core.schema import MISSING


def to_json(report: Report) -> dict[str, Json]:
    """The report as plain JSON values, absent ones left out; a field's value null stays."""
    match report:
        case DriftReport():
            return _drift(report)
        case ApplyReport():
            return _apply(report)
        case HistoryReport():
            return _history(report)


def _present(**items: Json) -> dict[str, Json]:
    return {name: value for name, value in items.items() if value is not None and value != ""}


def _head(kind: str, name: str, target: str) -> dict[str, Json]:
    return {"apiVersion": API_VERSION, "kind": kind, "name": name, **_present(target=target)}


def _drift(report: DriftReport) -> dict[str, Json]:
    counts = states(report)
    return {
        **_head("DriftReport", report.name, report.target),
        "source": _source(report.source),
        **_present(base={"revision": report.base_revision} if report.base_revision else None),
        "cluster": _cluster(report.cluster),
        "summary": {
            "objects": sum(counts.values()),
            **{state.value: count for state, count in counts.items()},
        },
        "objects": [_object(item) for item in report.objects if item.state is not State.SYNCED],
        "ignored": [_ignored(item) for item in report.ignored],
        "skipped": [_skipped(item) for item in report.skipped],
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
    }


def _apply(report: ApplyReport) -> dict[str, Json]:
    counts = actions(report)
    return {
        **_head("ApplyReport", report.name, report.target),
        "command": report.command,
        **_present(
            revision=report.revision,
            source=_source(report.source) if report.source else None,
            dryRun=report.dry_run if report.dry_run != "none" else None,
        ),
        "cluster": _cluster(report.cluster),
        "summary": {
            "objects": sum(counts.values()),
            **{action.value: count for action, count in counts.items()},
        },
        "objects": [_applied(item) for item in report.objects],
        "refusals": list(report.refusals),
        "requests": report.requests,
        "seconds": round(report.seconds, 3),
    }


def _history(report: HistoryReport) -> dict[str, Json]:
    return {
        **_head("HistoryReport", report.name, report.target),
        **_present(revision=report.revision),
        "cluster": _cluster(report.cluster),
        "deployments": [_deployment(item) for item in report.deployments],
    }


def _source(source: SourceReport) -> dict[str, Json]:
    return {
        "repository": source.repository,
        "path": source.path,
        **_present(ref=source.ref, revision=source.revision, renderer=source.renderer),
    }


def _cluster(cluster: ClusterReport) -> dict[str, Json]:
    return _present(context=cluster.context, server=cluster.server, version=cluster.version)


def _ref(ref: ObjectRef) -> dict[str, Json]:
    return {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        **_present(namespace=ref.namespace),
        "name": ref.name,
    }


def _object(item: ObjectReport) -> dict[str, Json]:
    return {
        **_ref(item.object),
        "state": item.state.value,
        **_present(file=item.file, line=item.line or None),
        "fields": [_field(field) for field in item.fields],
    }


def _field(field: FieldReport) -> dict[str, Json]:
    values = {"base": field.base, "desired": field.desired, "live": field.live}
    return {
        "path": text(field.path),
        "verdict": field.verdict.value,
        **{name: value for name, value in values.items() if value is not MISSING},
        **_present(
            live_by=_live_by(field.live_by) if field.live_by else None,
            git_by=_git_by(field.git_by) if field.git_by else None,
        ),
    }


def _live_by(who: LiveBy) -> dict[str, Json]:
    return {
        "manager": who.manager,
        "operation": who.operation,
        "subresource": who.subresource,
        **_present(not_after=who.not_after),
    }


def _git_by(who: GitBy) -> dict[str, Json]:
    return {"commit": who.commit, "author": who.author, "time": who.time, "subject": who.subject}


def _ignored(item: Ignored) -> dict[str, Json]:
    return _present(
        object=_ref(item.object) if item.object else None,
        path=item.path,
        rule=item.rule,
        reason=item.reason,
        expires=item.expires,
        expired=True if item.expired else None,
    )


def _skipped(item: SkippedDocument) -> dict[str, Json]:
    return {"file": item.file, "line": item.line, "reason": item.reason}


def _applied(item: ApplyObject) -> dict[str, Json]:
    return {
        **_ref(item.object),
        "action": item.action.value,
        **_present(
            health=item.health.value if item.health else None,
            message=item.message,
            fields=[_field(field) for field in item.fields] or None,
        ),
    }


def _deployment(item: Deployment) -> dict[str, Json]:
    return {
        "revision": item.revision,
        "time": item.time,
        **_present(actor=item.actor, author=item.author, subject=item.subject),
        "result": item.result,
        "counts": dict(item.counts),
        "objects": [{**_ref(changed.object), "action": changed.action.value} for changed in item.objects],
    }
