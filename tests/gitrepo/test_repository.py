import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import Repository, open_source
from tests.harness import RepoBuilder, run_program, succeed

NOWHERE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def clone(repo: RepoBuilder, name: str, *options: str) -> Path:
    folder = repo.path.parent / name
    succeed(["git", "clone", "--quiet", *options, f"file://{repo.path}", folder], repo.path)
    return folder


def opened(repo: RepoBuilder, source: str = "") -> Repository:
    return open_source(str(repo.path / source), repo.path.parent / "cache")


def test_opens_a_folder_and_resolves(repo: RepoBuilder, cache: Path) -> None:
    repo.write("envs/prod/web.yaml", "a: 1\n")
    first = repo.commit("First\n\nmore")
    repo.git("tag", "--annotate", "v1", "--message=one")
    repository = opened(repo, "envs/prod")
    assert (repository.root, repository.subpath) == (repo.path, "envs/prod")
    assert opened(repo).subpath == ""
    head = repository.resolve()
    assert (head.id, head.author, head.email, head.subject, head.ref) == (
        first, "Ada Author", "ada@example.com", "First", "main",
    )  # fmt: skip
    committed = datetime.fromtimestamp(int(repo.git("log", "-1", "--format=%ct")), UTC)
    assert head.time == committed.isoformat().replace("+00:00", "Z")
    assert repository.resolve("v1")._replace(ref="") == head._replace(ref="")
    assert repository.resolve("v1").ref == "v1"
    second = repo.commit("Second")
    assert repository.resolve().id == second
    assert repository.resolve("HEAD~1") == head._replace(ref="")
    assert repository.resolve(first[:9]).id == first
    repo.git("checkout", "--quiet", "--detach")
    assert repository.resolve().ref == ""


@pytest.mark.parametrize("rev", ["nope", "-x", "HEAD:web.yaml", "HEAD~99", "", NOWHERE, "a..b", "@{-1}"])
def test_unknown_revision(repo: RepoBuilder, rev: str) -> None:
    repo.write("web.yaml", "a: 1\n")
    repo.commit()
    with pytest.raises(SourceError, match="has no revision"):
        opened(repo).resolve(rev)


def test_unknown_revision_gets_a_suggestion(repo: RepoBuilder, cache: Path) -> None:
    repo.commit()
    with pytest.raises(SourceError, match="did you mean 'main'"):
        opened(repo).resolve("mian")
    repo.git("branch", "feature")
    other = open_source(str(clone(repo, "other")), cache)
    with pytest.raises(SourceError, match="did you mean 'origin/feature'"):
        other.resolve("feature")


