"""The shop's repository, and a user with few rights."""

from collections.abc import Iterator

import pytest

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
