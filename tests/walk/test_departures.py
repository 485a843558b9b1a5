"""What people do to a cluster by hand: shown field by field, kept by apply, taken back by reconcile."""

import base64
import json
from typing import Any

from tests.controlplane import ControlPlane
from tests.harness import Cluster, GitOps
from tests.walk.shop import CANARY, Shop, actions, config_map, fields, objects, ok, states, until, verdicts, versions

IMAGE = "spec.template.spec.containers[name=web].image"
EXTRA_VARIABLE = "spec.template.spec.containers[name=web].env[name=DEBUG]"
OTHER_SECRET = "another-canary-7711"


def _apply(gitops: GitOps, *more: str) -> None:
    ok(gitops("apply", "-t", "plain", "--no-wait", *more))


def _meddle(shop: Shop) -> None:
    """What a person does in an incident."""
    shop.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    shop.kubectl("set", "env", "deployment/web", "DEBUG=yes")
    shop.kubectl("scale", "deployment/web", "--replicas=4")
    shop.kubectl("rollout", "restart", "deployment/web")
    shop.kubectl("delete", "configmap", "settings")
    data = json.dumps({"data": {"password": base64.b64encode(OTHER_SECRET.encode()).decode()}})
    shop.kubectl("patch", "secret", "login", "--patch", data)


def test_a_person_s_changes_are_named_with_tool_and_time(shop: Shop, gitops: GitOps) -> None:
    _apply(gitops)
    _meddle(shop)
    before = versions(shop.cluster, shop.own)

    drift = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    assert states(drift) == {
        "Deployment/web": "Drifted",
        "ConfigMap/settings": "Missing",
        "Secret/login": "Drifted",
    }
    found = fields(drift, "Deployment/web")
    assert {path: one["verdict"] for path, one in found.items()} == {
        "spec.replicas": "LiveChanged",
        IMAGE: "LiveChanged",
        EXTRA_VARIABLE: "Extra",
    }
    image = found[IMAGE]
    assert (image["base"], image["desired"], image["live"]) == ("web:1", "web:1", "web:hotfix")
    assert (image["live_by"]["manager"], image["live_by"]["operation"]) == ("kubectl-set", "Update")
    owners = shop.get("deployment", "web")["metadata"]["managedFields"]
    times = {one["manager"]: one.get("time") for one in owners}
    assert image["live_by"]["not_after"] == times["kubectl-set"]
    assert found[EXTRA_VARIABLE]["live"] == {"name": "DEBUG", "value": "yes"}
    assert found[EXTRA_VARIABLE]["live_by"]["manager"] == "kubectl-set"
    # kubectl scale writes through the subresource, and the server names its manager after kubectl.
    assert found["spec.replicas"]["live_by"]["subresource"] == "scale"
    assert found["spec.replicas"]["live_by"]["manager"] == "kubectl"
    ignored = {one["path"]: one["object"]["name"] for one in drift.json()["ignored"]}
    assert ignored == {'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]': "web"}

    secret = fields(drift, "Secret/login")["data.password"]
    assert (secret["verdict"], secret["live_by"]["manager"]) == ("LiveChanged", "kubectl-patch")
    assert secret["live"] == "<secret: changed>"
    for output in ("text", "json", "yaml", "name", "diff"):
        shown = ok(gitops("drift", "-t", "plain", "-o", output, "--details"), 1)
        _hidden(shown.out + shown.err)
    assert versions(shop.cluster, shop.own) == before


def _hidden(text: str) -> None:
    for value in (CANARY, OTHER_SECRET):
        assert value not in text
        assert base64.b64encode(value.encode()).decode() not in text


def test_apply_brings_git_s_change_and_keeps_the_person_s(shop: Shop, gitops: GitOps) -> None:
    _apply(gitops)
    _meddle(shop)
    commit = shop.edit("plain/web.yaml", "tier: front", "tier: edge", "Move web to the edge", "Di <di@example.com>")

    drift = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    label = fields(drift, "Deployment/web")["metadata.labels.tier"]
    assert (label["verdict"], label["base"], label["desired"]) == ("GitChanged", "front", "edge")
    assert (label["git_by"]["commit"], label["git_by"]["subject"]) == (commit, "Move web to the edge")
    assert label["git_by"]["author"].startswith("Di")
    assert states(drift)["Deployment/web"] == "Drifted"

    applied = ok(gitops("apply", "-t", "plain", "--no-wait", "-o", "json"))
    assert actions(applied)["Deployment/web"] == "configured"
    assert actions(applied)["ConfigMap/settings"] == "created"
    assert actions(applied)["Secret/login"] == "kept"
    kept = objects(applied)["Deployment/web"]
    assert {one["path"] for one in kept["fields"]} == {IMAGE, EXTRA_VARIABLE, "spec.replicas"}
    assert "left as they are" in kept["message"]
    _hidden(applied.out + applied.err)

    web = shop.get("deployment", "web")
    assert web["metadata"]["labels"]["tier"] == "edge"
    assert web["spec"]["replicas"] == 4
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "web:hotfix"
    assert container["env"] == [{"name": "MODE", "value": "production"}, {"name": "DEBUG", "value": "yes"}]
    assert shop.get("configmap", "settings")["data"] == {"greeting": "hello"}

    after = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    assert states(after) == {"Deployment/web": "Drifted", "Secret/login": "Drifted"}
    assert verdicts(after, "Deployment/web")[IMAGE] == "LiveChanged"
    text = ok(gitops("apply", "-t", "plain", "--no-wait"))
    assert IMAGE in text.out
    assert "kept" in text.out


