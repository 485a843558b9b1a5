"""The shop's repository, and helm where a chart is rendered."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane import ControlPlane
from tests.harness import Cluster, RepoBuilder
from tests.walk.shop import Shop, build_shop, remove


@pytest.fixture
def shop(repo: RepoBuilder, cluster: Cluster) -> Iterator[Shop]:
    """The shop's repository, committed; nothing of it is in the cluster."""
    built = build_shop(repo, cluster)
    yield built
    remove(
        cluster,
        f"/api/v1/namespaces/{built.own}",
        f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{built.group}",
    )


@pytest.fixture
def with_helm(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of helm, put on the PATH."""
    monkeypatch.setenv("PATH", f"{plane.bin}{os.pathsep}{os.environ['PATH']}")
    return plane.bin
