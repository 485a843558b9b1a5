"""What both benchmarks share: their options, the folder they work in, and the commands of the contenders."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.applications import write_applications
from benchmarks.measure import Contender, Row
from benchmarks.server import Server, server
from benchmarks.table import table

TOOL, KUBECTL, FLUX, FLOOR = "kubectl-gitops", "kubectl", "Flux ssa", "floor"
MANAGER = "kubectl-gitops"
GIT = ("git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
NO_SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}

Command = list[str | Path]


@dataclass(frozen=True, slots=True)
class Programs:
    """``flux`` is None where it could not be built."""

    tool: Path
    kubectl: str
    flux: Path | None


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder of its own, the programs, and a server. All contenders run in ``env``, far from a person's settings."""

    folder: Path
    programs: Programs
    server: Server

    @property
    def env(self) -> dict[str, str]:
        home = str(self.folder / "home")
        return {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "XDG_CACHE_HOME": f"{home}/.cache",
            "KUBECACHEDIR": f"{home}/.kube/cache",
            "KUBECONFIG": str(self.server.kubeconfig),
        }

    def forget(self) -> None:
        """Remove what the tool has in its caches."""
        shutil.rmtree(self.folder / "home" / ".cache", ignore_errors=True)

    def repository(self, objects: int) -> Path:
        """A Git repository with that many generated objects; made once."""
        path = self.folder / f"repository-{objects}"
        if not path.exists():
            write_applications(path, objects)
            for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message=Applications")):
                subprocess.run([*GIT, *command], cwd=path, env={**os.environ, **NO_SETTINGS}, check=True)
        return path

    def members(self, objects: int, namespace: str) -> Path:
        """A folder of the same objects as this tool sends them, with the label of the namespace's inventory.

        So the other contenders can ask the very same question: as the same field manager, about the same objects.
        """
        path = self.folder / f"members-{objects}-{namespace}"
        write_applications(path, objects, self.server.applyset(namespace))
        return path

    def tool(self, *arguments: str | Path) -> Command:
        return [self.programs.tool, *arguments]

    def apply(self, repository: Path, namespace: str) -> Command:
        return self.tool("apply", repository, "--namespace", namespace, "--no-wait", "--yes", "--output=json")

    def kubectl(self, verb: str, folder: Path, namespace: str, manager: str = KUBECTL) -> Command:
        flags: Command = ["--server-side", "--recursive", "--filename", folder, f"--field-manager={manager}"]
        flags += ["--force-conflicts"] if verb == "diff" else []
        return [self.programs.kubectl, verb, *flags, "--namespace", namespace]

    def flux(self, verb: str, folder: Path, namespace: str, manager: str = "flux") -> Command:
        assert self.programs.flux is not None
        return [self.programs.flux, verb, self.server.kubeconfig, namespace, manager, folder]

    def contender(self, work: str, objects: int, tool: str, command: Command, rounds: int, **more: Any) -> Contender:
        """A contender that runs here; one of this tool reports its own requests unless it is said otherwise."""
        more.setdefault("reports", tool == TOOL)
        return Contender(work, objects, tool, command, self.folder, self.env, rounds, **more)


def parse(name: str, description: str) -> argparse.Namespace:
    """The command line, the same for both benchmarks."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=description)
    parser.add_argument("--quick", action="store_true", help="a few objects and one round: only to see that it runs")
    parser.add_argument("--rounds", type=int, default=7, help="how often everything quick runs; slow work less often")
    parser.add_argument("--kubeconfig", type=Path, help="a cluster to use instead of a new control plane")
    parser.add_argument("--kubectl", default="kubectl", help="the kubectl to compare with")
    parser.add_argument(
        "--program", type=Path, help="an installed kubectl-gitops to measure, not this checkout's wheel"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    return parser.parse_args()


@contextmanager
def programs(options: argparse.Namespace) -> Iterator[tuple[Path, Programs]]:
    """Install or build what is compared; yields a temporary folder and the programs."""
    with tempfile.TemporaryDirectory(prefix="kubectl-gitops-benchmark-") as name:
        folder = Path(name)
        flux = tools.flux(build=not options.quick)
        if flux is None:
            print(
                "Flux's library is left out: it is not built (--quick does not build it; it takes go)", file=sys.stderr
            )
        tool = options.program.absolute() if options.program else tools.install(folder / "installed")
        yield folder, Programs(tool, options.kubectl, flux)


@contextmanager
def workplace(options: argparse.Namespace, folder: Path, found: Programs) -> Iterator[Workplace]:
    """A workplace with a server; a new one unless the command line names one."""
    with tempfile.TemporaryDirectory(dir=folder) as name, server(options.kubeconfig, found.kubectl, Path(name)) as one:
        place = Workplace(Path(name), found, one)
        (place.folder / "home").mkdir()
        yield place


def document(name: str, rows: list[Row], kubernetes: str, found: Programs) -> dict[str, Any]:
    """Everything that was measured, and on what."""
    return {
        "benchmark": name,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {
            "kubectl-gitops": tools.commit(),
            "kubernetes": kubernetes,
            "kubectl": _kubectl_version(found.kubectl),
            "flux ssa": tools.flux_version() if found.flux else "",
            "python": platform.python_version(),
        },
        "rows": [row.json() for row in rows],
    }


def finish(options: argparse.Namespace, result: dict[str, Any]) -> None:
    """Print the table, then the JSON; write the JSON where the command line says."""
    text = json.dumps(result, indent=1)
    if options.json:
        options.json.write_text(text + "\n")
    print(table([result]))
    print(text)


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = [line for line in information.read_text().splitlines() if line.startswith("model name")]
        cpu = named[0].partition(":")[2].strip() if named else cpu
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory": round(memory / 2**30, 1),
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 1),
    }


def _kubectl_version(program: str) -> str:
    command = [program, "version", "--client", "--output=json"]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return str(shown["clientVersion"]["gitVersion"])
