"""Orphans, and what may be missing from them: an API that does not answer has members that nobody sees."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kubectl_gitops.cluster import Cluster as Connection
from kubectl_gitops.cluster import Resources
from kubectl_gitops.cluster.discovery import discover
from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.plan import Consent, Mode
from kubectl_gitops.core.prune import Limit
from kubectl_gitops.core.reports import ApplyReport
from kubectl_gitops.pipeline import session
from kubectl_gitops.pipeline.request import WriteRequest
from kubectl_gitops.pipeline.teardown import teardown
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline, actions, states
from tests.walk.shop import config_map

RBAC = "rbac.authorization.k8s.io"
ROLE = f"apiVersion: {RBAC}/v1\nkind: Role\nmetadata: {{name: reader}}\nrules: []\n"


@pytest.fixture
def app(repo: RepoBuilder, pipeline: Pipeline) -> Pipeline:
    """A Role and two ConfigMaps are applied; then the source drops the Role and one of the others."""
    repo.write("app/kept.yaml", config_map("kept"))
    repo.write("app/dropped.yaml", config_map("dropped"))
    repo.write("app/role.yaml", ROLE)
    repo.commit()
    pipeline.applied()
    repo.remove("app/role.yaml")
    repo.remove("app/dropped.yaml")
    repo.commit()
    return pipeline


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The API of Roles does not answer, as an aggregated one whose server is down."""

    def without(connection: Connection) -> Resources:
        found = discover(connection)
        return replace(
            found,
            unreachable=frozenset({f"{RBAC}/v1"}),
            _by_kind={key: one for key, one in found._by_kind.items() if one.group != RBAC},
            _preferred={key: one for key, one in found._preferred.items() if one.group != RBAC},
        )

    with monkeypatch.context() as patched:
        patched.setattr(session, "discover", without)
        yield patched


def recorded(cluster: Cluster) -> str:
    inventory = cluster.get("configmap", "gitops-shop")
    return str(inventory["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"])


def test_orphans_of_kinds_that_are_only_recorded(app: Pipeline) -> None:
    assert states(app.drift()) == {"Role/reader": "Orphaned", "ConfigMap/dropped": "Orphaned"}
    assert actions(app.applied()) == {
        "ConfigMap/kept": "unchanged",
        "ConfigMap/dropped": "pruned",
        "Role/reader": "pruned",
    }
    assert states(app.drift()) == {}
    assert recorded(app.cluster) == "ConfigMap"


def test_an_api_that_does_not_answer_is_a_gap(app: Pipeline, unreachable: pytest.MonkeyPatch) -> None:
    report = app.drift()
    assert report.could_not_tell == (f"could not list Role: the server can't reach the API {RBAC}",)
    assert exit_code(report) == 2


def test_nothing_is_pruned_beside_a_gap_and_nothing_lost_track_of(
    app: Pipeline, unreachable: pytest.MonkeyPatch
) -> None:
    report = app.apply()
    assert actions(report)["ConfigMap/dropped"] == "skipped"
    assert "Role" in recorded(app.cluster)
    unreachable.undo()
    assert actions(app.applied())["Role/reader"] == "pruned"


def torn_down(pipeline: Pipeline) -> ApplyReport:
    write = WriteRequest(Mode.RECONCILE, Consent(), wait=False, prune_limit=Limit(100, percent=True))
    (report,) = teardown(pipeline.request, write, pipeline.progress)
    return report


def test_nothing_is_torn_down_beside_a_gap(app: Pipeline, unreachable: pytest.MonkeyPatch) -> None:
    refused = torn_down(app)
    assert exit_code(refused) == 3
    assert "Role" in refused.refusals[0]
    assert app.cluster.get("configmap", "kept")
    unreachable.undo()
    assert set(actions(torn_down(app)).values()) == {"pruned"}
    assert not app.cluster.exists(f"/apis/{RBAC}/v1/namespaces/{app.cluster.namespace}/roles/reader")


def test_a_kind_that_is_gone_for_good_is_no_gap(app: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its definition took its objects with it."""

    def without(connection: Connection) -> Resources:
        found = discover(connection)
        return replace(found, _preferred={key: one for key, one in found._preferred.items() if one.group != RBAC})

    monkeypatch.setattr(session, "discover", without)
    report = app.drift()
    assert report.could_not_tell == ()
    assert states(report) == {"ConfigMap/dropped": "Orphaned"}


def test_what_only_carries_the_label_is_nobody_s_orphan(app: Pipeline, cluster: Cluster) -> None:
    label = cluster.get("configmap", "kept")["metadata"]["labels"]["applyset.kubernetes.io/part-of"]
    cluster.kubectl("create", "configmap", "copied")
    cluster.kubectl("label", "configmap", "copied", f"applyset.kubernetes.io/part-of={label}")
    assert "ConfigMap/copied" not in states(app.drift())
    app.applied()
    assert cluster.get("configmap", "copied")


def test_a_narrowed_drift_reports_the_orphans_that_were_asked_about(app: Pipeline) -> None:
    assert states(app.drift("configmap/kept")) == {}
    assert states(app.drift("configmap/dropped")) == {"ConfigMap/dropped": "Orphaned"}
