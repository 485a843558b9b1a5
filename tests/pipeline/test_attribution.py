"""Who changed a field in Git, told from real histories."""

import pytest

from kubectl_gitops.core.objects import Manifest
from kubectl_gitops.core.path import Path
from kubectl_gitops.core.reports import GitBy, Verdict
from kubectl_gitops.core.schema import MISSING
from kubectl_gitops.core.verdicts import Judged
from kubectl_gitops.gitrepo import open_source
from kubectl_gitops.pipeline.attribution import Attribution
from kubectl_gitops.render import render
from tests.harness import RepoBuilder

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  one: '1'\n  two: '{}'\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: {}\n"
ONE, TWO = ("data", "one"), ("data", "two")


def judged(path: Path, verdict: Verdict) -> Judged:
    return Judged(path, verdict, MISSING, "a", "b", None)


def told(repo: RepoBuilder, path: Path, verdict: Verdict, since: str = "", folder: str = "app") -> GitBy | None:
    repository = open_source(str(repo.path), repo.path.parent / "clones", fetch=False)
    commit = repository.resolve("HEAD")
    (manifest,) = render(repository, commit, folder).manifests
    return Attribution(repository, commit, folder, since).of(manifest, judged(path, verdict))


@pytest.fixture
def first(repo: RepoBuilder) -> str:
    repo.write("app/a.yaml", CONFIG.format("1"))
    return repo.commit("Start", "Ada <ada@example.com>")


def test_the_line_s_last_commit(repo: RepoBuilder, first: str) -> None:
    repo.write("app/a.yaml", CONFIG.format("2"))
    second = repo.commit("Two is two", "Bo <bo@example.com>")
    repo.write("app/other.txt", "")
    repo.commit("Something else")
    two = told(repo, TWO, Verdict.GIT_CHANGED, first)
    assert two is not None
    assert (two.commit, two.subject) == (second, "Two is two")
    assert two.author.startswith("Bo")
    one = told(repo, ONE, Verdict.LIVE_CHANGED, first)
    assert one is not None
    assert one.commit == first


def test_what_is_gone_was_taken_out_by_the_last_change(repo: RepoBuilder, first: str) -> None:
    repo.write("app/a.yaml", CONFIG.format("1").replace("  two: '1'\n", ""))
    second = repo.commit("Drop two")
    removed = told(repo, TWO, Verdict.REMOVED, first)
    assert removed is not None
    assert removed.commit == second


def test_an_extra_field_is_nobody_s_in_git(repo: RepoBuilder, first: str) -> None:
    assert told(repo, ("data", "three"), Verdict.EXTRA, first) is None


def test_a_base_that_is_not_here(repo: RepoBuilder, first: str) -> None:
    found = told(repo, TWO, Verdict.GIT_CHANGED, "0" * 40)
    assert found is not None
    assert found.commit == first


def test_a_secret_s_value_is_found_where_it_is_written(repo: RepoBuilder) -> None:
    repo.write("app/s.yaml", SECRET.format("one"))
    first = repo.commit()
    repo.write("app/s.yaml", SECRET.format("two"))
    second = repo.commit("Rotate")
    found = told(repo, ("data", "password"), Verdict.GIT_CHANGED, first)
    assert found is not None
    assert found.commit == second


def test_a_shallow_clone_tells_nothing_it_can_not_know(repo: RepoBuilder, first: str) -> None:
    """As CI makes one: a single commit seems to have written every line, which may be older."""
    repo.write("app/a.yaml", CONFIG.format("2"))
    repo.commit()
    folder = repo.path.parent / "shallow"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(folder))
    repository = open_source(str(folder), repo.path.parent / "clones", fetch=False)
    commit = repository.resolve("HEAD")
    (manifest,) = render(repository, commit, "app").manifests
    for verdict in (Verdict.GIT_CHANGED, Verdict.LIVE_CHANGED, Verdict.REMOVED, Verdict.CONFLICT):
        assert Attribution(repository, commit, "app", first).of(manifest, judged(TWO, verdict)) is None


def test_a_file_that_is_not_in_the_repository(repo: RepoBuilder, first: str) -> None:
    """A renderer may name none that is; then the last change of the source tells."""
    repository = open_source(str(repo.path), repo.path.parent / "clones", fetch=False)
    commit = repository.resolve("HEAD")
    rendered = Manifest({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, "app/gone.yaml", 1)
    blame = Attribution(repository, commit, "app", "")
    assert blame.of(rendered, judged(TWO, Verdict.LIVE_CHANGED)) is None
    found = blame.of(rendered, judged(TWO, Verdict.GIT_CHANGED))
    assert found is not None
    assert found.commit == first
