"""Fixtures for every test: isolation from the person's own files, a Git repository, a real cluster.

The cluster is a real control plane (tests/controlplane), started when the first test asks for it,
shared by all pytest-xdist workers, and ended with the run. A test that also asks for ``controllers``
gets another one, in which controllers, a scheduler and a kubelet act on its objects.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from tests.controlplane import ControlPlane, MissingProgram, find_programs
from tests.harness import Cluster, GitOps, RepoBuilder

ROOT = Path(__file__).parents[1]
ORIGINAL_ENVIRONMENT = dict(os.environ)
RUN_FOLDER = "KUBECTL_GITOPS_TEST_RUN"  # in the environment: one folder for all workers of a run
RUN_PROCESS = "KUBECTL_GITOPS_TEST_PROCESS"  # in the environment: the process that ends last
END_SECONDS = 10
PLANE_FIXTURES = ("cluster", "namespace", "control_plane", "controllers")

settings.register_profile("project", deadline=None)
settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="kubectl-gitops-tests-")
        os.environ[RUN_PROCESS] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ[RUN_FOLDER])
    for file in folder.glob("*.pid"):
        _end(int(file.read_text()), file.with_suffix(""))
    shutil.rmtree(folder, ignore_errors=True)


def _end(process: int, state: Path) -> None:
    """End a control plane and wait until it has cleaned up."""
    deadline = time.monotonic() + END_SECONDS
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
        while state.exists() and time.monotonic() < deadline:
            time.sleep(0.02)


def _shared_plane(controllers: bool) -> ControlPlane:
    """Return this run's control plane; the first to ask starts it."""
    folder = Path(os.environ[RUN_FOLDER])
    name = "controllers" if controllers else "plain"
    state, failed = folder / name, folder / f"{name}.failed"
    with FileLock(folder / f"{name}.lock"):
        if failed.exists():
            pytest.fail(failed.read_text(), pytrace=False)
        if not state.exists():
            _require_programs()
            command: list[str | Path] = [sys.executable, "-m", "tests.controlplane", "--detach", state]
            command += ["--until-exit-of", os.environ[RUN_PROCESS]]
            command += ["--controllers"] if controllers else []
            done = subprocess.run(
                command, cwd=ROOT, env=ORIGINAL_ENVIRONMENT, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            if done.returncode != 0:
                failed.write_text(done.stderr)
                pytest.fail(done.stderr, pytrace=False)
        return ControlPlane.load(state)


def _require_programs() -> None:
    try:
        find_programs(ORIGINAL_ENVIRONMENT)
    except MissingProgram as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def _isolation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the person's home, kubeconfig, caches and Git settings out of every test."""
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith(("GIT_", "KUBE", "HELM_", "XDG_")) and not name.startswith("KUBECTL_GITOPS_TEST"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nonexistent" / "kubeconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # In the environment for git itself, in the file for programs that drop GIT_* variables.
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test Runner")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "tests@example.com")
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Test Runner\n\temail = tests@example.com\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"
    )


@pytest.fixture(scope="session")
def control_plane() -> ControlPlane:
    """etcd and kube-apiserver: objects stay as they are written, no controller acts on them."""
    return _shared_plane(controllers=False)


@pytest.fixture(scope="session")
def control_plane_environment() -> dict[str, str]:
    """The environment to start another control plane in; skips where there are no programs."""
    _require_programs()
    return ORIGINAL_ENVIRONMENT


@pytest.fixture(scope="session")
def controllers() -> ControlPlane:
    """A control plane of its own with kube-controller-manager, kube-scheduler and kwok.

    Pods run and are ready at once; a Job's complete; one annotated ``tests/pod: broken`` never gets
    ready. In a test that asks for it, ``namespace``, ``cluster`` and ``gitops`` use this one.
    """
    return _shared_plane(controllers=True)


@pytest.fixture
def plane(request: pytest.FixtureRequest) -> ControlPlane:
    """The control plane that this test uses: the one with controllers if it asks for them."""
    name = "controllers" if "controllers" in request.fixturenames else "control_plane"
    chosen: ControlPlane = request.getfixturevalue(name)
    return chosen


@pytest.fixture
def namespace(plane: ControlPlane) -> Iterator[str]:
    """A new namespace. It is deleted afterwards, without waiting for that to end."""
    name = f"test-{uuid.uuid4().hex[:10]}"
    api = plane.api()
    api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    if not plane.controllers:
        # Pods are refused where it is missing, and no controller makes it here.
        api.request("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")
    api.close()


@pytest.fixture
def cluster(plane: ControlPlane, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """The real cluster as an admin, in this test's namespace."""
    monkeypatch.setenv("KUBECACHEDIR", str(plane.directory / "kubectl-cache"))
    kubeconfig = tmp_path / "admin.kubeconfig"
    plane.write_kubeconfig(kubeconfig, namespace=namespace)
    api = plane.api()
    yield Cluster(kubeconfig, namespace, api, tmp_path)
    api.close()


@pytest.fixture
def repo(tmp_path: Path) -> RepoBuilder:
    """A new Git repository without commits."""
    return RepoBuilder(tmp_path / "repo")


@pytest.fixture
def gitops(request: pytest.FixtureRequest, tmp_path: Path) -> GitOps:
    """The installed program, run in ``repo`` if the test asks for one, else in an empty folder.

    It sees a cluster only if the test asks for one: then as an admin, in the test's namespace.
    """
    kubeconfig = tmp_path / "nonexistent" / "kubeconfig"
    if any(name in request.fixturenames for name in PLANE_FIXTURES):
        cluster: Cluster = request.getfixturevalue("cluster")
        kubeconfig = cluster.kubeconfig
    cwd = tmp_path / "repo"
    if "repo" in request.fixturenames:
        request.getfixturevalue("repo")
    else:
        cwd = tmp_path / "cwd"
        cwd.mkdir()
    return GitOps(Path(sys.executable).with_name("kubectl-gitops"), cwd, kubeconfig)
