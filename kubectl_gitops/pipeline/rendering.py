"""``render``: the desired objects of each target, as the source declares them."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_gitops.core.objects import Body
from kubectl_gitops.pipeline.request import TargetRequest
from kubectl_gitops.pipeline.source import aims, load


def render(request: TargetRequest) -> Iterator[Body]:
    """Every object of every target, in the source's order. No cluster is asked. Raises SourceError, UsageError."""
    for aim in aims(request):
        for manifest in load(aim, aim.commit, aim.path).manifests:
            yield manifest.body
