"""Waiting until freshly written CustomResourceDefinitions are served."""

from __future__ import annotations

import time
from collections.abc import Iterable

from kubectl_gitops.cluster import get_object
from kubectl_gitops.errors import Failed
from kubectl_gitops.pipeline.session import Session

PAUSE = 0.05


def wait_until_established(session: Session, names: Iterable[str], deadline: float) -> None:
    """Wait for the condition Established of each definition, then look again at what the server serves.

    ``deadline`` is a ``time.monotonic()`` value. Raises Failed with the server's own reason when it passes, ApiError.

    Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    """
    resource = session.resources.preferred("apiextensions.k8s.io", "CustomResourceDefinition")
    assert resource is not None
    wanted = set(names)
    while wanted:
        for name in sorted(wanted):
            body = get_object(session.cluster, resource, "", name) or {}
            conditions = {one["type"]: one for one in (body.get("status") or {}).get("conditions") or ()}
            if conditions.get("Established", {}).get("status") == "True":
                wanted.discard(name)
            elif time.monotonic() > deadline:
                why = conditions.get("NamesAccepted", {}).get("message") or "the server gives no reason"
                raise Failed(f"CustomResourceDefinition {name} is not established: {why}")
        if wanted:
            time.sleep(PAUSE)
    session.refresh()
