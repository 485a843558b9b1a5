import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import open_source
from tests.harness import RepoBuilder


def test_mirror_follows_the_remote(repo: RepoBuilder, tmp_path: Path) -> None:
    url, cache = f"file://{repo.path}", tmp_path / "cache"
    with pytest.raises(SourceError, match="no copy of"):
        open_source(url, cache, fetch=False)
    repo.write("web.yaml", "a: 1\n")
    first = repo.commit("one")
    mirror = open_source(url, cache)
    assert (mirror.root, mirror.subpath) == (None, "")
    assert mirror.resolve().id == first
    assert mirror.identity() == f"file://{repo.path}"
    assert mirror.snapshot(first).read("web.yaml") == b"a: 1\n"
    assert not mirror.dirty()
    second = repo.commit("two")
    assert open_source(url, cache, fetch=False).resolve().id == first
    assert mirror.remote_tip("main").id == second
    third = repo.commit("three")
    mirror.refresh()
    assert mirror.resolve().id == third
    assert mirror.blame(third, "web.yaml", 1, 1) == mirror.resolve(first)._replace(ref="")


def test_mirror_follows_the_default_branch(repo: RepoBuilder, tmp_path: Path) -> None:
    url, cache = f"file://{repo.path}", tmp_path / "cache"
    repo.commit("one")
    open_source(url, cache)
    repo.git("checkout", "--quiet", "-b", "trunk")
    head = repo.commit("two")
    repo.git("branch", "--quiet", "-D", "main")
    assert open_source(url, cache).resolve() == open_source(url, cache).resolve("trunk")
    assert open_source(url, cache).resolve().id == head


def test_a_rewritten_commit_stays(repo: RepoBuilder, tmp_path: Path) -> None:
    url, cache = f"file://{repo.path}", tmp_path / "cache"
    repo.commit("one")
    lost = repo.commit("two")
    open_source(url, cache)
    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    head = repo.commit("other")
    mirror = open_source(url, cache)
    assert mirror.resolve().id == head
    assert mirror.has_commit(lost)
    assert not mirror.is_ancestor(lost, head)


def test_no_connection(repo: RepoBuilder, tmp_path: Path) -> None:
    url, cache = f"file://{repo.path}", tmp_path / "cache"
    head = repo.commit("one")
    open_source(url, cache)
    repo.path.rename(tmp_path / "moved")
    with pytest.raises(SourceError, match="--no-fetch uses the copy"):
        open_source(url, cache)
    assert open_source(url, cache, fetch=False).resolve().id == head
    with pytest.raises(SourceError, match="git could not clone"):
        open_source(url + "-other", cache)
    assert len([path for path in cache.iterdir() if path.suffix == ".git"]) == 1
    assert not list(cache.glob(".clone-*"))


def test_an_empty_remote(repo: RepoBuilder, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no commits yet"):
        open_source(f"file://{repo.path}", tmp_path / "cache").resolve()


def test_credentials_are_neither_shown_nor_stored(tmp_path: Path) -> None:
    url = "http://ada:hunter2@127.0.0.1:9/shop.git"
    for address, problem in ((url, "could not clone"), (f"{url}?private_token=hunter2", "has a query")):
        with pytest.raises(SourceError, match=problem) as raised:
            open_source(address, tmp_path / "cache")
        assert "hunter2" not in str(raised.value)
        assert "127.0.0.1:9/shop.git" in str(raised.value)


def test_credentials_reach_git_but_not_the_mirror(
    repo: RepoBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A user's own rewriting leads the address with its password to the real repository.
    head = repo.commit("one")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")
    cache = tmp_path / "cache"
    mirror = open_source(f"file://ada:hunter2@{repo.path}", cache)
    assert mirror.resolve().id == head
    stored = [path for path in cache.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert stored == []
    assert not any("hunter2" in str(path) for path in cache.rglob("*"))


def test_processes_at_the_same_time_share_one_clone(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.write("web.yaml", "a: 1\n")
    head = repo.commit("one")
    code = (
        "import sys; from pathlib import Path; from kubectl_gitops.gitrepo import open_source;"
        "print(open_source(sys.argv[1], Path(sys.argv[2])).resolve().id)"
    )
    command = [sys.executable, "-c", code, f"file://{repo.path}", str(tmp_path / "cache")]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == [head] * 4
    assert len(list((tmp_path / "cache").glob("*.git"))) == 1
