"""Which revision is read: Git URLs, refs, older revisions, shallow clones, the files on disk."""

from pathlib import Path

from tests.harness import Cluster, GitOps, RepoBuilder, succeed
from tests.walk.shop import actions, config_map, deployment, objects, ok, states, verdicts, versions


def _greeting(cluster: Cluster, name: str = "settings") -> str:
    greeting: str = cluster.get("configmap", name)["data"]["greeting"]
    return greeting


def _commits(repo: RepoBuilder, *greetings: str) -> list[str]:
    commits = []
    for greeting in greetings:
        repo.write("app/config.yaml", config_map("settings", greeting))
        commits.append(repo.commit(f"Say {greeting}"))
    return commits


def test_an_older_revision_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    old, new = _commits(repo, "one", "two")
    ok(gitops("apply", "app", "--no-wait"))
    for command in ("apply", "reconcile"):
        refused = ok(gitops(command, "app", "--no-wait", "--rev", old), 3)
        assert "--allow-rewind" in refused.out + refused.err
        assert new[:7] in refused.out + refused.err
    assert _greeting(cluster) == "two"
    ok(gitops("apply", "app", "--no-wait", "--rev", old, "--allow-rewind"))
    assert _greeting(cluster) == "one"
    assert "nothing-like-it" in ok(gitops("drift", "app", "--rev", "nothing-like-it"), 2).err


