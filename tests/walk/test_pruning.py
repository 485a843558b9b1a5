"""What Git drops goes, and nothing else ever does."""

import pytest

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import Shop, actions, config_map, objects, ok, states

PART_OF = "applyset.kubernetes.io/part-of"


def _has(cluster: Cluster, name: str, resource: str = "configmaps") -> bool:
    return cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/{resource}/{name}")


def _configs(repo: RepoBuilder, count: int) -> None:
    for number in range(count):
        repo.write(f"app/{number}.yaml", config_map(f"config-{number}"))
    repo.commit(f"{count} objects")


def test_a_removed_service_is_pruned_and_a_look_alike_stays(shop: Shop, gitops: GitOps, cluster: Cluster) -> None:
    ok(gitops("apply", "-t", "plain", "--no-wait"))
    label = shop.get("service", "web")["metadata"]["labels"][PART_OF]
    # As the endpoints controller does it: a copy of the label on an object of its own.
    shop.kubectl("create", "service", "clusterip", "copied", "--tcp=80")
    shop.kubectl("label", "service", "copied", f"{PART_OF}={label}")
    shop.kubectl("create", "configmap", "copied")
    shop.kubectl("label", "configmap", "copied", f"{PART_OF}={label}")
    shop.repo.remove("plain/service.yaml")
    shop.repo.commit("Drop the service")

    drift = ok(gitops("drift", "-t", "plain", "-o", "json"), 1)
    assert states(drift) == {"Service/web": "Orphaned"}

    applied = ok(gitops("apply", "-t", "plain", "--no-wait", "-o", "json"))
    changed = {name: action for name, action in actions(applied).items() if action != "unchanged"}
    assert changed == {"Service/web": "pruned"}
    left = shop.kubectl("get", "services,configmaps", "--output=name").split()
    assert {"service/copied", "configmap/copied", "configmap/settings"} <= set(left)
    assert "service/web" not in left
    ok(gitops("drift", "-t", "plain"))

    (latest, *_) = ok(gitops("history", "-t", "plain", "-o", "json")).json()["deployments"]
    assert [(one["kind"], one["name"], one["action"]) for one in latest["objects"]] == [("Service", "web", "pruned")]