def test_no_repository(tmp_path: Path, repo: RepoBuilder) -> None:
    with pytest.raises(SourceError, match="not inside a Git repository"):
        open_source(str(tmp_path), tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        open_source(str(tmp_path / "nothing"), tmp_path)
    with pytest.raises(SourceError, match="is a file"):
        open_source(str(repo.write("a.yaml", "")), tmp_path)
    with pytest.raises(SourceError, match="has no commits yet"):
        opened(repo).resolve()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_repository_of_another_user(repo: RepoBuilder) -> None:
    repo.commit()
    for folder, _, files in os.walk(repo.path):
        for path in [folder, *(os.path.join(folder, file) for file in files)]:  # noqa: PTH118
            os.chown(path, 12345, 12345)
    with pytest.raises(SourceError, match=r"belongs to another user.*safe\.directory " + str(repo.path)):
        opened(repo)


def test_a_linked_worktree(repo: RepoBuilder, cache: Path) -> None:
    repo.write("web.yaml", "a: 1\n")
    head = repo.commit()
    linked = repo.path.parent / "linked"
    repo.git("worktree", "add", "--quiet", "--detach", str(linked))
    repository = open_source(str(linked), cache)
    assert repository.root == linked
    assert repository.resolve().id == head
    assert not repository.dirty()


def test_git_variables_of_a_hook_are_ignored(
    repo: RepoBuilder, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("web.yaml", "a: 1\n")
    head = repo.commit()
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    repository = opened(repo)
    assert repository.resolve().id == head
    assert not repository.dirty()
    assert repository.blame(head, "web.yaml", 1, 1) is not None


def test_dirty(repo: RepoBuilder) -> None:
    repo.write("envs/prod/web.yaml", "a: 1\n")
    repo.write(".gitignore", "*.log\n")
    repo.commit()
    repository = opened(repo)
    repo.write("envs/prod/x.log", "")
    assert not repository.dirty()
    repo.write("envs/dev/web.yaml", "a: 1\n")
    assert repository.dirty()
    assert not repository.dirty("envs/prod")
    repo.write("envs/prod/web.yaml", "a: 2\n")
    assert repository.dirty("envs/prod")


def test_remote_tip(repo: RepoBuilder, cache: Path) -> None:
    first = repo.commit("one")
    repository = open_source(str(clone(repo, "other")), cache)
    second = repo.commit("two")
    repo.git("tag", "v1")
    assert repository.remote_tip("main", fetch=False).id == first
    tip = repository.remote_tip("main")
    assert (tip.id, tip.ref) == (second, "main")
    assert repository.remote_tip("main", fetch=False).id == second
    assert repository.remote_tip("v1").id == second
    third = repo.commit("three")
    repo.git("tag", "--force", "v1")
    assert repository.remote_tip("refs/tags/v1").id == third
    assert repository.remote_tip("v1", fetch=False).id == third
    assert repository.resolve("HEAD").id == first
    with pytest.raises(SourceError, match="has no branch or tag 'nope'"):
        repository.remote_tip("nope")
    with pytest.raises(SourceError, match="no branch or tag 'nope' here"):
        repository.remote_tip("nope", fetch=False)
    repo.git("branch", "v1", "HEAD~1")
    with pytest.raises(SourceError, match="both a branch and a tag 'v1'"):
        repository.remote_tip("v1")
    assert repository.remote_tip("refs/heads/v1").id == second
    assert repository.remote_tip("refs/tags/v1").id == third


def test_remote_tip_refuses_options(repo: RepoBuilder, cache: Path, tmp_path: Path) -> None:
    repo.commit()
    repository = open_source(str(clone(repo, "other")), cache)
    with pytest.raises(SourceError):
        repository.remote_tip(f"--upload-pack=touch {tmp_path}/owned")
    assert not (tmp_path / "owned").exists()


def test_remote_tip_without_a_remote_or_connection(repo: RepoBuilder, cache: Path) -> None:
    head = repo.commit()
    assert opened(repo).remote_tip("main").id == head
    folder = clone(repo, "other")
    repo.path.rename(repo.path.with_name("moved"))
    with pytest.raises(SourceError, match="--no-fetch uses what is here"):
        open_source(str(folder), cache).remote_tip("main")
    assert open_source(str(folder), cache).remote_tip("main", fetch=False).id == head


def test_shallow_clone(repo: RepoBuilder, cache: Path) -> None:
    repo.write("web.yaml", "a: 1\n")
    first = repo.commit("one")
    second = repo.commit("two")
    head = repo.commit("three")
    repository = open_source(str(clone(repo, "shallow", "--depth=1")), cache)
    assert repository.resolve().id == head
    assert repository.last_change(head, "web.yaml") is None
    assert repository.blame(head, "web.yaml", 1, 1) is None
    assert not repository.has_commit(second)
    again = open_source(str(clone(repo, "shallow2", "--depth=1")), cache)
    assert again.fetch_commit(second)
    assert again.has_commit(second)
    assert again.is_ancestor(first, head)
    changed = again.last_change(head, "web.yaml")
    assert changed is not None
    assert changed.id == first


def test_shallow_clone_that_cannot_be_completed(repo: RepoBuilder, cache: Path) -> None:
    first = repo.commit("one")
    head = repo.commit("two")
    folder = clone(repo, "shallow", "--depth=1")
    closed = open_source(str(folder), cache, fetch=False)
    assert not closed.fetch_commit(first)
    with pytest.raises(SourceError, match="this clone is shallow"):
        closed.is_ancestor(first, head)
    succeed(["git", "remote", "remove", "origin"], folder)
    with pytest.raises(SourceError, match="git fetch --unshallow"):
        open_source(str(folder), cache).is_ancestor(first, head)
    with pytest.raises(SourceError, match="can't be told which repository"):
        open_source(str(folder), cache).identity()


def test_is_ancestor(repo: RepoBuilder) -> None:
    first = repo.commit("one")
    head = repo.commit("two")
    repo.git("checkout", "--quiet", "-b", "side", first)
    side = repo.commit("side")
    repository = opened(repo)
    assert repository.is_ancestor(first, head)
    assert repository.is_ancestor(head, head)
    assert not repository.is_ancestor(head, first)
    assert not repository.is_ancestor(side, head)
    assert not repository.is_ancestor(NOWHERE, head)
    with pytest.raises(SourceError, match="no commit"):
        repository.is_ancestor(first, NOWHERE)


def test_fetch_commit_by_id(repo: RepoBuilder, cache: Path) -> None:
    repo.commit("one")
    folder = clone(repo, "other")
    second = repo.commit("two")
    repository = open_source(str(folder), cache)
    assert not repository.has_commit(second)
    assert repository.fetch_commit(second)
    assert repository.has_commit(second)
    assert not repository.fetch_commit(NOWHERE)
    assert not repository.fetch_commit("--help")
    assert not opened(repo).fetch_commit(NOWHERE)


def test_partial_clone_fetches_what_it_needs(repo: RepoBuilder, cache: Path, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    for number in range(5):
        repo.write(f"apps/{number}.yaml", f"a: {number}\n")
    head = repo.commit()
    folder = clone(repo, "partial", "--filter=blob:none", "--no-checkout")
    repository = open_source(str(folder), cache)
    tree = repository.snapshot(head, "apps")
    assert len(tree.files()) == 5
    assert tree.read("apps/3.yaml") == b"a: 3\n"
    bare = open_source(str(clone(repo, "treeless", "--filter=tree:0", "--no-checkout")), cache)
    assert bare.export(head, tmp_path / "out") == ()
    assert (tmp_path / "out/apps/4.yaml").read_text() == "a: 4\n"


def test_identity_and_default_name(repo: RepoBuilder, cache: Path) -> None:
    first = repo.commit("one")
    repo.commit("two")
    repository = opened(repo)
    assert repository.identity() == f"root:{first}"
    repo.git("remote", "add", "origin", "https://token@git.example.com/Org/Shop.git")
    assert opened(repo).identity() == "git.example.com/Org/Shop"
    name = opened(repo).default_name("envs/prod")
    assert name.startswith("shop-envs-prod-")
    assert len(name) == len("shop-envs-prod-") + 8
    assert opened(repo).default_name("envs/prod/") == name
    assert opened(repo).default_name("envs/dev")[-8:] != name[-8:]
    repo.git("remote", "set-url", "origin", "git@git.example.com:Org/Shop")
    assert opened(repo).default_name("envs/prod") == name


def test_last_change(repo: RepoBuilder) -> None:
    repo.write("web.yaml", "a: 1\n")
    repo.write("envs/prod/web.yaml", "a: 1\n")
    first = repo.commit("add")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write("web.yaml", "a: 2\n")
    side = repo.commit("on a branch")
    repo.git("checkout", "--quiet", "main")
    repo.remove("envs/prod/web.yaml")
    removed = repo.commit("remove")
    repo.git("merge", "--quiet", "--no-ff", "--message=merge", "side")
    head = repo.commit("unrelated")
    repository = opened(repo)

    def last(path: str, since: str | None = None) -> str | None:
        found = repository.last_change(head, path, since)
        return found.id if found else None

    assert last("web.yaml") == side
    assert last("envs/prod/web.yaml") == removed
    assert last("envs/prod") == removed
    assert last("never.yaml") is None
    assert last("web.yaml/below") is None
    assert last("web.yaml", since=side) is None
    assert repository.last_change(removed, "web.yaml") == repository.resolve(first)._replace(ref="")


def test_blame(repo: RepoBuilder) -> None:
    repo.write("web.yaml", "a: 1\nb: 1\nc: 1\n")
    first = repo.commit("first")
    repo.write("web.yaml", "a: 1\nb: 2\nc: 1\n")
    second = repo.commit("second", author="Bo <bo@example.com>")
    (repo.path / "link.yaml").symlink_to("web.yaml")
    head = repo.commit("third")
    repository = opened(repo)

    def who(start: int, end: int, file: str = "web.yaml") -> str | None:
        found = repository.blame(head, file, start, end)
        return found.id if found else None

    assert who(1, 1) == first
    assert who(2, 2) == second
    assert who(2, 2, "link.yaml") == second
    assert who(3, 9) == first
    assert who(9, 9) is None
    assert who(1, 1, "nope.yaml") is None
    blamed = repository.blame(head, "web.yaml", 2, 2)
    assert blamed is not None
    assert (blamed.author, blamed.subject) == ("Bo", "second")
    assert {who(1, 3)} <= {first, second}


def test_no_git_program(repo: RepoBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    head = repo.commit()
    monkeypatch.setenv("PATH", "/nonexistent")
    repository = opened(repo)
    assert repository.resolve().id == head
    with pytest.raises(SourceError, match="install git"):
        repository.dirty()


def test_the_program_never_runs_a_transport_command(tmp_path: Path, cache: Path) -> None:
    for source in (f"ext::sh -c 'touch {tmp_path}/owned'", f"ext::touch% {tmp_path}/owned"):
        with pytest.raises(SourceError, match="would run a command"):
            open_source(source, cache)
    assert not (tmp_path / "owned").exists()


def test_worktree_of_a_mirror(repo: RepoBuilder, cache: Path) -> None:
    repo.commit()
    with pytest.raises(SourceError, match="has no working tree"):
        open_source(f"file://{repo.path}", cache).worktree()
    assert run_program(["git", "--version"], repo.path).code == 0
