"""Verdicts that tools get wrong: server defaults, unhealthy rollouts, ignored fields, replicas."""

from tests.controlplane import ControlPlane
from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import actions, config_map, deployment, fields, objects, ok, states, verdicts, versions

POLICY = "spec.template.spec.containers[name=web].imagePullPolicy"
IMAGE = "spec.template.spec.containers[name=web].image"


def test_a_field_that_the_server_had_defaulted_is_git_s_change(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    assert cluster.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"]
    text = deployment().replace("image: web:1", "image: web:1\n        imagePullPolicy: Always")
    repo.write("app/web.yaml", text.replace("  replicas: 2", "  replicas: 2\n  revisionHistoryLimit: 3"))
    repo.commit()
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert verdicts(drift, "Deployment/web") == {POLICY: "GitChanged", "spec.revisionHistoryLimit": "GitChanged"}
    assert states(drift) == {"Deployment/web": "Pending"}
    ok(gitops("apply", "app", "--no-wait"))
    ok(gitops("drift", "app"))


def test_the_fix_of_an_unhealthy_rollout_is_no_conflict(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, controllers: ControlPlane
) -> None:
    broken = deployment(replicas=1).replace(
        "    metadata:\n      labels: {app: web}\n",
        "    metadata:\n      labels: {app: web}\n      annotations: {tests/pod: broken}\n",
    )
    assert broken != deployment(replicas=1)
    repo.write("app/web.yaml", broken)
    repo.commit("Broken")
    sick = ok(gitops("apply", "app", "--timeout=3s", "-o", "json"), 1)
    assert objects(sick)["Deployment/web"]["action"] == "created"
    assert objects(sick)["Deployment/web"]["health"] == "InProgress"
    (latest,) = ok(gitops("history", "app", "-o", "json")).json()["deployments"]
    assert latest["result"] == "unhealthy"

    # It was written all the same, so it is base for what follows.
    repo.write("app/web.yaml", deployment(replicas=1, image="web:2"))
    repo.commit("Fixed")
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert states(drift) == {"Deployment/web": "Pending"}
    assert verdicts(drift, "Deployment/web")[IMAGE] == "GitChanged"
    fixed = ok(gitops("apply", "app", "-o", "json", "--timeout=90s", timeout=100))
    assert objects(fixed)["Deployment/web"]["health"] == "Current"
    ok(gitops("drift", "app"))


def test_what_failed_to_be_written_has_the_base_of_its_last_success(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    repo.write("app/web.yaml", deployment(tier="edge").replace("containerPort: 80", "containerPort: 800000"))
    repo.write("app/config.yaml", config_map("settings", "changed"))
    repo.commit("An invalid port")
    ok(gitops("apply", "app", "--no-wait"), 1)
    assert cluster.get("configmap", "settings")["data"] == {"greeting": "changed"}
    repo.write("app/web.yaml", deployment(tier="edge"))
    repo.commit("A valid port")
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert verdicts(drift, "Deployment/web") == {"metadata.labels.tier": "GitChanged"}
    ok(gitops("apply", "app", "--no-wait"))
    ok(gitops("drift", "app"))


def test_ignoring_replicas_never_scales(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/web.yaml", deployment(replicas=2))
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\nignore:\n"
        "- {kind: Deployment, name: 'w*', path: spec.replicas, reason: scaled by hand}\n",
    )
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    # On creation the declared number is sent.
    assert cluster.get("deployment", "web")["spec"]["replicas"] == 2
    cluster.kubectl("scale", "deployment/web", "--replicas=7")
    drift = ok(gitops("drift", "app", "-o", "json"))
    (ignored,) = drift.json()["ignored"]
    assert (ignored["path"], ignored["reason"]) == ("spec.replicas", "scaled by hand")
    assert ignored["rule"].startswith("gitops.yaml:5")
    # Neither another change of the object, nor a changed number in Git, nor reconcile.
    repo.write("app/web.yaml", deployment(replicas=3, tier="edge"))
    repo.commit()
    for command in ("apply", "reconcile"):
        ok(gitops(command, "app", "--no-wait"))
        assert cluster.get("deployment", "web")["spec"]["replicas"] == 7
    assert cluster.get("deployment", "web")["metadata"]["labels"]["tier"] == "edge"
    ok(gitops("drift", "app"))


def test_an_expired_rule_stops_working_and_is_reported(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\nignore:\n"
        "- {kind: ConfigMap, path: data.greeting, reason: for now, expires: 2020-01-31}\n",
    )
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("patch", "configmap", "settings", "--patch", '{"data": {"greeting": "mine"}}')
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert verdicts(drift, "ConfigMap/settings") == {"data.greeting": "LiveChanged"}
    (ignored,) = drift.json()["ignored"]
    assert (ignored["expired"], ignored["expires"], ignored["rule"]) == (True, "2020-01-31", "gitops.yaml:5")


def test_replicas_left_open_by_git_are_nobody_s_drift(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/web.yaml", deployment().replace("  replicas: 2\n", ""))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    # The server records nobody when a field that nobody owns is scaled, and a person's patch it does.
    cluster.kubectl("scale", "deployment/web", "--replicas=4")
    ok(gitops("drift", "app"))
    cluster.kubectl("patch", "deployment", "web", "--patch", '{"spec": {"replicas": 5}}')
    drift = ok(gitops("drift", "app", "-o", "json"))
    assert [one["path"] for one in drift.json()["ignored"]] == ["spec.replicas"]
    ok(gitops("reconcile", "app", "--no-wait"))
    assert cluster.get("deployment", "web")["spec"]["replicas"] == 5


def test_dropping_replicas_for_a_new_autoscaler_never_scales(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    repo.write("app/web.yaml", deployment(replicas=2))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("autoscale", "deployment/web", "--min=2", "--max=9")
    cluster.kubectl("scale", "deployment/web", "--replicas=6")
    repo.write("app/web.yaml", deployment(tier="edge").replace("  replicas: 2\n", ""))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    assert cluster.get("deployment", "web")["spec"]["replicas"] == 6
    ok(gitops("reconcile", "app", "--no-wait"))
    assert cluster.get("deployment", "web")["spec"]["replicas"] == 6


def test_equal_values_in_other_words_are_in_sync(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    text = deployment().replace(
        "        ports:\n",
        "        resources: {requests: {cpu: 1000m, memory: 1024Mi}, limits: {cpu: '2.0'}}\n        ports:\n",
    )
    repo.write("app/web.yaml", text)
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    ok(gitops("drift", "app"))
    ok(gitops("drift", "app", "--dry-run-all"))
    before = versions(cluster, cluster.namespace)
    assert actions(ok(gitops("apply", "app", "--no-wait", "-o", "json"))) == {"Deployment/web": "unchanged"}
    assert versions(cluster, cluster.namespace) == before


def test_the_same_change_on_both_sides_is_agreement(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/web.yaml", deployment())
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("set", "image", "deployment/web", "web=web:2")
    repo.write("app/web.yaml", deployment(image="web:2"))
    repo.commit("Keep the hotfix")
    ok(gitops("drift", "app"))
    ok(gitops("apply", "app", "--no-wait"))
    # From now on Git owns it too: dropping nothing, a further change is Git's alone.
    repo.write("app/web.yaml", deployment(image="web:3"))
    repo.commit("Move on")
    found = fields(ok(gitops("drift", "app", "-o", "json"), 1), "Deployment/web")
    assert {path: one["verdict"] for path, one in found.items()} == {IMAGE: "GitChanged"}
    ok(gitops("apply", "app", "--no-wait"))
    assert cluster.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "web:3"
