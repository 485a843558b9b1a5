"""What the fixtures of conftest.py hand to tests."""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.controlplane import Api, ApiError

COMMAND_SECONDS = 60


class Result(NamedTuple):
    """How a program ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def run_program(
    command: Iterable[str | Path],
    cwd: Path,
    env: Mapping[str, str | None] | None = None,
    input: str | None = None,
    timeout: float = COMMAND_SECONDS,
) -> Result:
    """Run a program to its end. ``env`` adds to the environment; None takes a variable away."""
    changes = env or {}
    merged = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    kept = {name: value for name, value in merged.items() if changes.get(name, "") is not None}
    done = subprocess.run(
        list(command), cwd=cwd, env=kept, input=input or "", capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


def succeed(command: list[str | Path], cwd: Path, input: str | None = None) -> str:
    """Run a program that must succeed and return its standard output."""
    result = run_program(command, cwd, input=input)
    shown = " ".join(map(str, command))
    assert result.code == 0, f"{shown} ended with {result.code}:\n{result.out}{result.err}"
    return result.out


class RepoBuilder:
    """A Git repository on the branch main, written with the git program."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *args: str) -> str:
        """Run git in the repository and return what it printed, without the last line's end."""
        return succeed(["git", *args], self.path).rstrip("\n")

    def write(self, name: str, text: str) -> Path:
        """Write a file, folders included; ``name`` is relative to the repository's root."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def remove(self, name: str) -> None:
        (self.path / name).unlink()

    def commit(self, message: str = "Change", author: str = "Ada Author <ada@example.com>") -> str:
        """Commit everything in the working tree, changed or not; return the commit's 40 hex digits."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}", f"--author={author}")
        return self.git("rev-parse", "HEAD")


@dataclass(frozen=True, slots=True)
class Cluster:
    """One test's namespace in a control plane. ``kubeconfig``: an admin's, that namespace its default."""

    kubeconfig: Path
    namespace: str
    api: Api
    folder: Path

    def kubectl(self, *args: str, input: str | None = None, check: bool = True, namespace: bool = True) -> str:
        """Run kubectl and return its standard output.

        ``namespace``: with -n. A failure is an AssertionError with kubectl's words; without ``check``
        they are returned after the output.
        """
        scope = ["--namespace", self.namespace] if namespace else []
        command: list[str | Path] = ["kubectl", "--kubeconfig", self.kubeconfig, *scope, *args]
        if check:
            return succeed(command, self.folder, input)
        result = run_program(command, self.folder, input=input)
        return result.out + result.err

    def get(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        """Return a live object with its managedFields. ``kind`` as kubectl takes it."""
        arguments = ["get", kind, name, "--output=json", "--show-managed-fields"]
        if namespace:
            arguments += ["--namespace", namespace]
        live: dict[str, Any] = json.loads(self.kubectl(*arguments, namespace=namespace is None))
        return live

    def raw(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> dict[str, Any]:
        """Send one request straight to the API server; raises ApiError for 400 and more."""
        return self.api.request(method, path, body, content_type)

    def exists(self, path: str) -> bool:
        """Whether the API server has something at the path."""
        try:
            self.raw("GET", path)
        except ApiError as error:
            if error.status != 404:
                raise
            return False
        return True


@dataclass(frozen=True, slots=True)
class GitOps:
    """Runs the installed program as a subprocess."""

    program: Path
    cwd: Path
    kubeconfig: Path

    def __call__(
        self,
        *args: str | Path,
        cwd: Path | None = None,
        kubeconfig: Path | None = None,
        env: Mapping[str, str | None] | None = None,
        input: str | None = None,
        timeout: float = COMMAND_SECONDS,
    ) -> Result:
        """Run ``kubectl-gitops ARGS``. A traceback in its output fails the test: it is always a bug."""
        merged = {"KUBECONFIG": str(kubeconfig or self.kubeconfig), **(env or {})}
        result = run_program([self.program, *map(str, args)], cwd or self.cwd, merged, input, timeout)
        assert "Traceback (most recent call last)" not in result.err, result.err
        return result