def test_no_prune_keeps_it_and_a_later_apply_still_knows_it(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    _configs(repo, 2)
    ok(gitops("apply", "app", "--no-wait"))
    repo.remove("app/1.yaml")
    repo.commit()
    kept = ok(gitops("apply", "app", "--no-wait", "--no-prune", "-o", "json"))
    assert actions(kept)["ConfigMap/config-1"] == "skipped"
    assert _has(cluster, "config-1")
    assert states(ok(gitops("drift", "app", "-o", "json"), 1)) == {"ConfigMap/config-1": "Orphaned"}
    ok(gitops("apply", "app", "--no-wait"))
    assert not _has(cluster, "config-1")


def test_a_typo_in_api_version_prunes_nothing(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/a.yaml", config_map("one"))
    repo.write("app/b.yaml", config_map("two"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    repo.write("app/b.yaml", config_map("two").replace("apiVersion: v1", "apiVersion: v11"))
    repo.commit()
    drift = ok(gitops("drift", "app", "-o", "json"), 2)
    assert states(drift)["ConfigMap/two"] == "Unverified"
    assert "v11" in drift.err
    failed = ok(gitops("apply", "app", "--no-wait"), 1)
    assert "v11" in failed.err + failed.out
    assert _has(cluster, "two")
    # A key that is misspelt leaves an object with a kind alone, which is an error of the file.
    repo.write("app/b.yaml", config_map("two").replace("apiVersion:", "apiVersoin:"))
    repo.commit()
    assert "app/b.yaml:1" in ok(gitops("apply", "app", "--no-wait"), 2).err
    assert _has(cluster, "two")


def test_an_emptied_folder_prunes_nothing(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    _configs(repo, 2)
    ok(gitops("apply", "app", "--no-wait"))
    for number in range(2):
        repo.remove(f"app/{number}.yaml")
    repo.write("app/README.md", "Nothing here.\n")
    repo.commit()
    refused = ok(gitops("apply", "app", "--no-wait"), 3)
    assert "no objects" in refused.out + refused.err
    ok(gitops("reconcile", "app", "--no-wait"), 3)
    assert _has(cluster, "config-0")
    assert _has(cluster, "config-1")


def test_a_folder_that_is_gone_prunes_nothing(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    _configs(repo, 1)
    ok(gitops("apply", "--path=app", "--no-wait"))
    repo.remove("app/0.yaml")
    repo.write("other.txt", "")
    repo.commit()
    gone = gitops("apply", "--path=app", "--no-wait")
    assert gone.code in {2, 3}
    assert "app" in gone.err + gone.out
    assert _has(cluster, "config-0")


def test_two_targets_of_one_name_never_prune_each_other(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    for folder in ("one", "two"):
        repo.write(f"{folder}/config.yaml", config_map(f"config-{folder}"))
        repo.write(
            f"{folder}.yaml",
            "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\n"
            f"targets: [{{name: prod, path: {folder}, context: test}}]\n",
        )
    repo.write("gitops.yaml", (repo.path / "one.yaml").read_text())
    repo.commit()
    ok(gitops("apply", "-t", "prod", "--no-wait"))
    # The same target name now means another folder: that is refused, not taken for a removal.
    repo.write("gitops.yaml", (repo.path / "two.yaml").read_text())
    repo.commit()
    refused = ok(gitops("apply", "-t", "prod", "--no-wait"), 3)
    assert "--move-inventory" in refused.out + refused.err
    assert _has(cluster, "config-one")
    assert not _has(cluster, "config-two")
    ok(gitops("apply", "-t", "prod", "--no-wait", "--move-inventory"))
    assert not _has(cluster, "config-one")
    assert _has(cluster, "config-two")


def test_two_repositories_of_one_name_never_prune_each_other(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster
) -> None:
    other = RepoBuilder(repo.path.parent / "other" / "repo")
    for builder, name in ((repo, "mine"), (other, "theirs")):
        builder.write("app/config.yaml", config_map(name))
        builder.commit(name)
    ok(gitops("apply", "app", "--no-wait", "--name=shop"))
    refused = ok(gitops("apply", "app", "--no-wait", "--name=shop", cwd=other.path), 3)
    assert "--move-inventory" in refused.out + refused.err
    # Without a name in common they have an inventory each.
    ok(gitops("apply", "app", "--no-wait", cwd=other.path))
    assert _has(cluster, "mine")
    assert _has(cluster, "theirs")


def test_more_than_the_limit_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    _configs(repo, 8)
    ok(gitops("apply", "app", "--no-wait"))
    for number in range(5):
        repo.remove(f"app/{number}.yaml")
    repo.write("app/5.yaml", config_map("config-5", "changed"))
    repo.commit()
    refused = ok(gitops("apply", "app", "--no-wait"), 3)
    assert "--prune-limit 5" in refused.out + refused.err
    assert _has(cluster, "config-0")
    assert cluster.get("configmap", "config-5")["data"] == {"greeting": "hello"}
    ok(gitops("apply", "app", "--no-wait", "--prune-limit", "5"))
    assert not _has(cluster, "config-0")
    assert "prune-limit" in ok(gitops("apply", "app", "--prune-limit", "many"), 2).err


def test_data_is_pruned_only_with_consent(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    extra = f"{cluster.namespace}-data"
    claim = (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: disk\nspec:\n"
        "  accessModes: [ReadWriteOnce]\n  resources: {requests: {storage: 1Gi}}\n"
    )
    group = f"{cluster.namespace}.example.com"
    definition = (
        f"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: dials.{group}\n"
        f"spec:\n  group: {group}\n  names: {{kind: Dial, plural: dials}}\n  scope: Namespaced\n  versions:\n"
        "  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}\n"
    )
    repo.write("app/keep.yaml", config_map("keep"))
    repo.write("app/namespace.yaml", f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {extra}\n")
    repo.write("app/claim.yaml", claim)
    repo.write("app/definition.yaml", definition)
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    for name in ("namespace", "claim", "definition"):
        repo.remove(f"app/{name}.yaml")
    repo.commit()

    kept = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    data = {"PersistentVolumeClaim/disk", f"Namespace/{extra}", f"CustomResourceDefinition/dials.{group}"}
    assert {name for name, action in actions(kept).items() if action == "skipped"} == data
    assert all("--prune-data" in objects(kept)[name]["message"] for name in data)
    assert _has(cluster, "disk", "persistentvolumeclaims")

    pruned = ok(gitops("apply", "app", "--no-wait", "--prune-data", "-o", "json"))
    assert {name for name, action in actions(pruned).items() if action == "pruned"} == data
    assert cluster.get("namespace", extra)["metadata"]["deletionTimestamp"]


def test_the_annotation_that_forbids_pruning(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    annotated = config_map("kept").replace("\ndata:", "\n  annotations: {kubectl-gitops/prune: disabled}\ndata:")
    repo.write("app/a.yaml", config_map("one"))
    repo.write("app/b.yaml", annotated)
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    repo.remove("app/b.yaml")
    repo.commit()
    kept = ok(gitops("apply", "app", "--no-wait", "-o", "json"))
    assert actions(kept)["ConfigMap/kept"] == "skipped"
    assert _has(cluster, "kept")


def test_kubectl_takes_the_inventory_for_another_tool_s(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECTL_APPLYSET", "true")
    _configs(repo, 2)
    ok(gitops("apply", "app", "--no-wait", "--name=shop"))
    said = cluster.kubectl(
        *("apply", "--server-side", "--prune", "--applyset=configmap/gitops-shop", "--filename=-"),
        input=config_map("config-0"),
        check=False,
    )
    assert 'managed by tooling "kubectl-gitops"' in said
    assert _has(cluster, "config-1")