def test_both_changed_it_is_a_conflict_that_reconcile_ends(
    shop: Shop, gitops: GitOps, controllers: ControlPlane
) -> None:
    ok(gitops("apply", "-t", "plain", "--timeout", "90s", timeout=100))
    _meddle(shop)
    commit = shop.edit("plain/web.yaml", "image: web:1", "image: web:2", "Ship version 2")
    drift = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    assert states(drift)["Deployment/web"] == "Conflicted"
    image = fields(drift, "Deployment/web")[IMAGE]
    assert (image["verdict"], image["base"], image["desired"], image["live"]) == (
        *("Conflict", "web:1"),
        *("web:2", "web:hotfix"),
    )
    assert (image["live_by"]["manager"], image["git_by"]["commit"]) == ("kubectl-set", commit)
    until(lambda: _settled(shop))

    before = versions(shop.cluster, shop.own)
    refused = ok(gitops("apply", "-t", "plain", "-o", "json"), 3)
    (sentence,) = refused.json()["refusals"]
    assert all(word in sentence for word in ("web", "plain/web.yaml", IMAGE))
    assert refused.json()["objects"] == [] or set(actions(refused).values()) <= {"skipped"}
    assert versions(shop.cluster, shop.own) == before
    assert "ConfigMap/settings" in states(gitops("drift", "-t", "plain", "-o", "json"))

    done = ok(gitops("reconcile", "-t", "plain", "-o", "json", "--timeout", "90s", timeout=100))
    assert actions(done)["Deployment/web"] == "configured"
    _hidden(done.out + done.err)
    ok(gitops("drift", "-t", "plain"))
    web = shop.get("deployment", "web")
    template = web["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert container["image"] == "web:2"
    assert container["env"] == [{"name": "MODE", "value": "production"}]
    assert web["spec"]["replicas"] == 2
    # Taking the restart mark away would restart the pods once more.
    mark = template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
    for one in until(lambda: _templates(shop, "web:2")):
        assert one["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] == mark

    (latest, *_) = ok(gitops("history", "-t", "plain", "-o", "json")).json()["deployments"]
    assert (latest["revision"], latest["subject"], latest["result"]) == (commit, "Ship version 2", "healthy")
    assert {"Deployment web configured"} <= {
        f"{one['kind']} {one['name']} {one['action']}" for one in latest["objects"]
    }
    assert latest["actor"] == "admin"


def _settled(shop: Shop) -> bool:
    """The deployment's controller has dealt with the latest change, so that nothing moves by itself."""
    web = shop.get("deployment", "web")
    status = web["status"]
    wanted = web["spec"]["replicas"]
    return bool(
        status.get("observedGeneration") == web["metadata"]["generation"]
        and status.get("availableReplicas") == status.get("updatedReplicas") == status.get("replicas") == wanted
    )


def _templates(shop: Shop, image: str) -> list[dict[str, Any]]:
    found = json.loads(shop.kubectl("get", "replicaset", "--selector=app=web", "--output=json"))
    templates = [one["spec"]["template"] for one in found["items"]]
    return [one for one in templates if one["spec"]["containers"][0]["image"] == image]


def test_one_reconcile_makes_one_rollout(shop: Shop, gitops: GitOps) -> None:
    _apply(gitops)
    shop.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    shop.kubectl("set", "env", "deployment/web", "DEBUG=yes")
    before = shop.get("deployment", "web")["metadata"]["generation"]
    ok(gitops("reconcile", "-t", "plain", "--no-wait"))
    ok(gitops("drift", "-t", "plain"))
    assert shop.get("deployment", "web")["metadata"]["generation"] == before + 1


def test_force_conflicts_takes_git_s_value_and_keeps_the_rest(shop: Shop, gitops: GitOps) -> None:
    _apply(gitops)
    shop.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    shop.kubectl("scale", "deployment/web", "--replicas=4")
    shop.edit("plain/web.yaml", "image: web:1", "image: web:2")
    ok(gitops("apply", "-t", "plain", "--no-wait"), 3)
    _apply(gitops, "--force-conflicts")
    spec = shop.get("deployment", "web")["spec"]
    assert spec["template"]["spec"]["containers"][0]["image"] == "web:2"
    assert spec["replicas"] == 4


def test_remove_extra_takes_the_restart_mark_away(shop: Shop, gitops: GitOps) -> None:
    _apply(gitops)
    shop.kubectl("rollout", "restart", "deployment/web")
    ok(gitops("drift", "-t", "plain"))
    ok(gitops("reconcile", "-t", "plain", "--no-wait"))
    assert "annotations" in shop.get("deployment", "web")["spec"]["template"]["metadata"]
    ok(gitops("reconcile", "-t", "plain", "--no-wait", "--remove-extra=all"))
    metadata = shop.get("deployment", "web")["spec"]["template"]["metadata"]
    assert not metadata.get("annotations")


def test_a_field_added_beside_git_s_stays_under_apply_and_goes_with_reconcile(
    gitops: GitOps, shop: Shop, cluster: Cluster
) -> None:
    shop.repo.write("kustomize/base/app.yaml", config_map("app"))
    ok(gitops("apply", "-t", "dev", "--no-wait"))
    cluster.kubectl("patch", "configmap", "dev-app", "--patch", '{"data": {"note": "mine"}}')
    drift = ok(gitops("drift", "-t", "dev", "-o", "json"), 1)
    assert verdicts(drift, "ConfigMap/dev-app") == {"data.note": "Extra"}
    assert actions(ok(gitops("apply", "-t", "dev", "--no-wait", "-o", "json"))) == {"ConfigMap/dev-app": "kept"}
    assert cluster.get("configmap", "dev-app")["data"]["note"] == "mine"
    ok(gitops("reconcile", "-t", "dev", "--no-wait"))
    assert cluster.get("configmap", "dev-app")["data"] == {"greeting": "hello"}
    ok(gitops("drift", "-t", "dev"))
