"""Waiting until freshly written CustomResourceDefinitions are served."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from kubectl_gitops.cluster import ApiError, get_object
from kubectl_gitops.pipeline.session import Session

PAUSE = 0.05


def wait_until_established(session: Session, names: Iterable[str], deadline: float) -> Mapping[str, str]:
    """Wait for the condition Established of each definition, then look again at what the server serves.

    ``deadline`` is a ``time.monotonic()`` value. The result names those that are not established by then, or can't be
    read, with the server's own reason.

    Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
    """
    resource = session.resources.preferred("apiextensions.k8s.io", "CustomResourceDefinition")
    assert resource is not None
    wanted = set(names)
    failed: dict[str, str] = {}
    while wanted:
        for name in sorted(wanted):
            try:
                body = get_object(session.cluster, resource, "", name) or {}
            except ApiError as error:
                failed[name] = f"can't tell whether it is established: {error}"
                continue
            conditions = {one["type"]: one for one in (body.get("status") or {}).get("conditions") or ()}
            if conditions.get("Established", {}).get("status") == "True":
                wanted.discard(name)
            elif time.monotonic() > deadline:
                why = conditions.get("NamesAccepted", {}).get("message") or "the server gives no reason"
                failed[name] = f"it is not established: {why}"
        wanted -= failed.keys()
        if wanted:
            time.sleep(PAUSE)
    session.refresh()
    return failed
