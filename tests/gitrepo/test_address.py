from pathlib import Path

import pytest

from kubectl_gitops.gitrepo.address import helper, is_url, normalised, split_credentials, without_credentials


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/org/shop",
        "https://git.example.com/org/shop.git",
        "https://git.example.com/org/shop.git/",
        "https://user:secret@git.example.com/org/shop",
        "https://git.example.com:443/org/shop.git",
        "http://git.example.com/org/shop",
        "git@git.example.com:org/shop.git",
        "git.example.com:org/shop",
        "GIT.example.com:/org/shop.git",
        "ssh://git@git.example.com/org/shop.git",
        "ssh://git@git.example.com:2222/org/shop",
        "https://git.example.com/org/sh%6Fp",
    ],
)
def test_one_repository_one_name(url: str) -> None:
    assert normalised(url) == "git.example.com/org/shop"


def test_other_repositories_other_names() -> None:
    assert normalised("https://git.example.com:8443/org/shop") == "git.example.com:8443/org/shop"
    assert normalised("/srv/git/shop.git") == "file:///srv/git/shop"
    assert normalised("/srv/a:b/shop/.git") == "file:///srv/a:b/shop"
    assert normalised("file:///srv/git/shop") == "file:///srv/git/shop"
    assert normalised("codecommit::eu-west-1://shop") == "codecommit::eu-west-1://shop"


def test_what_is_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("host:folder").mkdir()
    for source in ("https://h/x", "git@h:x", "h:x/y", "ext::sh -c x", "file:///x", "[::1]:x"):
        assert is_url(source), source
    for source in (".", "/srv/x", "./a:b", "host:folder", "envs/prod", "-x:y", "", "a/b:c"):
        assert not is_url(source), source
    assert helper("EXT::x") == "ext"
    assert helper("https://h/x") == ""


def test_credentials() -> None:
    assert without_credentials("fatal: 'https://u:p@h/x' no") == "fatal: 'https://h/x' no"
    assert without_credentials("https://token@h/x?t=1#y") == "https://h/x"
    assert without_credentials("https://u:p@ss@h/x") == "https://h/x"
    assert without_credentials("ssh://git:p@h/x") == "ssh://git@h/x"
    assert without_credentials("git@h:x") == "git@h:x"
    assert split_credentials("https://h/x").shown == split_credentials("https://h/x").secret
