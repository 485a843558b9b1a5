"""When something goes wrong midway: the rest is still done, and what was and wasn't is said."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.controlplane import ControlPlane
from tests.harness import Cluster, GitOps, RepoBuilder, Result
from tests.walk.holding import HoldingServer
from tests.walk.shop import (
    DEFINITION,
    WIDGET,
    actions,
    config_map,
    deployment,
    objects,
    ok,
    remove,
    states,
    until,
    verdicts,
)

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
COMMAND_SECONDS = 60


def test_one_invalid_object_stops_no_other(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/old.yaml", config_map("old"))
    repo.write("app/good.yaml", config_map("good"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    repo.remove("app/old.yaml")
    repo.write("app/web.yaml", deployment().replace("containerPort: 80", "containerPort: 800000"))
    repo.write("app/worker.yaml", deployment("worker").replace("image:", "imag:"))
    repo.write("app/other.yaml", deployment("other"))
    repo.write("app/good.yaml", config_map("good", "changed"))
    repo.commit()
    failed = ok(gitops("apply", "app", "--no-wait", "-o", "json"), 1)
    assert actions(failed) == {
        "ConfigMap/good": "configured",
        "Deployment/other": "created",
        "Deployment/web": "failed",
        "Deployment/worker": "failed",
        "ConfigMap/old": "skipped",
    }
    assert "containerPort" in objects(failed)["Deployment/web"]["message"]
    assert "imag" in objects(failed)["Deployment/worker"]["message"]
    assert "Deployment" in failed.err
    (latest, _) = ok(gitops("history", "app", "-o", "json")).json()["deployments"]
    assert latest["result"] == "failed"

    drift = states(ok(gitops("drift", "app", "-o", "json"), 1))
    assert drift == {"Deployment/web": "New", "Deployment/worker": "New", "ConfigMap/old": "Orphaned"}
    for name in ("web", "worker"):
        repo.write(f"app/{name}.yaml", deployment(name))
    repo.commit()
    rest = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    assert {name: action for name, action in actions(rest).items() if action != "unchanged"} == {
        "Deployment/web": "created",
        "Deployment/worker": "created",
        "ConfigMap/old": "pruned",
    }


def test_a_field_that_can_t_be_changed_is_replaced_with_consent(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, controllers: ControlPlane
) -> None:
    # With controllers, because the old object goes once its dependents are gone, which a controller sees to.
    repo.write("app/config.yaml", f"{config_map('fixed')}immutable: true\n")
    repo.write("app/good.yaml", config_map("good"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    uid = cluster.get("configmap", "fixed")["metadata"]["uid"]
    repo.write("app/config.yaml", f"{config_map('fixed', 'changed')}immutable: true\n")
    repo.write("app/good.yaml", config_map("good", "changed"))
    repo.commit()
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert verdicts(drift, "ConfigMap/fixed") == {"data.greeting": "GitChanged"}
    failed = ok(gitops("apply", "app", "--no-wait", "-o", "json"), 1)
    assert actions(failed) == {"ConfigMap/fixed": "failed", "ConfigMap/good": "configured"}
    assert "--recreate" in objects(failed)["ConfigMap/fixed"]["message"]
    done = ok(gitops("apply", "app", "--no-wait", "--recreate", "-o", "json"))
    assert actions(done)["ConfigMap/fixed"] == "recreated"
    fixed = cluster.get("configmap", "fixed")
    assert fixed["data"] == {"greeting": "changed"}
    assert fixed["metadata"]["uid"] != uid
    ok(gitops("drift", "app"))


def test_a_definition_and_its_object_go_in_one_apply(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    repo.write("app/all.yaml", f"{WIDGET.format(group=group)}---\n{DEFINITION.format(group=group)}")
    repo.commit()
    name = f"widgets.{group}"
    try:
        applied = ok(gitops("apply", "app", "-o", "json"))
        assert set(actions(applied).values()) == {"created"}
        assert [one["kind"] for one in applied.json()["objects"]] == ["CustomResourceDefinition", "Widget"]
        ok(gitops("drift", "app"))
        # A default of the definition is nobody's drift, and a person's value of it is.
        path = f"/apis/{group}/v1/namespaces/{cluster.namespace}/widgets/gear"
        assert cluster.raw("GET", path)["spec"] == {"size": 3, "color": "red"}
        patch = ("PATCH", f"{path}?fieldManager=kubectl-patch", {"spec": {"size": 4}}, "application/merge-patch+json")
        cluster.raw(*patch)
        drift = ok(gitops("drift", "app", "-o", "json"), 1)
        assert verdicts(drift, "Widget/gear") == {"spec.size": "LiveChanged"}
        # Both dropped: the object goes, its definition stays without consent.
        repo.write("app/all.yaml", config_map("left"))
        repo.commit()
        dropped = ok(gitops("reconcile", "app", "--no-wait", "-o", "json"))
        assert actions(dropped) == {
            "ConfigMap/left": "created",
            "Widget/gear": "pruned",
            f"CustomResourceDefinition/{name}": "skipped",
        }
    finally:
        remove(cluster, f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")


def test_webhooks_that_would_refuse_their_own_source_go_last(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    name = f"refuse-{cluster.namespace}"
    webhook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": "refuse.example.com",
                "clientConfig": {"url": "https://127.0.0.1:1/refuse"},
                "rules": [
                    {"apiGroups": ["apps"], "apiVersions": ["*"], "operations": ["*"], "resources": ["deployments"]}
                ],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 1,
            }
        ],
    }
    repo.write("app/a-webhook.json", json.dumps(webhook))
    repo.write("app/web.yaml", deployment())
    repo.commit()
    try:
        applied = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
        assert [one["kind"] for one in applied.json()["objects"]] == ["Deployment", "ValidatingWebhookConfiguration"]
        ok(gitops("drift", "app"))
        # Where the server can't answer a dry run, the object is not called in sync or out of it.
        repo.write("app/web.yaml", deployment(tier="edge"))
        repo.commit()
        until(lambda: "refuse.example.com" in cluster.kubectl("label", "deployment", "web", "a=b", check=False))
        drift = ok(gitops("drift", "app", "-o", "json"), 2)
        assert states(drift) == {"Deployment/web": "Unverified"}
        assert "refuse.example.com" in drift.err
        ok(gitops("apply", "app", "--no-wait"), 1)
    finally:
        remove(cluster, f"{ADMISSION}/validatingwebhookconfigurations/{name}")


@pytest.fixture
def slow(control_plane: ControlPlane) -> Iterator[HoldingServer]:
    server = HoldingServer(control_plane, "/configmaps/z-slow")
    yield server
    server.close()


def _interrupt(gitops: GitOps, cluster: Cluster, server: HoldingServer, *arguments: str) -> Result:
    """Run a command, and press Ctrl-C once the request that the server holds back has come."""
    command = [str(gitops.program), *arguments, "-o", "json", f"--server={server.url}", "-n", cluster.namespace]
    program = subprocess.Popen(
        command,
        cwd=gitops.cwd,
        env={**os.environ, "KUBECONFIG": str(gitops.kubeconfig)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: server.reached.is_set() or program.poll() is not None)
        program.send_signal(signal.SIGINT)
        server.release.set()
    finally:
        try:
            out, err = program.communicate(timeout=COMMAND_SECONDS)
        finally:
            program.kill()
    assert "Traceback" not in err
    return Result(program.returncode, out, err)


def test_an_interrupted_apply_says_what_was_applied(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, slow: HoldingServer
) -> None:
    """Ctrl-C while a write of the first wave is under way: it is finished, and the next wave is not begun."""
    repo.write("app/first.yaml", config_map("a-first"))
    repo.write("app/slow.yaml", config_map("z-slow"))
    repo.write("app/web.yaml", deployment())
    repo.commit()
    code, out, err = _interrupt(gitops, cluster, slow, "apply", "app", "--concurrency=2")
    assert code == 130, err
    found = {one["name"]: one for one in json.loads(out)["objects"]}
    assert {name: one["action"] for name, one in found.items()} == {
        "a-first": "created",
        "z-slow": "created",
        "web": "failed",
    }
    assert "interrupted" in found["web"]["message"]
    assert cluster.get("configmap", "z-slow")
    assert not cluster.exists(f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments/web")

    (latest,) = ok(gitops("history", "app", "-o", "json")).json()["deployments"]
    assert latest["result"] == "interrupted"
    assert states(ok(gitops("drift", "app", "-o", "json"), 1)) == {"Deployment/web": "New"}
    again = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    assert actions(again)["Deployment/web"] == "created"


def test_an_interrupted_delete_says_what_is_left(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, control_plane: ControlPlane
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    server = HoldingServer(control_plane, "/deployments/web", "DELETE")
    try:
        code, out, err = _interrupt(gitops, cluster, server, "delete", "app")
    finally:
        server.close()
    assert code == 130, err
    found = {one["name"]: one for one in json.loads(out)["objects"]}
    assert {name: one["action"] for name, one in found.items()} == {"web": "pruned", "settings": "failed"}
    assert "interrupted" in found["settings"]["message"]
    assert cluster.get("configmap", "settings")
    # The inventory still knows what is left.
    assert set(actions(ok(gitops("delete", "app", "-o", "json")))) == {"ConfigMap/settings"}


def test_a_volume_claim_is_replaced_only_with_consent_to_lose_its_data(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    claim = (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: disk\n"
        "spec:\n  accessModes: [{mode}]\n  resources: {{requests: {{storage: 1Gi}}}}\n"
    )
    repo.write("app/disk.yaml", claim.format(mode="ReadWriteOnce"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    uid = cluster.get("pvc", "disk")["metadata"]["uid"]
    repo.write("app/disk.yaml", claim.format(mode="ReadWriteMany"))
    repo.commit()
    failed = ok(gitops("apply", "app", "--no-wait", "--recreate", "-o", "json"), 1)
    assert "--prune-data" in objects(failed)["PersistentVolumeClaim/disk"]["message"]
    live = cluster.get("pvc", "disk")["metadata"]
    assert live["uid"] == uid
    assert "deletionTimestamp" not in live
