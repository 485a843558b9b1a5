"""delete: everything of a target goes, and nothing else."""

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import SECRET, actions, config_map, deployment, objects, ok, states, versions

CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: disk
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
"""
INVENTORY = "gitops-shop"


def _has(cluster: Cluster, name: str) -> bool:
    return cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/{name}")


def test_members_go_and_foreign_objects_stay(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/web.yaml", f"{deployment()}---\n{SECRET}---\n{config_map('settings')}")
    repo.write("app/dropped.yaml", config_map("dropped"))
    repo.commit()
    ok(gitops("apply", "app", "--name=shop", "--no-wait"))
    label = cluster.get("configmap", "settings")["metadata"]["labels"]["applyset.kubernetes.io/part-of"]
    for name in ("foreign", "copied"):
        cluster.kubectl("create", "configmap", name)
    cluster.kubectl("label", "configmap", "copied", f"applyset.kubernetes.io/part-of={label}")
    # What is in the cluster goes, whatever the source declares by now.
    repo.remove("app/dropped.yaml")
    repo.write("app/new.yaml", config_map("new"))
    repo.commit()

    done = ok(gitops("delete", "app", "--name=shop", "-o", "json"))
    assert actions(done) == {
        "Deployment/web": "pruned",
        "Secret/login": "pruned",
        "ConfigMap/settings": "pruned",
        "ConfigMap/dropped": "pruned",
    }
    assert {one["health"] for one in objects(done).values()} == {"NotFound"}
    assert set(versions(cluster, cluster.namespace)) == {
        f"/api/v1/namespaces/{cluster.namespace}/configmaps/{name}" for name in ("foreign", "copied")
    }
    again = ok(gitops("delete", "app", "--name=shop"))
    assert "no inventory" in again.err
    assert "never applied" in ok(gitops("history", "app", "--name=shop"), 1).err
    assert set(states(ok(gitops("drift", "app", "--name=shop", "-o", "json"), 1)).values()) == {"New"}


def test_data_needs_consent_and_keeps_its_inventory(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    extra = f"{cluster.namespace}-extra"
    repo.write("app/disk.yaml", f"{CLAIM}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {extra}\n")
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("apply", "app", "--name=shop", "--no-wait"))
    kept = gitops("delete", "app", "--name=shop", "-o", "json")
    assert actions(kept) == {
        "ConfigMap/settings": "pruned",
        "PersistentVolumeClaim/disk": "kept",
        f"Namespace/{extra}": "kept",
    }
    assert "--prune-data" in objects(kept)["PersistentVolumeClaim/disk"]["message"]
    assert cluster.get("pvc", "disk")
    assert _has(cluster, INVENTORY)
    # Neither the claim's nor the namespace's finalizers have a controller here: asked for is enough.
    rest = gitops("delete", "app", "--name=shop", "--prune-data", "--no-wait", "-o", "json")
    assert set(actions(rest).values()) == {"pruned"}
    assert cluster.get("pvc", "disk")["metadata"]["deletionTimestamp"]
    assert cluster.get("namespace", extra)["metadata"]["deletionTimestamp"]


def test_another_source_s_inventory_is_not_torn_down(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    repo.write("other/config.yaml", config_map("other"))
    repo.commit()
    ok(gitops("apply", "app", "--name=shop", "--no-wait"))
    refused = ok(gitops("delete", "other", "--name=shop"), 3)
    assert "shop" in refused.out + refused.err
    assert _has(cluster, "settings")


def test_a_finalizer_that_holds_is_reported_and_not_forced(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("apply", "app", "--name=shop", "--no-wait"))
    finalizers = '{"metadata": {"finalizers": ["example.com/hold"]}}'
    cluster.kubectl("patch", "configmap", "settings", "--patch", finalizers)
    held = ok(gitops("delete", "app", "--name=shop", "--timeout=1s", "-o", "json"), 1)
    assert objects(held)["ConfigMap/settings"]["health"] == "Terminating"
    assert cluster.get("configmap", "settings")["metadata"]["finalizers"] == ["example.com/hold"]
    assert _has(cluster, INVENTORY)
    # What is on its way out is not in sync, and a second delete waits for it as the first did.
    drift = ok(gitops("drift", "app", "--name=shop"), 2)
    assert "it is being deleted since" in drift.out + drift.err
    ok(gitops("delete", "app", "--name=shop", "--timeout=1s"), 1)
    assert _has(cluster, INVENTORY)
    cluster.kubectl("patch", "configmap", "settings", "--type=merge", "--patch", '{"metadata": {"finalizers": null}}')
    ok(gitops("delete", "app", "--name=shop"))
    assert not _has(cluster, INVENTORY)


def test_the_wrong_cluster_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    uid = cluster.raw("GET", "/api/v1/namespaces/kube-system")["metadata"]["uid"]
    text = (
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\ntargets:\n- {{name: prod, path: app, cluster: {}}}\n"
    )
    repo.write("gitops.yaml", text.format(uid))
    repo.commit()
    ok(gitops("apply", "-t", "prod", "--no-wait"))
    repo.write("gitops.yaml", text.format("00000000-0000-0000-0000-000000000000"))
    repo.commit()
    for command in ("apply", "reconcile", "delete"):
        assert uid in (refused := ok(gitops(command, "-t", "prod"), 3)).out + refused.err
    assert _has(cluster, "settings")
