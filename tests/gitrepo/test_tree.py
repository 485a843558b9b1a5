from pathlib import Path

import pytest

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import Repository, Tree, open_source
from kubectl_gitops.gitrepo.tree import normalise
from tests.harness import RepoBuilder


@pytest.fixture(params=["revision", "worktree"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(repo: RepoBuilder) -> Repository:
    return open_source(str(repo.path), repo.path.parent / "cache")


def tree(repo: RepoBuilder, kind: str, path: str = "") -> Tree:
    repository = opened(repo)
    if kind == "worktree":
        return repository.worktree(path)
    return repository.snapshot(repo.commit(), path)


def names(found: Tree, path: str | None = None) -> list[str]:
    return [file.path for file in found.files(path)]


def test_lists_and_reads(repo: RepoBuilder, kind: str) -> None:
    repo.write("envs/prod/web.yaml", "a: 1\n")
    repo.write("envs/prod/sub/db.yaml", "a: 2\n")
    repo.write("envs/prod.yaml", "a: 3\n")
    repo.write("envs/.hidden/x.yaml", "a: 4\n")
    repo.write("envs/.config.yaml", "a: 5\n")
    repo.write("crlf.yaml", "a: 1\r\n")
    found = tree(repo, kind, "./envs/")
    assert names(found) == ["envs/.config.yaml", "envs/prod.yaml", "envs/prod/sub/db.yaml", "envs/prod/web.yaml"]
    assert names(found, "envs/prod/sub") == ["envs/prod/sub/db.yaml"]
    assert found.read("envs/prod/web.yaml") == b"a: 1\n"
    assert found.read("crlf.yaml") == b"a: 1\r\n"
    assert found.files("envs/prod/sub")[0].blob_id == repo.git("hash-object", "envs/prod/sub/db.yaml")
    assert found.has_file("envs/prod/web.yaml")
    assert not found.has_file("envs/prod")
    assert found.has_folder("envs/prod")
    assert not found.has_folder("envs/nope")


def test_missing_paths(repo: RepoBuilder, kind: str) -> None:
    repo.write("envs/prod/web.yaml", "a: 1\n")
    where = "in the working tree" if kind == "worktree" else "at revision [0-9a-f]{12}"
    with pytest.raises(SourceError, match=f"no folder 'envs/prdo' {where}; did you mean 'envs/prod'"):
        tree(repo, kind, "envs/prdo")
    with pytest.raises(SourceError, match="is a file, not a folder"):
        tree(repo, kind, "envs/prod/web.yaml")
    with pytest.raises(SourceError, match=r"no file 'envs/prod/wbe\.yaml'.*did you mean"):
        tree(repo, kind).read("envs/prod/wbe.yaml")
    with pytest.raises(SourceError, match="no folder"):
        tree(repo, kind).files("nope/nope")


@pytest.mark.parametrize("path", ["/etc", "../x", "a/../../b", "a\0b"])
def test_paths_stay_inside(path: str) -> None:
    with pytest.raises(SourceError, match="leaves the repository"):
        normalise(path)


def test_links_inside_are_followed(repo: RepoBuilder, kind: str) -> None:
    repo.write("base/web.yaml", "a: 1\n")
    repo.write("envs/prod/own.yaml", "a: 2\n")
    (repo.path / "envs/prod/web.yaml").symlink_to("../../base/web.yaml")
    (repo.path / "envs/prod/all").symlink_to("../../base")
    (repo.path / "live").symlink_to("envs/prod")
    found = tree(repo, kind, "live")
    assert names(found) == ["live/all/web.yaml", "live/own.yaml", "live/web.yaml"]
    assert found.read("live/web.yaml") == found.read("live/all/web.yaml") == b"a: 1\n"
    assert len({file.blob_id for file in found.files()}) == 2


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.yaml", "../../repo/web.yaml", "x/../../../etc"])
def test_links_outside_are_refused(repo: RepoBuilder, kind: str, target: str) -> None:
    repo.write("envs/x/web.yaml", "a: 1\n")
    repo.write("web.yaml", "a: 1\n")
    (repo.path.parent / "outside.yaml").write_text("secret: 1\n")
    (repo.path / "envs/link.yaml").symlink_to(target)
    found = tree(repo, kind, "envs")
    with pytest.raises(SourceError, match=r"envs/link\.yaml: a symbolic link leads out of the repository"):
        found.files()
    with pytest.raises(SourceError, match="leads out"):
        found.read("envs/link.yaml")


def test_a_linked_folder_outside_is_refused(repo: RepoBuilder, kind: str, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.yaml").write_text("a: 1\n")
    repo.write("web.yaml", "")
    (repo.path / "dir").symlink_to(tmp_path / "outside")
    with pytest.raises(SourceError, match="leads out"):
        tree(repo, kind).read("dir/x.yaml")
    with pytest.raises(SourceError, match="leads out"):
        tree(repo, kind, "dir")


@pytest.mark.parametrize("links", [{"a": "a"}, {"a": "b", "b": "a"}, {"d/up": ".."}, {"d/self": "."}])
def test_circles(repo: RepoBuilder, kind: str, links: dict[str, str]) -> None:
    repo.write("d/web.yaml", "a: 1\n")
    for name, target in links.items():
        (repo.path / name).symlink_to(target)
    with pytest.raises(SourceError, match="in a circle"):
        tree(repo, kind).files()


def test_links_to_nowhere(repo: RepoBuilder, kind: str) -> None:
    repo.write("web.yaml", "a: 1\n")
    (repo.path / "gone.yaml").symlink_to("removed.yaml")
    with pytest.raises(SourceError, match=r"gone.yaml: .* 'removed.yaml', which does not exist"):
        tree(repo, kind).files()


def test_submodules_are_told_and_not_read(repo: RepoBuilder, kind: str) -> None:
    library = RepoBuilder(repo.path.parent / "library")
    library.write("x.yaml", "a: 1\n")
    library.commit()
    repo.write("envs/web.yaml", "a: 1\n")
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.path), "envs/library")
    found = tree(repo, kind, "envs")
    assert names(found) == ["envs/web.yaml"]
    assert found.submodules() == ("envs/library",)
    assert tree(repo, kind).submodules("envs") == ("envs/library",)


def test_large_file_storage_is_refused(repo: RepoBuilder, kind: str) -> None:
    repo.write("web.yaml", "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")
    with pytest.raises(SourceError, match=r"web\.yaml is kept in Git LFS"):
        tree(repo, kind).read("web.yaml")


def test_a_revision_is_not_the_working_tree(repo: RepoBuilder) -> None:
    repo.write("web.yaml", "a: 1\n")
    head = repo.commit()
    repo.write("web.yaml", "a: 2\n")
    repo.write("new.yaml", "a: 1\n")
    repo.write("ignored.yaml", "a: 1\n")
    repo.write("kept/ignored.yaml", "a: 1\n")
    repo.write(".gitignore", "ignored.yaml\nbuild/\n")
    repo.write("build/out.yaml", "")
    repo.git("add", "--force", "kept/ignored.yaml")
    repository = opened(repo)
    assert names(repository.snapshot(head)) == ["web.yaml"]
    assert repository.snapshot(head).read("web.yaml") == b"a: 1\n"
    assert names(repository.worktree()) == [".gitignore", "kept/ignored.yaml", "new.yaml", "web.yaml"]
    assert repository.worktree().read("web.yaml") == b"a: 2\n"
