"""What is printed: every format holds to its schema, and filters narrow what is compared."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.harness import Cluster, GitOps, RepoBuilder, Result
from tests.walk.shop import SECRET, actions, config_map, deployment, objects, ok, states

SCHEMAS = Path(__file__).parents[2] / "schemas"


def _valid(value: Any, schema: str) -> Any:
    errors = list(jsonschema_rs.validator_for(json.loads((SCHEMAS / schema).read_text())).iter_errors(value))
    assert not errors, [f"{list(error.instance_path)}: {error.message}" for error in errors]
    return value


@pytest.fixture
def drifted(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> RepoBuilder:
    """A source with a drifted deployment, a pending and a missing ConfigMap, a new one, an orphan and a Secret."""
    repo.write("app/web.yaml", deployment())
    repo.write("app/secret.yaml", SECRET)
    for name in ("pending", "missing", "orphan", "synced"):
        repo.write(f"app/{name}.yaml", config_map(name))
    repo.write("app/notes.yaml", "no: object\n")
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    cluster.kubectl("delete", "configmap", "missing")
    repo.write(
        "app/pending.yaml",
        config_map("pending", "changed").replace("name: pending", "name: pending\n  labels: {stage: two}"),
    )
    repo.write("app/new.yaml", config_map("new"))
    repo.remove("app/orphan.yaml")
    repo.commit()
    return repo


ALL = {
    "Deployment/web": "Drifted",
    "ConfigMap/pending": "Pending",
    "ConfigMap/missing": "Missing",
    "ConfigMap/new": "New",
    "ConfigMap/orphan": "Orphaned",
}


def test_drift_in_every_format(drifted: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    as_json = ok(gitops("drift", "app", "-o", "json"), 1)
    report = _valid(as_json.json(), "drift-report.json")
    assert states(as_json) == ALL
    counts = {"objects": 7, "Synced": 2, **dict.fromkeys(ALL.values(), 1)}
    assert report["summary"] == counts
    assert report["source"]["path"] == "app"
    assert report["source"]["revision"] == drifted.git("rev-parse", "HEAD")
    assert report["base"]["revision"] == drifted.git("rev-parse", "HEAD~1")
    assert report["cluster"]["context"] == "test"
    assert report["skipped"] == [
        {"file": "app/notes.yaml", "line": 1, "reason": report["skipped"][0]["reason"]},
    ]
    web = objects(as_json)["Deployment/web"]
    assert (web["apiVersion"], web["namespace"]) == ("apps/v1", cluster.namespace)
    assert (web["file"], web["line"]) == ("app/web.yaml", 1)
    assert "file" not in objects(as_json)["ConfigMap/orphan"]

    as_yaml = yaml.safe_load(ok(gitops("drift", "app", "-o", "yaml"), 1).out)
    varying = ("seconds", "requests")
    assert {key: value for key, value in as_yaml.items() if key not in varying} == {
        key: value for key, value in report.items() if key not in varying
    }

    names = ok(gitops("drift", "app", "-o", "name"), 1).out.splitlines()
    assert sorted(names) == sorted(
        ["deployment.apps/web", *(f"configmap/{name}" for name in ("pending", "missing", "new", "orphan"))]
    )

    text = ok(gitops("drift", "app"), 1).out
    for state in ALL.values():
        assert state in text
    for words in ("web:hotfix", "web:1", "kubectl-set", "app/web.yaml:1", "2 of 7 objects in sync"):
        assert words in text


def test_a_diff_is_one_that_patch_can_read(drifted: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    diff = ok(gitops("drift", "app", "-o", "diff"), 1).out
    # Towards what Git declares, as kubectl diff prints it.
    assert "-        image: web:hotfix" in diff
    assert "+        image: web:1" in diff
    assert "+  greeting: changed" in diff
    assert "managedFields" not in diff
    files = [line.split()[1] for line in diff.splitlines() if line.startswith("+++ ")]
    assert f"MERGED/apps.v1.Deployment.{cluster.namespace}.web" in files
    assert f"MERGED/v1.ConfigMap.{cluster.namespace}.new" in files
    applied = subprocess.run(
        ["git", "apply", "--stat", "-"], input=diff, text=True, capture_output=True, cwd=drifted.path, check=False
    )
    assert applied.returncode == 0, applied.stderr


def test_filters_narrow_what_is_compared(drifted: RepoBuilder, gitops: GitOps) -> None:
    def found(*arguments: str, code: int = 1) -> dict[str, str]:
        return states(ok(gitops("drift", "app", *arguments, "-o", "json"), code))

    def compared(*arguments: str, code: int = 1) -> set[str]:
        return {name for name, state in found(*arguments, code=code).items() if state != "Orphaned"}

    assert compared("deployment/web") == {"Deployment/web"}
    assert compared("deploy/web", "cm/new") == {"Deployment/web", "ConfigMap/new"}
    assert compared("deployments.apps/web") == {"Deployment/web"}
    assert compared("-l", "tier=front") == {"Deployment/web"}
    assert compared("-l", "stage in (two, three)") == {"ConfigMap/pending"}
    assert compared("-l", "!tier,!stage") == {"ConfigMap/missing", "ConfigMap/new"}
    assert compared("--only", "live") == {"Deployment/web", "ConfigMap/missing"}
    assert compared("--only", "git") == {"ConfigMap/pending", "ConfigMap/new"}
    # What is in sync has nothing to show.
    assert compared("cm/synced", code=gitops("drift", "app", "cm/synced").code) == set()
    assert "nosuch" in ok(gitops("drift", "app", "nosuch/web"), 2).err
    assert "tier=" in ok(gitops("drift", "app", "-l", "tier=(a"), 2).err


def test_asking_the_server_about_everything_agrees(drifted: RepoBuilder, gitops: GitOps) -> None:
    ok(gitops("drift", "app"), 1)  # so that schemas are cached
    local = ok(gitops("drift", "app", "-o", "json"), 1)
    asked = ok(gitops("drift", "app", "--dry-run-all", "-o", "json"), 1)
    assert asked.json()["objects"] == local.json()["objects"]
    assert asked.json()["requests"] > local.json()["requests"]


def test_writes_in_every_format(drifted: RepoBuilder, gitops: GitOps) -> None:
    plan = ok(gitops("apply", "app", "--dry-run=client", "-o", "json"))
    _valid(plan.json(), "apply-report.json")
    assert plan.json()["dryRun"] == "client"
    applied = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    report = _valid(applied.json(), "apply-report.json")
    assert report["command"] == "apply"
    assert actions(applied) == {
        "Deployment/web": "kept",
        "ConfigMap/pending": "configured",
        "ConfigMap/missing": "created",
        "ConfigMap/new": "created",
        "ConfigMap/orphan": "pruned",
        "ConfigMap/synced": "unchanged",
        "Secret/login": "unchanged",
    }
    assert actions(plan) == actions(applied)
    # Everything before the data goes to stderr: target, context and server first.
    assert "context test" in applied.err

    names = ok(gitops("reconcile", "app", "--no-wait", "-o", "name")).out.splitlines()
    assert "deployment.apps/web" in names
    as_yaml = yaml.safe_load(ok(gitops("reconcile", "app", "--no-wait", "-o", "yaml")).out)
    assert as_yaml["summary"] == {"objects": 6, "unchanged": 6}

    history = ok(gitops("history", "app", "-o", "json"))
    deployments = _valid(history.json(), "history-report.json")["deployments"]
    assert [one["counts"].get("created", 0) for one in deployments] == [0, 2, 6]
    assert drifted.git("rev-parse", "HEAD")[:7] in ok(gitops("history", "app")).out
    refused = gitops("apply", "app", "--no-wait", "--rev", "HEAD~1", "-o", "json")
    assert refused.code == 3
    assert _valid(refused.json(), "apply-report.json")["refusals"]
    deleted = ok(gitops("delete", "app", "-o", "json"))
    assert _valid(deleted.json(), "apply-report.json")["command"] == "delete"


def test_rendering_needs_no_cluster_and_hides_secrets(repo: RepoBuilder, gitops: GitOps) -> None:
    repo.write("app/web.yaml", f"{deployment()}---\n{SECRET}")
    repo.commit()

    def documents(result: Result) -> Iterator[Any]:
        return (one for one in yaml.safe_load_all(result.out) if one)

    hidden = ok(gitops("render", "app"))
    assert [one["kind"] for one in documents(hidden)] == ["Deployment", "Secret"]
    assert "canary" not in hidden.out
    shown = list(documents(ok(gitops("render", "app", "--show-secrets"))))
    assert "canary" in shown[1]["stringData"]["password"]
    as_json = ok(gitops("render", "app", "-o", "json")).json()
    assert [one["kind"] for one in as_json["items"]] == ["Deployment", "Secret"]


def test_a_closed_pipe_is_no_error(drifted: RepoBuilder, gitops: GitOps) -> None:
    command = f"'{gitops.program}' drift app -o json --kubeconfig '{gitops.kubeconfig}' | head -c 1"
    done = subprocess.run(["bash", "-c", command], cwd=drifted.path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "{", "")


def test_short_options_are_read_as_kubectl_reads_them(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    for words in (("-o=name", f"-n={cluster.namespace}"), ("-oname", "-n", cluster.namespace), ("--output=name",)):
        assert ok(gitops("drift", "app", *words), 1).out == "configmap/settings\n"
