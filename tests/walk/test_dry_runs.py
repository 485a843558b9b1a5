"""Dry runs write nothing at all, and say what a run would do."""

import pytest

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import Shop, actions, config_map, deployment, objects, ok, versions


@pytest.mark.parametrize("kind", ["client", "server"])
def test_before_the_first_apply(shop: Shop, gitops: GitOps, cluster: Cluster, kind: str) -> None:
    """Not even the namespace or the inventory is created."""
    report = gitops("apply", "-t", "dev", f"--dry-run={kind}", "-o", "json")
    assert actions(ok(report)) == {"ConfigMap/dev-app": "created"}
    assert versions(cluster, cluster.namespace) == {}
    plain = gitops("apply", "-t", "plain", "--dry-run=client", "-o", "json")
    assert set(actions(ok(plain)).values()) == {"created"}
    assert not cluster.exists(f"/api/v1/namespaces/{shop.own}")


@pytest.mark.parametrize("kind", ["client", "server"])
@pytest.mark.parametrize("command", ["apply", "reconcile"])
def test_of_every_kind_of_change(repo: RepoBuilder, gitops: GitOps, cluster: Cluster, command: str, kind: str) -> None:
    for name in ("changed", "orphan", "drifted", "missing"):
        repo.write(f"app/{name}.yaml", config_map(name))
    repo.write("app/web.yaml", deployment())
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("patch", "configmap", "drifted", "--patch", '{"data": {"greeting": "mine", "more": "mine"}}')
    cluster.kubectl("delete", "configmap", "missing")
    cluster.kubectl("create", "configmap", "adopted")
    repo.write("app/changed.yaml", config_map("changed", "changed"))
    repo.write("app/adopted.yaml", config_map("adopted"))
    repo.write("app/web.yaml", deployment().replace("matchLabels: {app: web}", "matchLabels: {app: web, a: b}"))
    repo.remove("app/orphan.yaml")
    repo.commit()
    before = versions(cluster, cluster.namespace)

    report = gitops(command, "app", f"--dry-run={kind}", "--adopt", "--recreate", "-o", "json")
    found = actions(report)
    assert versions(cluster, cluster.namespace) == before
    assert {name: found[name] for name in found if name.startswith("ConfigMap")} == {
        "ConfigMap/changed": "configured",
        "ConfigMap/adopted": "configured",
        "ConfigMap/drifted": "kept" if command == "apply" else "configured",
        "ConfigMap/missing": "created",
        "ConfigMap/orphan": "pruned",
    }
    assert report.json()["dryRun"] == kind
    assert "health" not in objects(report)["ConfigMap/changed"] or kind == "server"
    deleted = ok(gitops("delete", "app", f"--dry-run={kind}", "-o", "json"))
    assert set(actions(deleted).values()) == {"pruned"}
    assert versions(cluster, cluster.namespace) == before
    # History has no trace of it either.
    assert len(ok(gitops("history", "app", "-o", "json")).json()["deployments"]) == 1


def test_the_server_s_refusal_shows_in_a_dry_run(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/web.yaml", deployment().replace("containerPort: 80", "containerPort: 800000"))
    repo.write("app/good.yaml", config_map("good"))
    repo.commit()
    failed = ok(gitops("apply", "app", "--dry-run=server", "-o", "json"), 1)
    assert actions(failed) == {"Deployment/web": "failed", "ConfigMap/good": "created"}
    assert "containerPort" in objects(failed)["Deployment/web"]["message"]
    assert versions(cluster, cluster.namespace) == {}
