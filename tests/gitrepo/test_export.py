import stat
from pathlib import Path

import pytest

from kubectl_gitops.errors import SourceError
from kubectl_gitops.gitrepo import LeftOut, open_source
from tests.harness import RepoBuilder


def test_writes_the_revision_byte_for_byte(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.git("config", "core.autocrlf", "true")
    repo.write(".gitattributes", "*.yaml ident\n")
    (repo.path / "a").mkdir()
    (repo.path / "a/web.yaml").write_bytes(b"a: $Id$\r\n")
    (repo.path / "link.yaml").symlink_to("a/web.yaml")
    (repo.path / "dangling").symlink_to("nothing")
    repo.git("config", "core.autocrlf", "false")
    head = repo.commit()
    repo.git("config", "core.autocrlf", "true")
    repo.write("a/web.yaml", "changed")
    repository = open_source(str(repo.path), tmp_path / "cache")
    assert repository.export(head, tmp_path / "out") == ()
    assert (tmp_path / "out/a/web.yaml").read_bytes() == b"a: $Id$\r\n"
    assert (tmp_path / "out/link.yaml").read_bytes() == b"a: $Id$\r\n"
    assert (tmp_path / "out/dangling").is_symlink()
    assert not (tmp_path / "out/.git").exists()
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert repository.resolve().id == head


def test_links_that_lead_out_are_left_out(repo: RepoBuilder, tmp_path: Path) -> None:
    repo.write("x/web.yaml", "")
    (repo.path / "x/passwd").symlink_to("/etc/passwd")
    (repo.path / "x/above").symlink_to("../../other")
    (repo.path / "x/via").symlink_to("above")
    (repo.path / "x/inside").symlink_to("../x/web.yaml")
    head = repo.commit()
    left_out = open_source(str(repo.path), tmp_path / "cache").export(head, tmp_path / "out")
    assert [one.path for one in left_out] == ["x/above", "x/passwd", "x/via"]
    assert left_out[1] == LeftOut("x/passwd", "is a symbolic link out of the repository, to '/etc/passwd'")
    assert sorted(path.name for path in (tmp_path / "out/x").iterdir()) == ["inside", "web.yaml"]


def test_evil_names_are_refused(repo: RepoBuilder, tmp_path: Path) -> None:
    blob = repo.git("hash-object", "-w", str(repo.write("x", "evil")))
    for name in ("..", ".GIT"):
        listing = tmp_path / "listing"
        listing.write_bytes(f"100644 {name}\0".encode() + bytes.fromhex(blob))
        inner = repo.git("hash-object", "-w", "-t", "tree", "--literally", str(listing))
        head = repo.git("commit-tree", inner, "-m", "evil")
        repository = open_source(str(repo.path), tmp_path / "cache")
        with pytest.raises(SourceError, match="not one that Git allows"):
            repository.export(head, tmp_path / f"out{name}")
