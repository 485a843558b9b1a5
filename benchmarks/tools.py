"""The programs that are compared: this one, installed from its wheel, kubectl, and Flux's library."""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PathDistribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).with_name("peers")
PACKED = ("pyproject.toml", "LICENSE", "README.md", "kubectl_gitops", "hooks", "schemas")


def install(folder: Path) -> Path:
    """Build the wheel of this checkout and install it into an environment of its own below ``folder``.

    Returns the program's path. An editable install would start slower than what users have.
    """
    copy = folder / "checkout"
    copy.mkdir(parents=True)
    for name in PACKED:
        if (ROOT / name).exists():
            _run(["cp", "-RP", ROOT / name, copy])
    _run([sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder / "wheel", copy])
    environment = folder / "environment"
    _run([sys.executable, "-m", "venv", "--without-pip", environment])
    _link_dependencies(next(environment.glob("lib/python*/site-packages")))
    pip: list[str | Path] = [_python_with_pip(), "-m", "pip", "--python", environment / "bin" / "python"]
    _run([*pip, "install", "--quiet", "--no-deps", "--no-index", next((folder / "wheel").glob("*.whl"))])
    return environment / "bin" / "kubectl-gitops"


def flux(build: bool) -> Path | None:
    """The program in ``peers/``, built once into the cache folder.

    None where it is not there and there is no Go to build it with, or it is not wanted that much: without ``build``.
    """
    sources = sorted(PEERS.iterdir())
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources) + platform.machine().encode())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    program = cache / "kubectl-gitops-benchmarks" / digest.hexdigest()[:16] / "peers"
    if not program.exists():
        if not build or shutil.which("go") is None:
            return None
        unfinished = program.with_name(f".peers.{os.getpid()}")
        environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"}
        command: list[str | Path] = ["go", "build", "-trimpath", "-o", unfinished, "."]
        subprocess.run(command, cwd=PEERS, env=environment, check=True)
        unfinished.replace(program)
    return program


def flux_version() -> str:
    lines = (PEERS / "go.mod").read_text().splitlines()
    return next(line.split()[-1] for line in lines if "fluxcd/pkg/ssa" in line)


def commit() -> str:
    """The checkout's commit, marked when there are changes beside it."""
    shown = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=-changed"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return shown.stdout.strip() or "unknown"


def _link_dependencies(site: Path) -> None:
    """Link what the program needs at run time from this environment, so that nothing is downloaded."""
    needed, seen = [*(distribution("kubectl-gitops").requires or [])], set[str]()
    while needed:
        requirement = Requirement(needed.pop())
        if requirement.name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(requirement.name)
        installed = distribution(requirement.name)
        assert isinstance(installed, PathDistribution)
        for top in {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}:
            source = Path(str(installed.locate_file(top)))
            if source.name != "__pycache__" and not (site / top).exists():
                (site / top).symlink_to(source)
        needed += installed.requires or []


def _python_with_pip() -> str:
    base = Path(sysconfig.get_config_var("BINDIR"), f"python3.{sys.version_info.minor}")
    has_pip = subprocess.run([base, "-m", "pip", "--version"], capture_output=True, check=False)
    return str(base) if has_pip.returncode == 0 else sys.executable


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