def test_a_branch_that_forked_off_is_refused(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    base, _ = _commits(repo, "one", "two")
    ok(gitops("apply", "app", "--no-wait"))
    repo.git("checkout", "--quiet", "-b", "side", base)
    _commits(repo, "sideways")
    ok(gitops("apply", "app", "--no-wait"), 3)
    assert _greeting(cluster) == "two"


def test_a_git_url_is_mirrored_in_the_cache_and_followed(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, tmp_path: Path
) -> None:
    _commits(repo, "one")
    url = f"file://{repo.path}"
    ok(gitops("apply", url, "--path", "app", "--no-wait", cwd=tmp_path))
    assert _greeting(cluster) == "one"
    _commits(repo, "two")
    ok(gitops("drift", url, "--path", "app", "--no-fetch", cwd=tmp_path))
    drift = ok(gitops("drift", url, "--path", "app", "-o", "json", cwd=tmp_path), 1)
    assert verdicts(drift, "ConfigMap/settings") == {"data.greeting": "GitChanged"}
    assert not list(tmp_path.glob("*.git"))
    # A clone with that origin is the same repository: it goes on with the same inventory.
    clone = tmp_path / "clone"
    succeed(["git", "clone", "--quiet", url, str(clone)], tmp_path)
    done = ok(gitops("apply", ".", "--path", "app", "--no-wait", "-o", "json", cwd=clone))
    assert actions(done) == {"ConfigMap/settings": "configured"}
    away = ok(gitops("drift", f"file://{tmp_path}/nowhere", cwd=tmp_path), 2)
    assert "nowhere" in away.err


def test_a_target_s_ref_is_fetched_and_used(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, tmp_path: Path
) -> None:
    repo.write(
        "gitops.yaml",
        "apiVersion: kubectl-gitops/v1\nkind: GitOps\nname: shop\n"
        "targets: [{name: prod, path: app, context: test, ref: main}]\n",
    )
    _commits(repo, "one")
    clone = RepoBuilder.__new__(RepoBuilder)
    clone.path = tmp_path / "clone"
    succeed(["git", "clone", "--quiet", str(repo.path), str(clone.path)], tmp_path)
    ok(gitops("apply", "-t", "prod", "--no-wait", cwd=clone.path))
    # What is committed here but not at the remote is not the truth; what is there and not here yet is.
    _commits(clone, "local")
    (latest,) = _commits(repo, "remote")
    ok(gitops("drift", "-t", "prod", "--no-fetch", cwd=clone.path))
    drift = ok(gitops("drift", "-t", "prod", "-o", "json", cwd=clone.path), 1)
    assert drift.json()["source"]["revision"] == latest
    assert drift.json()["source"]["ref"] == "main"
    ok(gitops("apply", "-t", "prod", "--no-wait", cwd=clone.path))
    assert _greeting(cluster) == "remote"


def test_base_missing_from_a_shallow_clone_is_fetched(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, tmp_path: Path
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.commit()
    full, shallow = tmp_path / "full", tmp_path / "shallow"
    succeed(["git", "clone", "--quiet", f"file://{repo.path}", str(full)], tmp_path)
    ok(gitops("apply", "app", "--no-wait", cwd=full))
    cluster.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    for image in ("web:2", "web:3"):
        repo.write("app/web.yaml", deployment(image=image))
        repo.commit(f"Ship {image}")
    succeed(["git", "clone", "--quiet", "--depth=1", f"file://{repo.path}", str(shallow)], tmp_path)
    drift = ok(gitops("drift", "app", "-o", "json", cwd=shallow), 1)
    (field,) = objects(drift)["Deployment/web"]["fields"]
    assert (field["verdict"], field["base"], field["desired"]) == ("Conflict", "web:1", "web:3")
    ok(gitops("reconcile", "app", "--no-wait", cwd=shallow))
    assert cluster.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "web:3"


def test_base_that_can_t_be_fetched_stops_apply(
    repo: RepoBuilder, gitops: GitOps, cluster: Cluster, tmp_path: Path
) -> None:
    repo.write("app/web.yaml", deployment())
    repo.commit()
    url, shallow = f"file://{repo.path}", tmp_path / "shallow"
    full = tmp_path / "full"
    succeed(["git", "clone", "--quiet", url, str(full)], tmp_path)
    ok(gitops("apply", "app", "--no-wait", cwd=full))
    cluster.kubectl("set", "image", "deployment/web", "web=web:hotfix")
    repo.write("app/web.yaml", deployment(image="web:2"))
    repo.commit()
    succeed(["git", "clone", "--quiet", "--depth=1", url, str(shallow)], tmp_path)
    repo.path.rename(tmp_path / "away")
    drift = ok(gitops("drift", "app", "-o", "json", cwd=shallow), 1)
    assert states(drift) == {"Deployment/web": "Conflicted"}
    (verdict,) = set(verdicts(drift, "Deployment/web").values())
    assert verdict == "Unknown"
    text = ok(gitops("drift", "app", cwd=shallow), 1)
    assert "no base" in text.out
    before = versions(cluster, cluster.namespace)
    refused = gitops("apply", "app", "--no-wait", "--allow-rewind", cwd=shallow)
    assert refused.code == 3, refused
    assert "base" in refused.out
    # Without knowing history it can't even be told whether this is a step back.
    assert gitops("apply", "app", "--no-wait", cwd=shallow).code in {2, 3}
    assert versions(cluster, cluster.namespace) == before


def test_the_files_on_disk_are_read_for_looking_only(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    _commits(repo, "one")
    ok(gitops("apply", "app", "--no-wait"))
    repo.write("app/config.yaml", config_map("settings", "uncommitted"))
    repo.write("app/untracked.yaml", config_map("untracked"))
    clean = ok(gitops("drift", "app"))
    assert "not committed" in clean.err
    drift = ok(gitops("drift", "app", "--worktree", "-o", "json"), 1)
    assert states(drift) == {"ConfigMap/settings": "Pending", "ConfigMap/untracked": "New"}
    assert "revision" not in drift.json()["source"]
    assert "uncommitted" in ok(gitops("render", "app", "--worktree")).out
    assert "uncommitted" not in ok(gitops("render", "app")).out
    before = versions(cluster, cluster.namespace)
    plan = ok(gitops("apply", "app", "--worktree", "--dry-run=client", "-o", "json"))
    assert actions(plan) == {"ConfigMap/settings": "configured", "ConfigMap/untracked": "created"}
    ok(gitops("apply", "app", "--worktree", "--dry-run=server"))
    refused = ok(gitops("apply", "app", "--worktree", "--no-wait"), 2)
    assert "--worktree" in refused.err
    assert versions(cluster, cluster.namespace) == before


def test_a_dirty_tree_is_mentioned_and_not_applied(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    _commits(repo, "one")
    repo.write("app/config.yaml", config_map("settings", "uncommitted"))
    applied = ok(gitops("apply", "app", "--no-wait"))
    assert "not committed" in applied.err
    assert _greeting(cluster) == "one"


def test_no_repository_and_no_commit_are_sentences(gitops: GitOps, repo: RepoBuilder, cluster: Cluster) -> None:
    empty = ok(gitops("drift"), 2)
    assert "commit" in empty.err
    outside = ok(gitops("drift", "/", cwd=Path("/")), 2)
    assert "Git" in outside.err
    nowhere = ok(gitops("drift", "nowhere"), 2)
    assert "nowhere" in nowhere.err
