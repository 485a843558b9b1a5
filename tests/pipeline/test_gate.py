"""What forbids a write as a whole, with nothing written."""

from typing import Any

import pytest

from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.reports import ApplyReport
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline
from tests.walk.shop import CANARY, config_map

UNRESOLVED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '${NAME}'}\n"
ENCRYPTED = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\n"
    f"stringData: {{password: 'ENC[AES256_GCM,data:{CANARY},iv:a,tag:b,type:str]'}}\nsops: {{mac: x}}\n"
)


@pytest.fixture
def app(repo: RepoBuilder, pipeline: Pipeline) -> Pipeline:
    repo.write("app/one.yaml", config_map("one"))
    repo.commit()
    return pipeline


def refused(pipeline: Pipeline, **write: Any) -> str:
    """Why the write was refused; nothing may have been written."""
    path = f"/api/v1/namespaces/{pipeline.cluster.namespace}/configmaps"
    before = [one["metadata"] for one in pipeline.cluster.raw("GET", path)["items"]]
    report: ApplyReport = pipeline.apply(**write)
    assert exit_code(report) == 3
    assert not report.objects
    assert {one.method for one in pipeline.sent} <= {"GET", "PATCH"}
    assert all("dryRun=All" in one.target for one in pipeline.sent if one.method == "PATCH")
    assert [one["metadata"] for one in pipeline.cluster.raw("GET", path)["items"]] == before
    return "\n".join(report.refusals)


@pytest.mark.parametrize("dry_run", ["none", "client", "server"])
@pytest.mark.parametrize(("text", "reason"), [(UNRESOLVED, "metadata.name"), (ENCRYPTED, "SOPS")])
def test_what_is_not_finished(app: Pipeline, text: str, reason: str, dry_run: str) -> None:
    app.repo.write("app/bad.yaml", text)
    app.repo.commit()
    found = refused(app, dry_run=dry_run)
    assert reason in found
    assert "app/bad.yaml:1" in found
    assert CANARY not in found


def test_a_source_that_came_out_empty(app: Pipeline) -> None:
    app.applied()
    app.repo.remove("app/one.yaml")
    app.repo.write("app/README.md", "nothing\n")
    app.repo.commit()
    assert "declares no objects" in refused(app)
    assert app.cluster.get("configmap", "one")


def test_a_revision_that_does_not_descend(app: Pipeline) -> None:
    first = app.repo.git("rev-parse", "HEAD")
    app.repo.write("app/one.yaml", config_map("one", "two"))
    app.repo.commit()
    app.applied()
    app.repo.git("reset", "--quiet", "--hard", first)
    assert "--allow-rewind" in refused(app)
    app.applied(allow_rewind=True)
    assert app.cluster.get("configmap", "one")["data"]["greeting"] == "hello"


def test_a_revision_whose_predecessor_is_nowhere(app: Pipeline) -> None:
    """Whether it is a rewind can't be told, and that is a refusal too."""
    app.repo.commit("To be amended")
    app.applied()
    app.repo.write("app/one.yaml", config_map("one", "amended"))
    app.repo.git("add", "--all")
    app.repo.git("commit", "--quiet", "--amend", "--message=Another history")
    app.repo.git("reflog", "expire", "--expire=now", "--all")
    app.repo.git("gc", "--quiet", "--prune=now")
    assert "can't be compared" in refused(app)


def test_another_source_s_inventory(app: Pipeline, cluster: Cluster) -> None:
    app.applied()
    other = f'{{"data": {{"path": "{cluster.namespace}"}}}}'
    cluster.kubectl("patch", "configmap", "gitops-shop", "--patch", other)
    assert "--move-inventory" in refused(app)
    app.applied(move_inventory=True)
    assert cluster.get("configmap", "gitops-shop")["data"]["path"] == "app"


def test_an_object_that_is_someone_s(app: Pipeline, cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "one")
    assert "--adopt" in refused(app)
