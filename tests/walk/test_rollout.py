"""From nothing to a healthy deployment, and doing it again changes nothing."""

from tests.controlplane import ControlPlane
from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import Shop, actions, objects, ok, states, until, versions

PLAIN = {
    "Namespace",
    "CustomResourceDefinition",
    "Widget/gear",
    "Deployment/web",
    "Deployment/worker",
    "Service/web",
    "ConfigMap/settings",
    "Secret/login",
    "HorizontalPodAutoscaler/worker",
}


def _names(shop: Shop) -> set[str]:
    cluster_scoped = {f"Namespace/{shop.own}", f"CustomResourceDefinition/widgets.{shop.group}"}
    return {name for name in PLAIN if "/" in name} | cluster_scoped


def test_everything_is_new_then_healthy_then_unchanged(
    shop: Shop, gitops: GitOps, cluster: Cluster, controllers: ControlPlane
) -> None:
    before = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    assert states(before) == dict.fromkeys(_names(shop), "New")
    assert before.json()["summary"] == {"objects": 9, "New": 9}

    first = ok(gitops("apply", "-t", "plain", "-o", "json", "--timeout", "90s", timeout=100))
    assert actions(first) == dict.fromkeys(_names(shop), "created")
    assert {one["health"] for one in objects(first).values()} == {"Current"}
    running = shop.get("deployment", "web")["status"]
    assert running["readyReplicas"] == 2

    ok(gitops("drift", "-t", "plain"))
    # The autoscaler's own work is no drift, and no write takes it back.
    until(lambda: shop.get("deployment", "worker")["spec"]["replicas"] == 3)
    until(lambda: shop.get("deployment", "worker")["status"].get("readyReplicas") == 3)
    scaled = ok(gitops("drift", "-t", "plain", "-o", "json"))
    assert scaled.json()["summary"] == {"objects": 9, "Synced": 9}
    (ignored,) = scaled.json()["ignored"]
    assert (ignored["object"]["name"], ignored["path"]) == ("worker", "spec.replicas")
    assert ignored["rule"] == f"HorizontalPodAutoscaler {shop.own}/worker"

    moved = _versions(shop, cluster)
    again = ok(gitops("apply", "-t", "plain", "-o", "json"))
    assert set(actions(again).values()) == {"unchanged"}
    assert _versions(shop, cluster) == moved

    shop.edit("plain/worker.yaml", "image: web:1", "image: web:2")
    ok(gitops("apply", "-t", "plain", "--timeout", "90s", timeout=100))
    ok(gitops("reconcile", "-t", "plain", "--remove-extra=all", "--timeout", "90s", timeout=100))
    worker = shop.get("deployment", "worker")
    assert worker["spec"]["replicas"] == 3
    assert worker["spec"]["template"]["spec"]["containers"][0]["image"] == "web:2"


def _versions(shop: Shop, cluster: Cluster) -> dict[str, str]:
    """Versions of everything that the shop declares, and of its inventory."""
    own = versions(cluster, shop.own, f"/apis/{shop.group}/v1/{{}}/widgets")
    others = (("namespace", shop.own), ("crd", f"widgets.{shop.group}"))
    return own | {name: cluster.get(kind, name)["metadata"]["resourceVersion"] for kind, name in others}


def test_overlays_are_targets_of_their_own(shop: Shop, gitops: GitOps, cluster: Cluster) -> None:
    ok(gitops("apply", "--target", "dev", "--target", "prod", "--no-wait"))

    assert cluster.get("configmap", "dev-app")["metadata"]["labels"]["stage"] == "dev"
    assert cluster.get("configmap", "prod-app")["metadata"]["labels"]["stage"] == "prod"
    report = ok(gitops("drift", "-t", "dev", "-o", "json")).json()
    assert (report["name"], report["target"], report["summary"]) == ("shop", "dev", {"objects": 1, "Synced": 1})
    assert report["source"]["renderer"].startswith("kust")
    inventories = cluster.kubectl("get", "configmap", "--output=name")
    assert "configmap/gitops-shop-dev\nconfigmap/gitops-shop-prod\n" in inventories

    # One target's work never shows in the other's.
    cluster.kubectl("delete", "configmap", "prod-app")
    ok(gitops("drift", "-t", "dev"))
    assert states(ok(gitops("drift", "-t", "prod", "-o", "json"), 1)) == {"ConfigMap/prod-app": "Missing"}

    # A change of the base is one of both overlays, with its commit.
    commit = shop.edit("kustomize/base/app.yaml", "hello", "welcome", "Greet warmly", "Cy <cy@example.com>")
    both = ok(gitops("drift", "-t", "dev", "-o", "json"), 1)
    (field,) = objects(both)["ConfigMap/dev-app"]["fields"]
    assert (field["path"], field["verdict"]) == ("data.greeting", "GitChanged")
    assert (field["git_by"]["commit"], field["git_by"]["subject"]) == (commit, "Greet warmly")


def test_all_targets_and_choosing_one(shop: Shop, gitops: GitOps, cluster: Cluster) -> None:
    unclear = ok(gitops("drift"), 2)
    assert all(name in unclear.err for name in ("plain", "dev", "prod"))
    assert "staging" in ok(gitops("drift", "-t", "staging"), 2).err
    both = ok(gitops("drift", "-t", "dev", "--context", "test"), 2)
    assert "--context" in both.err
    # The only target of the current context whose path holds the source.
    inside = gitops("drift", "-o", "json", cwd=shop.repo.path / "kustomize/overlays/dev")
    assert ok(inside, 1).json()["target"] == "dev"
    everything = ok(gitops("drift", "--all-targets"), 1)
    assert everything.out.count("New") >= 3


def test_a_target_s_context_is_used_whatever_the_current_one(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    repo.write("app/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n")
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\ntargets:\n"
        "- {name: here, path: app, context: test}\n- {name: away, path: app, context: elsewhere}\n",
    )
    repo.commit()
    cluster.kubectl("config", "set-context", "elsewhere", "--cluster=test", "--user=nobody", namespace=False)
    cluster.kubectl("config", "use-context", "elsewhere", namespace=False)

    ok(gitops("apply", "-t", "here", "--no-wait"))
    assert cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/app")
    nobody = ok(gitops("apply", "-t", "away", "--no-wait"), 2)
    assert "nobody" in nobody.err or "elsewhere" in nobody.err


def test_one_target_that_can_t_be_compared_hides_no_other(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\ntargets:\n"
        "- {name: bad, path: gone}\n- {name: good, path: app}\n",
    )
    repo.write("app/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n")
    repo.commit()
    both = ok(gitops("drift", "--all-targets"), 2)
    assert "ConfigMap" in both.out
    assert "settings" in both.out
    assert "target bad: there is no folder 'gone'" in both.err
    assert "could not compare bad" in both.err
