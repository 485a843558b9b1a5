"""The fixtures themselves: what every other test relies on."""

import os
from pathlib import Path

import pytest

from tests.controlplane import ApiError, ControlPlane
from tests.harness import Cluster, RepoBuilder

POD = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}


def test_nothing_of_the_person_is_seen(tmp_path: Path) -> None:
    assert Path.home() == tmp_path / "home"
    assert not Path(os.environ["KUBECONFIG"]).exists()


def test_repo(repo: RepoBuilder) -> None:
    repo.write("envs/prod/web.yaml", "a: 1\n")
    first = repo.commit("Add web")
    repo.remove("envs/prod/web.yaml")
    second = repo.commit("Remove web", author="Bob Builder <bob@example.com>")
    assert repo.git("log", "--format=%H %an %s").splitlines() == [
        f"{second} Bob Builder Remove web",
        f"{first} Ada Author Add web",
    ]


def test_cluster(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "settings", "--from-literal=a=b")
    live = cluster.get("configmap", "settings")
    assert live["data"] == {"a": "b"}
    assert live["metadata"]["managedFields"][0]["manager"] == "kubectl-create"
    path = f"/api/v1/namespaces/{cluster.namespace}/configmaps/settings"
    assert cluster.raw("GET", path) == live
    with pytest.raises(ApiError, match="404"):
        cluster.raw("GET", f"{path}-2")


def test_no_controller_acts(cluster: Cluster) -> None:
    path = f"/api/v1/namespaces/{cluster.namespace}/pods"
    created = cluster.raw("POST", path, POD)
    assert created["status"]["phase"] == "Pending"


def test_users_have_no_rights(control_plane: ControlPlane, namespace: str) -> None:
    kubeconfig = control_plane.user()
    assert kubeconfig != control_plane.user()
    api = control_plane.api(kubeconfig.stem)
    with pytest.raises(ApiError, match=f'User "{kubeconfig.stem}" cannot list resource "pods"'):
        api.request("GET", f"/api/v1/namespaces/{namespace}/pods")
    api.close()


def test_controllers_run_pods(controllers: ControlPlane, cluster: Cluster) -> None:
    cluster.kubectl("create", "deployment", "web", "--image=web:1")
    cluster.kubectl("rollout", "status", "deployment/web", "--timeout=30s")
    cluster.kubectl("create", "job", "job", "--image=web:1")
    cluster.kubectl("wait", "--for=condition=complete", "job/job", "--timeout=30s")
    assert cluster.get("deployment", "web")["status"]["readyReplicas"] == 1


def test_controllers_leave_broken_pods_unready(controllers: ControlPlane, cluster: Cluster) -> None:
    broken = {**POD, "metadata": {"name": "web", "annotations": {"tests/pod": "broken"}}}
    path = f"/api/v1/namespaces/{cluster.namespace}/pods"
    cluster.raw("POST", path, broken)
    cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Running", "pod/web", "--timeout=30s")
    state = cluster.get("pod", "web")["status"]["containerStatuses"][0]["state"]
    assert state["waiting"]["reason"] == "CrashLoopBackOff"
