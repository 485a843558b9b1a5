"""A user who may not see or change everything: what can't be read is never taken for absent."""

from pathlib import Path

import pytest

from tests.controlplane import ControlPlane
from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import SECRET, SERVICE, actions, config_map, deployment, objects, ok, states

RBAC = "/apis/rbac.authorization.k8s.io/v1"


def _may(cluster: Cluster, user: Path, *rules: tuple[str, str, str]) -> None:
    """Let the user do things in the test's namespace; each rule is group, resources, verbs."""
    role = {
        "metadata": {"generateName": "walk-"},
        "rules": [
            {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
            for group, resources, verbs in rules
        ],
    }
    path = f"{RBAC}/namespaces/{cluster.namespace}"
    name = cluster.raw("POST", f"{path}/roles", role)["metadata"]["name"]
    binding = {
        "metadata": {"generateName": "walk-"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [{"kind": "User", "name": user.stem}],
    }
    cluster.raw("POST", f"{path}/rolebindings", binding)


@pytest.fixture
def user(control_plane: ControlPlane) -> Path:
    return control_plane.user()


ALL = "get list watch create update patch delete"


def test_kinds_that_can_t_be_read_are_unverified(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, user: Path
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.write("app/config.yaml", config_map("settings"))
    repo.write("app/secret.yaml", SECRET)
    repo.write("app/service.yaml", SERVICE)
    repo.write("app/gone.yaml", config_map("gone"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait", "-n", cluster.namespace))
    _may(cluster, user, ("", "configmaps", ALL), ("apps", "deployments", ALL))
    repo.remove("app/gone.yaml")
    repo.write("app/config.yaml", config_map("settings", "changed"))
    repo.write("app/web.yaml", deployment(tier="edge"))
    repo.write("app/service.yaml", SERVICE.replace("port: 80", "port: 81"))
    repo.commit()
    scope = ("app", "-n", cluster.namespace)

    drift = ok(gitops("drift", *scope, "-o", "json", kubeconfig=user), 2)
    found = states(drift)
    assert {name: found[name] for name in ("Secret/login", "Service/web")} == {
        "Secret/login": "Unverified",
        "Service/web": "Unverified",
    }
    assert (found["Deployment/web"], found["ConfigMap/settings"]) == ("Pending", "Pending")
    assert "Secret" in drift.err
    assert "forbidden" in drift.err

    applied = ok(gitops("apply", *scope, "--no-wait", "-o", "json", kubeconfig=user), 1)
    found = actions(applied)
    assert (found["Deployment/web"], found["ConfigMap/settings"]) == ("configured", "configured")
    assert (found["Secret/login"], found["Service/web"]) == ("failed", "failed")
    assert "forbidden" in objects(applied)["Service/web"]["message"]
    assert "pruned" not in found.values()
    assert cluster.get("configmap", "settings")["data"] == {"greeting": "changed"}
    assert cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/gone")
    assert cluster.get("service", "web")["spec"]["ports"][0]["port"] == 80

    # Whoever sees it all takes up the rest: base of what failed is still the revision before.
    service = objects(ok(gitops("drift", "app", "-o", "json"), 1))["Service/web"]
    assert {one["verdict"] for one in service["fields"]} <= {"GitChanged", "Removed"}
    rest = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    changed = {name: action for name, action in actions(rest).items() if action != "unchanged"}
    assert changed == {"Service/web": "configured", "ConfigMap/gone": "pruned"}


def test_a_namespace_s_own_user_prunes_in_it(repo: RepoBuilder, gitops: GitOps, cluster: Cluster, user: Path) -> None:
    repo.write("app/a.yaml", config_map("one"))
    repo.write("app/b.yaml", config_map("two"))
    repo.commit()
    _may(cluster, user, ("", "configmaps", ALL))
    scope = ("app", "-n", cluster.namespace)
    ok(gitops("apply", *scope, "--no-wait", kubeconfig=user))
    ok(gitops("drift", *scope, kubeconfig=user))
    repo.remove("app/b.yaml")
    repo.commit()
    applied = ok(gitops("apply", *scope, "--no-wait", "-o", "json", kubeconfig=user))
    assert actions(applied)["ConfigMap/two"] == "pruned"


def test_one_who_may_only_read_writes_nothing_and_is_told(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, user: Path
) -> None:
    repo.write("app/a.yaml", config_map("one"))
    repo.commit()
    _may(cluster, user, ("", "configmaps", "get list"))
    scope = ("app", "-n", cluster.namespace)
    assert states(ok(gitops("drift", *scope, "-o", "json", kubeconfig=user), 1)) == {"ConfigMap/one": "New"}
    failed = ok(gitops("apply", *scope, "--no-wait", kubeconfig=user), 1)
    assert "forbidden" in failed.err + failed.out
    assert not cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/one")


def test_without_the_right_to_read_the_inventory_nothing_is_claimed(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, user: Path
) -> None:
    repo.write("app/a.yaml", config_map("one"))
    repo.commit()
    scope = ("app", "-n", cluster.namespace)
    drift = ok(gitops("drift", *scope, kubeconfig=user), 2)
    assert "forbidden" in drift.err
    assert len(drift.err.strip().splitlines()) == 1
    ok(gitops("apply", *scope, "--no-wait", kubeconfig=user), 1)
    ok(gitops("history", *scope, kubeconfig=user), 1)
    ok(gitops("delete", *scope, kubeconfig=user), 1)


def test_a_server_that_is_not_there_is_one_sentence(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/a.yaml", config_map("one"))
    repo.commit()
    away = ok(gitops("drift", "app", "--server=https://127.0.0.1:1", "--request-timeout=2s"), 2)
    assert "127.0.0.1:1" in away.err
    assert len(away.err.strip().splitlines()) == 1
    wrong = ok(gitops("drift", "app", "--token=wrong", "--user="), 2)
    assert "does not accept the credentials" in wrong.err
    assert "wrong" not in wrong.err
