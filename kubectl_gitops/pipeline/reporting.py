"""From a survey to the values that are reported: the three-way table with who and when on both sides."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.managed import Entry
from kubectl_gitops.core.objects import Body, Manifest
from kubectl_gitops.core.path import text
from kubectl_gitops.core.prune import PruneDecision
from kubectl_gitops.core.reports import (
    ClusterReport,
    DriftReport,
    FieldReport,
    Ignored,
    LiveBy,
    ObjectRef,
    ObjectReport,
    SkippedDocument,
    SourceReport,
    State,
)
from kubectl_gitops.core.verdicts import Judged
from kubectl_gitops.pipeline.attribution import Attribution
from kubectl_gitops.pipeline.survey import Survey


def drift_report(found: Survey, orphans: PruneDecision) -> DriftReport:
    """The survey as a drift report; requests and seconds are for the caller to fill in.

    Objects that only seem to be orphans are not in ``orphans`` and so not reported.
    """
    blame = attribution(found)
    synced = sum(1 for one in found.assessments if one.state is State.SYNCED)
    objects = [object_report(one, blame) for one in found.assessments if one.state is not State.SYNCED]
    stray = [*((orphan, "") for orphan in orphans.prune), *orphans.kept]
    objects.extend(
        ObjectReport(ref(orphan.body), State.ORPHANED, message=reason, live=orphan.body) for orphan, reason in stray
    )
    could_not_tell = [f"could not list {gap}" for gap in found.gaps]
    could_not_tell.extend(
        f"{name}: proven clean locally, but the server would change it; please report this"
        for name in found.disagreements
    )
    return DriftReport(
        found.aim.name,
        found.aim.target.name,
        source_report(found),
        cluster_report(found),
        base_revision=found.inventory.revision if found.inventory else "",
        synced=synced,
        objects=tuple(objects),
        ignored=tuple(_ignored(found.assessments)) + found.aim.expired_rules(),
        skipped=tuple(SkippedDocument(one.file, one.line, one.reason) for one in found.source.skipped),
        could_not_tell=tuple(could_not_tell),
        arguments=found.aim.arguments,
    )


def attribution(found: Survey) -> Attribution | None:
    """Who changed what in Git; None when the files on disk are compared, of which Git knows nothing yet."""
    if found.aim.commit is None:
        return None
    since = found.inventory.revision if found.inventory else ""
    return Attribution(found.aim.repository, found.aim.commit, found.aim.path, since)


def source_report(found: Survey) -> SourceReport:
    aim = found.aim
    commit = aim.commit
    return SourceReport(
        aim.identity,
        aim.path,
        revision=commit.id if commit else "",
        ref=commit.ref if commit else "",
        renderer=found.source.renderer,
        subject=commit.subject if commit else "the files on disk",
    )


def cluster_report(found: Survey) -> ClusterReport:
    cluster = found.session.cluster
    return ClusterReport(cluster.context, cluster.server, cluster.version())


def object_report(found: Assessment, blame: Attribution | None) -> ObjectReport:
    """One assessment with its fields and who changed them."""
    manifest = found.manifest
    body: Body = found.desired or found.live or {}
    return ObjectReport(
        ref(body),
        found.state,
        file=manifest.file if manifest else "",
        line=manifest.line if manifest else 0,
        fields=tuple(field_report(field, manifest, blame) for field in found.fields),
        message=found.message,
        live=found.live,
        merged=found.merged if found.live is not None else found.desired,
    )


def field_report(field: Judged, manifest: Manifest | None, blame: Attribution | None) -> FieldReport:
    base, desired, live = field.base, field.desired, field.live
    if field.order:
        desired, live = ([text((step,)) for step in steps] for steps in (desired, live))
    return FieldReport(
        field.path,
        field.verdict,
        base,
        desired,
        live,
        live_by=live_by(field.by) if field.by else None,
        git_by=blame.of(manifest, field) if blame and manifest else None,
        note=field.note or ("the same entries in another order" if field.order else ""),
    )


def live_by(entry: Entry) -> LiveBy:
    return LiveBy(entry.manager, entry.operation, entry.subresource, entry.time)


def ref(body: Body) -> ObjectRef:
    metadata = body["metadata"]
    return ObjectRef(body["apiVersion"], body["kind"], metadata.get("namespace") or "", metadata["name"])


def _ignored(assessments: Iterable[Assessment]) -> Iterable[Ignored]:
    for found in assessments:
        for field in found.ignored:
            body = found.desired or found.live
            assert body is not None
            yield Ignored(ref(body), text(field.path), field.rule, field.reason)
