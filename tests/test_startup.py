"""Starting stays fast because the heavy libraries are imported only where they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("jsonschema", "jsonschema_rs", "kubernetes", "pygit2", "rich", "urllib3", "yaml")
HOOKS = sorted(file.stem for file in (Path(__file__).parents[1] / "hooks").glob("[!_]*.py"))


def heavy_imports(module: str, *arguments: str) -> list[str]:
    """Run ``module.main`` with the arguments; return the heavy libraries that got imported."""
    program = (
        "import importlib, sys\n"
        f"sys.argv = ['program', *{arguments!r}]\n"
        "try:\n"
        f"    importlib.import_module({module!r}).main()\n"
        "finally:\n"
        f"    found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "    print('heavy:', *found)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(flag: str) -> None:
    assert heavy_imports("kubectl_gitops.main", flag) == []


def test_completion_imports_nothing_heavy() -> None:
    assert heavy_imports("kubectl_gitops.completion", "drift", "--") == []


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_import_nothing_heavy(hook: str) -> None:
    assert heavy_imports(f"kubectl_gitops.hooks.{hook}", "--help") == []
