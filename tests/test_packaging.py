"""The wheel and the sdist: everything is in them, nothing lands outside the package."""

import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from kubectl_gitops import __version__

ROOT = Path(__file__).parents[1]
LINKED = ("hooks", "schemas")
pytestmark = pytest.mark.xdist_group("packaging")  # built and installed once, not once a worker


def run(command: Sequence[str | Path], cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packages_on_disk() -> set[str]:
    folders = [file.parent for file in (ROOT / "kubectl_gitops").rglob("__init__.py")]
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    return names | {f"kubectl_gitops.{name}" for name in LINKED}


def test_every_package_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert set(declared) == packages_on_disk()


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    explained = re.findall(r"[\w.-]+", (ROOT / "docs" / "dependencies.md").read_text())
    assert {Requirement(line).name for line in declared} <= set(explained)


def test_locked_requirements_name_no_host() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A copy of the checkout, the wheel built from it, and the wheel built from its sdist.

    Their keys: "checkout", "tree", "sdist".
    """
    folder = tmp_path_factory.mktemp("packaging")
    copy = folder / "checkout"
    # Hidden and generated folders stay behind; above all build/, whose old files would be packed again.
    wanted = ["pyproject.toml", "LICENSE", "README.md", "kubectl_gitops", *LINKED]
    copy.mkdir()
    present = [name for name in wanted if (ROOT / name).exists()]
    run(["cp", "-RP", *(ROOT / name for name in present), copy])
    build = [sys.executable, "-m", "build", "--no-isolation"]
    outputs: tuple[list[str | Path], ...] = (
        ["--wheel", "--outdir", folder / "tree"],
        ["--outdir", folder / "sdist"],
    )
    for arguments in outputs:
        run([*build, *arguments, copy])
    built = {name: next((folder / name).glob("*.whl")) for name in ("tree", "sdist")}
    return {"checkout": copy, **built}


@pytest.mark.parametrize("built_from", ["tree", "sdist"])
def test_wheel_holds_the_package_and_nothing_else(built: dict[str, Path], built_from: str) -> None:
    checkout = built["checkout"]
    names = {name for name in zipfile.ZipFile(built[built_from]).namelist() if ".dist-info/" not in name}
    expected = {
        str(file.relative_to(checkout))
        for pattern in ("kubectl_gitops/**/*.py", "kubectl_gitops/py.typed", "hooks/*.py", "schemas/*.*")
        for file in checkout.glob(pattern)
        if file.is_file()
    }
    expected = {re.sub(r"^(hooks|schemas)/", r"kubectl_gitops/\1/", name) for name in expected}
    assert names == expected


def runtime_distributions() -> dict[str, PathDistribution]:
    """The installed distributions that kubectl-gitops needs at run time, directly or not."""
    found: dict[str, PathDistribution] = {}
    needed = [*(distribution("kubectl-gitops").requires or [])]
    while needed:
        requirement = Requirement(needed.pop())
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        installed = distribution(requirement.name)
        assert isinstance(installed, PathDistribution)
        found[requirement.name] = installed
        needed += installed.requires or []
    return found


def python_with_pip() -> str:
    base = str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))
    has_pip = subprocess.run([base, "-m", "pip", "--version"], capture_output=True, check=False)
    return base if has_pip.returncode == 0 else sys.executable


@pytest.fixture(scope="module")
def bare(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel and its run-time dependencies only."""
    environment = tmp_path_factory.mktemp("bare") / "environment"
    run([sys.executable, "-m", "venv", "--without-pip", environment])
    site = next(environment.glob("lib/python*/site-packages"))
    for installed in runtime_distributions().values():
        # Linked from this environment, so that the test needs no network.
        for top in {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}:
            source = Path(str(installed.locate_file(top)))
            if source.name != "__pycache__" and not (site / top).exists():
                (site / top).symlink_to(source)
    pip: list[str | Path] = [python_with_pip(), "-m", "pip", "--python", environment / "bin" / "python"]
    run([*pip, "install", "--quiet", "--no-deps", "--no-index", built["sdist"]])
    run([*pip, "check"])
    return environment / "bin"


def test_installed_bare_it_runs(bare: Path, tmp_path: Path) -> None:
    assert run([bare / "kubectl-gitops", "--version"], tmp_path) == f"kubectl-gitops {__version__}\n"


def test_installed_bare_it_imports_whole(bare: Path, tmp_path: Path) -> None:
    program = (
        "import importlib, kubectl_gitops, pkgutil\n"
        "for module in pkgutil.walk_packages(kubectl_gitops.__path__, 'kubectl_gitops.'):\n"
        "    if not module.name.endswith('.__main__'):\n"
        "        importlib.import_module(module.name)\n"
    )
    run([bare / "python", "-c", program], tmp_path)


def test_installed_bare_nothing_is_top_level(bare: Path) -> None:
    site = next(bare.parent.glob("lib/python*/site-packages"))
    own = {entry.name for entry in site.iterdir() if not entry.is_symlink()}
    assert own == {"kubectl_gitops", f"kubectl_gitops-{__version__}.dist-info"}
