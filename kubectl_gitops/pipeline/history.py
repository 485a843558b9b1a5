"""``history``: the deployments that a target's inventory records."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_gitops.cluster import connect
from kubectl_gitops.core.inventory import Deployment
from kubectl_gitops.core.reports import Action, ChangedObject, ClusterReport, HistoryReport, ObjectRef
from kubectl_gitops.core.reports import Deployment as DeploymentReport
from kubectl_gitops.errors import Failed, SourceError
from kubectl_gitops.pipeline.request import TargetRequest
from kubectl_gitops.pipeline.session import Session
from kubectl_gitops.pipeline.source import aims
from kubectl_gitops.pipeline.survey import read_inventory


def history(request: TargetRequest) -> Iterator[HistoryReport]:
    """Each target's deployments, the latest first. Raises Failed for a target that was never applied."""
    for aim in aims(request):
        session = Session.open(connect(aim.connect))
        inventory = read_inventory(session, aim.inventory, aim.namespace)
        cluster = session.cluster
        if inventory is None:
            raise Failed(
                f"there is no inventory {aim.namespace}/{aim.inventory} in context {cluster.context}: "
                "this target was never applied there"
            )
        yield HistoryReport(
            aim.name,
            aim.target.name,
            inventory.revision,
            ClusterReport(cluster.context, cluster.server, cluster.version()),
            tuple(_report(one) for one in inventory.deployments),
        )


def _report(one: Deployment) -> DeploymentReport:
    changed = tuple(_changed(text) for text in one.changed)
    return DeploymentReport(
        one.revision, one.time, one.actor, one.author, one.result, dict(one.counts), changed, one.subject
    )


def _changed(text: str) -> ChangedObject:
    """Raises SourceError for a text that this tool does not write."""
    action, *rest = text.split(" ", 3)
    if action not in frozenset(Action) or len(rest) != 3:
        raise SourceError(f"the inventory's history can't be read: {text!r} was changed by hand; take that entry out")
    api_version, kind, where = rest
    namespace, _, name = where.rpartition("/")
    return ChangedObject(ObjectRef(api_version, kind, namespace, name), Action(action))
