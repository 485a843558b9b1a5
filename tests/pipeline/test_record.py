"""The inventory around a run: what it says when someone else writes it, and what a hand did to it."""

import json
from typing import Any

import pytest

from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.reports import Action
from kubectl_gitops.errors import Failed, Refused, SourceError
from kubectl_gitops.pipeline import record
from kubectl_gitops.pipeline.history import history
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline, Quiet, actions, states
from tests.walk.shop import config_map

INVENTORY = "gitops-shop"


@pytest.fixture
def app(repo: RepoBuilder, pipeline: Pipeline) -> Pipeline:
    repo.write("app/one.yaml", config_map("one"))
    repo.commit()
    pipeline.applied()
    return pipeline


def move(cluster: Cluster) -> None:
    cluster.kubectl("annotate", "configmap", INVENTORY, "--overwrite", "example.com/moved=yes")


def test_a_run_beside_another_is_refused_before_it_writes(
    app: Pipeline, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = record.covering

    def beside(found: Any) -> Any:
        move(cluster)
        return real(found)

    monkeypatch.setattr(record, "covering", beside)
    app.repo.write("app/one.yaml", config_map("one", "changed"))
    app.repo.commit()
    with pytest.raises(Refused, match="written by someone else"):
        app.apply()
    assert cluster.get("configmap", "one")["data"]["greeting"] == "hello"


def test_after_objects_were_written_it_is_a_failure(app: Pipeline, cluster: Cluster) -> None:
    """Exit code 3 would say that nothing was written."""

    class Meanwhile(Quiet):
        def written(self, key: Key, action: Action, message: str = "") -> None:
            move(cluster)

    app.progress = Meanwhile()
    app.repo.write("app/one.yaml", config_map("one", "changed"))
    app.repo.commit()
    with pytest.raises(Failed, match="the objects were written, but"):
        app.apply()
    assert cluster.get("configmap", "one")["data"]["greeting"] == "changed"
    # The next run finds its way.
    app.progress = Quiet()
    assert states(app.drift()) == {}
    assert actions(app.applied()) == {"ConfigMap/one": "unchanged"}


def test_the_superset_is_written_first_and_shrunk_last(app: Pipeline, cluster: Cluster) -> None:
    kinds: list[str] = []

    class Looking(Quiet):
        def written(self, key: Key, action: Action, message: str = "") -> None:
            kinds.append(_kinds(cluster))

    app.repo.write("app/account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n")
    app.repo.commit()
    app.progress = Looking()
    app.applied()
    assert kinds == ["ConfigMap,ServiceAccount"]
    app.repo.remove("app/account.yaml")
    app.repo.commit()
    app.applied()
    assert kinds[1:] == ["ConfigMap,ServiceAccount"]
    assert _kinds(cluster) == "ConfigMap"


def _kinds(cluster: Cluster) -> str:
    annotations = cluster.get("configmap", INVENTORY)["metadata"]["annotations"]
    return str(annotations["applyset.kubernetes.io/contains-group-kinds"])


def test_what_failed_keeps_its_base(app: Pipeline, cluster: Cluster) -> None:
    first = app.repo.git("rev-parse", "HEAD")
    app.repo.write("app/one.yaml", config_map("one", "{b: c}"))
    app.repo.write("app/two.yaml", config_map("two"))
    second = app.repo.commit()
    assert exit_code(app.apply()) == 1
    data = cluster.get("configmap", INVENTORY)["data"]
    assert data["revision"] == second
    assert json.loads(data["behind"]) == {first: [f"ConfigMap/{cluster.namespace}/one"]}


@pytest.mark.parametrize("text", ["", "created", "exploded v1 ConfigMap shop/one", "created v1 ConfigMap"])
def test_a_history_that_a_hand_changed_is_an_error_in_words(app: Pipeline, cluster: Cluster, text: str) -> None:
    data = cluster.get("configmap", INVENTORY)["data"]
    deployments = json.loads(data["deployments"])
    deployments[0]["changed"] = [text]
    patch = json.dumps({"data": {"deployments": json.dumps(deployments)}})
    cluster.kubectl("patch", "configmap", INVENTORY, "--patch", patch)
    with pytest.raises(SourceError, match="changed by hand"):
        list(history(app.request))
    assert states(app.drift()) == {}
