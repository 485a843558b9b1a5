"""Objects that were there before: taken over with consent, and never from a living owner."""

import pytest

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import actions, config_map, deployment, fields, objects, ok, states, verdicts, versions

OWNERS = {
    "helm": ({}, {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}, "Helm release"),
    "argo": ({}, {"argocd.argoproj.io/tracking-id": "shop:/ConfigMap:shop/argo"}, "Argo CD"),
    "kustomization": ({"kustomize.toolkit.fluxcd.io/name": "shop"}, {}, "Flux Kustomization"),
    "release": ({"helm.toolkit.fluxcd.io/name": "shop"}, {}, "Flux HelmRelease"),
    "applyset": ({"applyset.kubernetes.io/part-of": "applyset-other-v1"}, {}, "ApplySet"),
}


def test_what_kubectl_applied_is_adopted_with_consent(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    cluster.kubectl("apply", "--filename=-", input=f"{deployment()}---\n{config_map('settings')}")
    repo.write("app/web.yaml", deployment())
    repo.write("app/config.yaml", config_map("settings"))
    repo.write("app/new.yaml", config_map("new"))
    repo.commit()
    before = versions(cluster, cluster.namespace)

    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert states(drift) == {
        "Deployment/web": "Unmanaged",
        "ConfigMap/settings": "Unmanaged",
        "ConfigMap/new": "New",
    }
    refused = ok(gitops("apply", "app", "--no-wait"), 3)
    assert "Deployment " in refused.out
    assert "app/web.yaml:1" in refused.out
    assert "--adopt" in refused.out
    assert versions(cluster, cluster.namespace) == before

    adopted = ok(gitops("apply", "app", "--no-wait", "--adopt", "-o", "json"))
    assert actions(adopted)["Deployment/web"] == "configured"
    ok(gitops("drift", "app"))
    ok(gitops("apply", "app", "--no-wait"))

    # What Git drops goes away, although kubectl's client-side apply had put it there.
    text = deployment().replace("    tier: front\n", "")
    text = text.replace("        env:\n        - name: MODE\n          value: production\n", "")
    repo.write("app/web.yaml", text)
    repo.write("app/config.yaml", config_map("settings").replace("  greeting: hello\n", "  other: thing\n"))
    repo.commit()
    dropped = ok(gitops("drift", "app", "-o", "json"), 1)
    assert verdicts(dropped, "ConfigMap/settings") == {"data.greeting": "Removed", "data.other": "GitChanged"}
    assert set(verdicts(dropped, "Deployment/web").values()) == {"Removed"}
    ok(gitops("apply", "app", "--no-wait"))
    web = cluster.get("deployment", "web")
    assert "tier" not in web["metadata"]["labels"]
    assert "env" not in web["spec"]["template"]["spec"]["containers"][0]
    assert cluster.get("configmap", "settings")["data"] == {"other": "thing"}
    ok(gitops("drift", "app"))


@pytest.mark.parametrize("name", OWNERS)
def test_a_living_owner_s_objects_are_refused_by_name(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, name: str
) -> None:
    labels, annotations, words = OWNERS[name]
    body = {"metadata": {"name": name, "labels": labels, "annotations": annotations}, "data": {"greeting": "theirs"}}
    cluster.raw("POST", f"/api/v1/namespaces/{cluster.namespace}/configmaps", body)
    repo.write("app/config.yaml", config_map(name))
    repo.commit()
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert states(drift) == {f"ConfigMap/{name}": "Unmanaged"}
    for command in ("apply", "reconcile"):
        refused = ok(gitops(command, "app", "--no-wait", "--adopt", "-o", "json"), 3)
        (sentence,) = refused.json()["refusals"]
        assert words in sentence
        assert name in sentence
    assert cluster.get("configmap", name)["data"] == {"greeting": "theirs"}


def test_another_target_s_object_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("one/config.yaml", config_map("shared"))
    repo.write("two/config.yaml", config_map("shared", "other"))
    repo.commit()
    ok(gitops("apply", "one", "--no-wait"))
    refused = ok(gitops("apply", "two", "--no-wait", "--adopt"), 3)
    assert "ApplySet" in refused.out
    ok(gitops("drift", "one"))


def test_an_object_that_lost_its_label_stays_a_member(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("apply", "app", "--no-wait"))
    cluster.kubectl("label", "configmap", "settings", "applyset.kubernetes.io/part-of-")
    drift = ok(gitops("drift", "app", "-o", "json"), 1)
    assert states(drift) == {"ConfigMap/settings": "Drifted"}
    ok(gitops("apply", "app", "--no-wait"))
    assert "applyset.kubernetes.io/part-of" in cluster.get("configmap", "settings")["metadata"]["labels"]
    ok(gitops("drift", "app"))


def test_adopting_takes_git_s_values_and_says_what_differs(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "settings", "--from-literal=greeting=theirs")
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(gitops("drift", "app"), 1)
    plan = ok(gitops("apply", "app", "--adopt", "--dry-run=client", "-o", "json"))
    assert actions(plan) == {"ConfigMap/settings": "configured"}
    assert cluster.get("configmap", "settings")["data"] == {"greeting": "theirs"}
    done = ok(gitops("reconcile", "app", "--adopt", "--no-wait", "-o", "json"))
    assert objects(done)["ConfigMap/settings"]["action"] == "configured"
    assert not fields(done, "ConfigMap/settings")
    assert cluster.get("configmap", "settings")["data"] == {"greeting": "hello"}
    ok(gitops("drift", "app"))
