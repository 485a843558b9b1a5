"""The values of Secrets appear nowhere: in no output, log, error or cache file of any command."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import Cluster, GitOps, RepoBuilder, Result
from tests.walk.shop import config_map, deployment, ok

FROM_GIT = "canary-in-git-38271"
IN_CLUSTER = "canary-in-cluster-90415"
NEXT = "canary-of-the-next-commit-66102"
LINES = "canary-line-one-1812\ncanary-line-two-2923\n"
FORMATS = ("text", "json", "yaml", "name")


def _forms() -> Iterator[bytes]:
    for value in (FROM_GIT, IN_CLUSTER, NEXT, *LINES.split(), LINES):
        yield value.encode()
        yield base64.b64encode(value.encode())
        yield json.dumps(value)[1:-1].encode()


FORBIDDEN = frozenset(_forms())


def _clean(found: bytes, where: str) -> None:
    for value in FORBIDDEN:
        assert value not in found, f"{value.decode()!r} is in {where}"


def _secret(password: str, extra: str = "") -> str:
    text = base64.b64encode(LINES.encode()).decode()
    return (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n"
        f"stringData:\n  password: {password}\n{extra}data:\n  lines: {text}\n"
    )


class Spy:
    """Runs the program and looks at everything it leaves behind."""

    def __init__(self, gitops: GitOps, home: Path, temporary: Path) -> None:
        self._gitops = gitops
        self._places = (home / ".cache", home / ".config", temporary)
        self._environment = {"TMPDIR": str(temporary)}

    def __call__(self, *arguments: str) -> Result:
        result = self._gitops(*arguments, env=self._environment)
        shown = " ".join(arguments)
        _clean(result.out.encode() + result.err.encode(), shown)
        for place in self._places:
            for file in place.rglob("*"):
                # What Git itself keeps of a repository is that repository, compressed.
                if file.is_file():
                    _clean(file.read_bytes(), f"{file} after {shown}")
        return result


@pytest.fixture
def spy(gitops: GitOps, tmp_path: Path) -> Spy:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return Spy(gitops, tmp_path / "home", temporary)


def test_through_a_whole_life(repo: RepoBuilder, spy: Spy, cluster: Cluster) -> None:
    repo.write("app/secret.yaml", _secret(FROM_GIT))
    repo.write("app/web.yaml", deployment())
    repo.commit()
    for output in (*FORMATS, "diff"):
        ok(spy("drift", "app", "-o", output, "--details"), 1)
    ok(spy("render", "app"))
    ok(spy("render", "app", "-o", "json"))
    ok(spy("apply", "app", "--dry-run=client", "-o", "json"))
    ok(spy("apply", "app", "--dry-run=server", "--details"))
    ok(spy("apply", "app", "--no-wait", "-v=9"))
    stored = cluster.get("secret", "login")
    assert base64.b64decode(stored["data"]["password"]).decode() == FROM_GIT

    data = {"password": base64.b64encode(IN_CLUSTER.encode()).decode(), "extra": base64.b64encode(b"x" * 9).decode()}
    cluster.kubectl("patch", "secret", "login", "--patch", json.dumps({"data": data}))
    for output in (*FORMATS, "diff"):
        drift = ok(spy("drift", "app", "-o", output, "--details", "-v=9"), 1)
        if output != "name":
            assert "<secret" in drift.out
    ok(spy("drift", "app", "--dry-run-all"), 1)
    for output in FORMATS:
        ok(spy("apply", "app", "--no-wait", "-o", output))
    repo.write("app/secret.yaml", _secret(NEXT))
    repo.commit()
    ok(spy("drift", "app", "-o", "json"), 1)
    ok(spy("apply", "app", "--no-wait", "--details"), 3)
    ok(spy("apply", "app", "--no-wait", "-o", "json"), 3)
    ok(spy("reconcile", "app", "--no-wait", "--details", "-v=9"))
    assert base64.b64decode(cluster.get("secret", "login")["data"]["password"]).decode() == NEXT
    for output in ("text", "json", "yaml"):
        ok(spy("history", "app", "-o", output))
    inventories = cluster.kubectl("get", "configmaps", "--output=yaml")
    _clean(inventories.encode(), "the inventory")
    ok(spy("delete", "app", "-o", "json"))


BROKEN = {
    "no base64": "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata:\n  password: canary-in-git-38271\n",
    "a list": "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData:\n  password: [canary-in-git-38271]\n",
    "unknown field": f"{_secret(FROM_GIT)}strinData:\n  password: canary-in-git-38271\n",
    "no YAML": "apiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {password: canary-in-git-38271\n",
    "a duplicate": f"{_secret(FROM_GIT, '  password: canary-in-git-38271' + chr(10))}",
    "a bad name": _secret(FROM_GIT).replace("name: login", "name: Log_in"),
    "a bad type": f"{_secret(FROM_GIT)}type: kubernetes.io/tls\n",
    "too long a key": _secret(FROM_GIT).replace("  password:", f"  {'k' * 300}:"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_in_what_is_wrong_with_it(repo: RepoBuilder, spy: Spy, cluster: Cluster, name: str) -> None:
    repo.write("app/secret.yaml", BROKEN[name])
    repo.commit()
    drift = spy("drift", "app", "-o", "json")
    assert drift.code in {1, 2}
    applied = spy("apply", "app", "--no-wait", "-v=9")
    assert applied.code in {1, 2}
    assert "login" in applied.out + applied.err or "secret.yaml" in applied.err or "Log_in" in applied.out


def test_in_an_immutable_secret_and_in_last_applied(repo: RepoBuilder, spy: Spy, cluster: Cluster) -> None:
    cluster.kubectl("apply", "--filename=-", input=f"{_secret(IN_CLUSTER)}immutable: true\n")
    repo.write("app/secret.yaml", f"{_secret(FROM_GIT)}immutable: true\n")
    repo.commit()
    for output in (*FORMATS, "diff"):
        spy("drift", "app", "-o", output, "--details")
    ok(spy("apply", "app", "--no-wait"), 3)
    failed = ok(spy("apply", "app", "--no-wait", "--adopt", "-o", "json"), 1)
    assert "withheld" in failed.out
    for output in (*FORMATS, "diff"):
        spy("drift", "app", "-o", output, "--details")


def test_in_a_kustomization_s_generator(repo: RepoBuilder, spy: Spy, cluster: Cluster) -> None:
    generator = "secretGenerator:\n- name: login\n  literals: [password=canary-in-git-38271]\n"
    repo.write("app/kustomization.yaml", f"resources: [config.yaml]\n{generator}")
    repo.write("app/config.yaml", config_map("settings"))
    repo.commit()
    ok(spy("drift", "app", "-o", "diff"), 1)
    ok(spy("apply", "app", "--no-wait"))
    ok(spy("drift", "app"))
    repo.write("app/kustomization.yaml", f"resources: [missing.yaml]\n{generator}")
    repo.commit()
    ok(spy("drift", "app"), 2)


def test_from_a_repository_s_url(repo: RepoBuilder, spy: Spy, cluster: Cluster) -> None:
    repo.write("app/secret.yaml", _secret(FROM_GIT))
    repo.commit()
    ok(spy("apply", f"file://{repo.path}", "--path=app", "--no-wait"))
    ok(spy("drift", f"file://{repo.path}", "--path=app"))
