"""Parsed files kept between runs, with real repositories."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from kubectl_gitops.gitrepo import open_source
from kubectl_gitops.manifests import read
from kubectl_gitops.render import Rendered, RenderOptions, parsed, render
from tests.harness import RepoBuilder

CANARY = "s3cr3t-canary-0451"


def config_map(name: str, value: str = "1") -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  a: '{value}'\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def parsed_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were parsed, as they are."""
    seen: list[str] = []

    def counting(data: bytes, file: str, renderer: str = "") -> Any:
        seen.append(file)
        return read(data, file, renderer)

    monkeypatch.setattr(parsed, "read", counting)
    return seen


@pytest.fixture
def three(repo: RepoBuilder) -> RepoBuilder:
    for name in "abc":
        repo.write(f"app/{name}.yaml", config_map(name))
    repo.write("app/values.yaml", "replicas: 3\n")
    repo.commit()
    return repo


def rendered(repo: RepoBuilder, cache: Path | None, revision: str = "HEAD") -> Rendered:
    repository = open_source(str(repo.path), cache or repo.path.parent / "clones", fetch=False)
    return render(repository, repository.resolve(revision), "app", RenderOptions(cache=cache))


def kept(cache: Path) -> Path:
    (file,) = (cache / "parsed").iterdir()
    return file


def test_a_second_run_parses_nothing(three: RepoBuilder, cache: Path, parsed_files: list[str]) -> None:
    first = rendered(three, cache)
    assert sorted(parsed_files) == ["app/a.yaml", "app/b.yaml", "app/c.yaml", "app/values.yaml"]
    parsed_files.clear()
    assert rendered(three, cache) == first
    assert parsed_files == []
    assert [one.file for one in first.skipped] == ["app/values.yaml"]
    assert kept(cache).stat().st_mode & 0o077 == 0


def test_a_changed_file_is_parsed_alone(three: RepoBuilder, cache: Path, parsed_files: list[str]) -> None:
    rendered(three, cache)
    parsed_files.clear()
    three.write("app/b.yaml", config_map("b", "2"))
    three.git("mv", "app/c.yaml", "app/moved.yaml")
    three.commit()
    found = {one.file: one.body["data"]["a"] for one in rendered(three, cache).manifests}
    assert found == {"app/a.yaml": "1", "app/b.yaml": "2", "app/moved.yaml": "1"}
    assert parsed_files == ["app/b.yaml"]


def test_two_revisions_in_turn_do_not_push_each_other_out(
    three: RepoBuilder, cache: Path, parsed_files: list[str]
) -> None:
    """As in each comparison with a base of another revision."""
    before = three.git("rev-parse", "HEAD")
    three.write("app/b.yaml", config_map("b", "2"))
    three.commit()
    for _ in range(2):
        rendered(three, cache)
        rendered(three, cache, before)
    assert parsed_files.count("app/b.yaml") == 2
    assert len(parsed_files) == 5


def test_what_is_kept_does_not_grow_with_the_history(three: RepoBuilder, cache: Path) -> None:
    for value in range(12):
        three.write("app/b.yaml", config_map("b", str(value)))
        three.commit()
        rendered(three, cache)
    assert len(orjson.loads(kept(cache).read_bytes())) <= 8


@pytest.mark.parametrize(
    "text",
    [
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {CANARY}}}\n",
        f"{config_map('beside')}---\n"
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{a: {CANARY}}}\n",
        f"apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {{name: s}}\n  stringData: {{a: {CANARY}}}\n",
        f"apiVersion: v1\nkind: List\nitems:\n"
        f"- {{apiVersion: v1, kind: Secret, metadata: {{name: s}}, stringData: {{a: {CANARY}}}}}\n",
        f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "s"}}, "stringData": {{"a": "{CANARY}"}}}}',
        f"apiVersion: vault.example.com/v1\nkind: Secret\nmetadata: {{name: s}}\nspec: {{a: {CANARY}}}\n",
    ],
    ids=["alone", "beside", "typed list", "list", "json", "another group"],
)
def test_nothing_of_a_secret_is_ever_kept(three: RepoBuilder, cache: Path, parsed_files: list[str], text: str) -> None:
    three.write("app/secret.yaml", text)
    three.commit()
    for _ in range(2):
        assert CANARY in str(rendered(three, cache).manifests)
    assert parsed_files.count("app/secret.yaml") == 2
    assert parsed_files.count("app/a.yaml") == 1
    files = [file for file in cache.rglob("*") if file.is_file()]
    assert files
    assert all(CANARY.encode() not in file.read_bytes() for file in files)
    # Its blob's name would tell a value that can be guessed.
    blob = three.git("rev-parse", "HEAD:app/secret.yaml").encode()
    assert all(blob not in file.read_bytes() for file in files)


DAMAGE: list[Any] = [
    b"",
    b'{"a',
    b"[]",
    b"null",
    5,
    None,
    [],
    [[]],
    [[], [], []],
    [[[{}, 1]], []],
    [[["text", 1]], []],
    [[[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}, 1]], []],
    [[[{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]], []],
    [[], [["1", "reason"]]],
    [{}, {}],
]


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_a_damaged_cache_counts_as_none(three: RepoBuilder, cache: Path, parsed_files: list[str], damage: Any) -> None:
    first = rendered(three, cache)
    file = kept(cache)
    good = file.read_bytes()
    content = damage if isinstance(damage, bytes) else orjson.dumps(dict.fromkeys(orjson.loads(good), damage))
    file.write_bytes(content)
    parsed_files.clear()
    assert rendered(three, cache) == first
    assert len(parsed_files) == 4
    assert orjson.loads(file.read_bytes()) == orjson.loads(good)


def test_a_file_that_can_not_be_read_fails_each_time(three: RepoBuilder, cache: Path) -> None:
    three.write("app/bad.yaml", "apiVersion: v1\nkind: ConfigMap\n")
    three.commit()
    for _ in range(2):
        with pytest.raises(Exception, match=r"app/bad\.yaml"):
            rendered(three, cache)


def test_without_a_cache_nothing_is_kept(three: RepoBuilder, tmp_path: Path, parsed_files: list[str]) -> None:
    for _ in range(2):
        rendered(three, None)
    assert len(parsed_files) == 8
    assert not list(tmp_path.rglob("parsed"))


def test_files_on_disk_are_parsed_each_time(three: RepoBuilder, cache: Path, parsed_files: list[str]) -> None:
    """They have no blob that anybody could rely on."""
    repository = open_source(str(three.path), cache, fetch=False)
    for value in ("5", "6"):
        three.write("app/a.yaml", config_map("a", value))
        found = render(repository, None, "app", RenderOptions(cache=cache))
        assert value in str(found.manifests)
    assert not (cache / "parsed").exists()


def test_folders_and_repositories_have_each_their_own(three: RepoBuilder, cache: Path, tmp_path: Path) -> None:
    three.write("other/d.yaml", config_map("d"))
    three.commit()
    repository = open_source(str(three.path), cache, fetch=False)
    head = repository.resolve("HEAD")
    for path in ("app", "other", "app"):
        render(repository, head, path, RenderOptions(cache=cache))
    assert len(list((cache / "parsed").iterdir())) == 2
