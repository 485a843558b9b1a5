"""What a source may look like, and that what is wrong with it is said with file and line before anything is done."""

import json
from pathlib import Path

import pytest

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import config_map, objects, ok, states

GOOD = config_map("good")
WRONG = {
    "broken": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: bad\ndata: {a: 1\nb: 2\n", "app/bad.yaml:6"),
    "tabs": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: bad\n", "app/bad.yaml:4"),
    "duplicate key": (f"{config_map('bad')}  greeting: twice\n", "app/bad.yaml:7"),
    "no kind": ("# a comment\napiVersion: v1\nmetadata:\n  name: bad\n", "app/bad.yaml:2"),
    "no apiVersion": (f"{config_map('fine')}---\nkind: ConfigMap\nmetadata:\n  name: bad\n", "app/bad.yaml:8"),
    "no name": ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  labels: {a: b}\n", "app/bad.yaml:3"),
    "no object": ("apiVersion: v1\nkind: ConfigMap\nmetadata: bad\n", "app/bad.yaml:3"),
    "declared twice": (config_map("good", "again"), "app/bad.yaml:1"),
    "twice in one file": (f"{config_map('bad')}---\n{config_map('bad')}", "app/bad.yaml:8"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_named_with_its_line(repo: RepoBuilder, gitops: GitOps, cluster: Cluster, name: str) -> None:
    text, place = WRONG[name]
    repo.write("app/a-good.yaml", GOOD)
    repo.write("app/bad.yaml", text)
    repo.commit()
    for command in (("drift",), ("apply", "--no-wait")):
        failed = ok(gitops(*command, "app"), 2)
        assert place in failed.err
        assert failed.out == ""
        assert len(failed.err.strip().splitlines()) == 1
    assert not cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/good")


@pytest.mark.parametrize("to", ["/etc/hostname", "../../../secret.yaml", "../.git/config"])
def test_a_link_out_of_the_repository_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster, to: str) -> None:
    (repo.path.parent / "secret.yaml").write_text(config_map("outside"))
    repo.write("app/good.yaml", GOOD)
    (repo.path / "app/link.yaml").symlink_to(to)
    repo.commit()
    for more in ((), ("--worktree",)):
        refused = ok(gitops("drift", "app", *more), 2)
        assert "app/link.yaml" in refused.err
        assert "outside" not in refused.out


def test_a_link_inside_the_repository_is_followed(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("shared/config.yaml", GOOD)
    repo.write("app/other.yaml", config_map("other"))
    (repo.path / "app/link.yaml").symlink_to("../shared/config.yaml")
    repo.commit()
    assert set(states(ok(gitops("drift", "app", "-o", "json"), 1))) == {"ConfigMap/good", "ConfigMap/other"}


@pytest.mark.parametrize("path", ["..", "../other", "/etc", "app/../../other"])
def test_a_path_out_of_the_repository_is_refused(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, path: str
) -> None:
    repo.write("app/good.yaml", GOOD)
    repo.commit()
    (repo.path.parent / "other").mkdir()
    # A path counts from the repository's root, with a slash before it or without.
    assert path.lstrip("/") in ok(gitops("drift", "--path", path), 2).err


def test_a_kustomization_can_t_read_outside_of_the_repository(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    outside = repo.path.parent / "outside"
    outside.mkdir()
    (outside / "secret.yaml").write_text(config_map("outside"))
    repo.write("app/kustomization.yaml", f"resources: [good.yaml, {outside}/secret.yaml]\n")
    repo.write("app/good.yaml", GOOD)
    repo.commit()
    refused = ok(gitops("drift", "app"), 2)
    assert "app" in refused.err
    repo.write("app/kustomization.yaml", "resources: [good.yaml, ../../outside/secret.yaml]\n")
    repo.commit()
    assert "app" in ok(gitops("drift", "app"), 2).err


def test_lists_json_and_documents_that_are_no_objects(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    items = [json.loads(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": n}})) for n in "ab"]
    repo.write("app/list.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    repo.write("app/values.yaml", "color: red\n")
    repo.write("app/empty.yaml", "# nothing\n---\n---\n")
    repo.write("app/.hidden/config.yaml", config_map("hidden"))
    repo.write("app/deep/down/config.yml", config_map("deep"))
    repo.write("app/notes.txt", "kind: nothing\n")
    repo.commit()
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert set(states(drift)) == {"ConfigMap/a", "ConfigMap/b", "ConfigMap/deep"}
    assert objects(drift)["ConfigMap/deep"]["file"] == "app/deep/down/config.yml"
    assert [one["file"] for one in drift.json()["skipped"]] == ["app/values.yaml"]


def test_unresolved_variables_and_encrypted_values_are_not_written(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    repo.write("app/good.yaml", GOOD)
    repo.write("app/config.yaml", config_map("${NAME}"))
    repo.commit()
    refused = gitops("apply", "app", "--no-wait")
    assert refused.code in {1, 3}
    assert "app/config.yaml:1" in refused.out + refused.err
    repo.write(
        "app/config.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n"
        "  password: ENC[AES256_GCM,data:abcd,iv:abcd,tag:abcd,type:str]\nsops:\n  version: 3.9.0\n",
    )
    repo.commit()
    refused = ok(gitops("apply", "app", "--no-wait"), 3)
    assert "SOPS" in refused.out + refused.err
    assert not cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/secrets/login")
    assert not cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/good")


def test_gitops_yaml_that_is_wrong_is_named_with_its_line(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/good.yaml", GOOD)
    head = "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\n"
    for text in ("targets:\n- {name: prod, pth: app}\n", "prune: {limit: lots}\n", "ignore: [{path: 'a[', kind: A}]\n"):
        repo.write("gitops.yaml", head + text)
        repo.commit()
        failed = ok(gitops("drift", "app"), 2)
        assert "gitops.yaml:" in failed.err


def test_a_chart_is_a_target(repo: RepoBuilder, gitops: GitOps, cluster: Cluster, with_helm: Path) -> None:
    repo.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n")
    repo.write("chart/values.yaml", "greeting: hello\n")
    repo.write("chart/prod.yaml", "greeting: welcome\n")
    repo.write(
        "chart/templates/config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-settings\n"
        "  namespace: {{ .Release.Namespace }}\ndata:\n  greeting: {{ .Values.greeting }}\n",
    )
    repo.write(
        "chart/templates/hook.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: pre-install}\n",
    )
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\ntargets:\n"
        "- {name: prod, path: chart, context: test, release: shop, values: [chart/prod.yaml]}\n",
    )
    repo.commit()
    drift = ok(gitops("drift", "-t", "prod", "-o", "json"), 1)
    assert states(drift) == {"ConfigMap/shop-settings": "New"}
    assert drift.json()["source"]["renderer"].startswith("helm v")
    (hook,) = drift.json()["skipped"]
    assert hook["file"] == "chart/templates/hook.yaml"
    assert "ConfigMap hook (pre-install)" in hook["reason"]
    ok(gitops("apply", "-t", "prod", "--no-wait"))
    assert cluster.get("configmap", "shop-settings")["data"] == {"greeting": "welcome"}
    ok(gitops("drift", "-t", "prod"))
    repo.write("chart/prod.yaml", "greeting: goodbye\n")
    commit = repo.commit("Say goodbye")
    (field,) = objects(ok(gitops("drift", "-t", "prod", "-o", "json"), 1))["ConfigMap/shop-settings"]["fields"]
    assert (field["verdict"], field["base"], field["desired"]) == ("GitChanged", "welcome", "goodbye")
    assert field["git_by"]["commit"] == commit
