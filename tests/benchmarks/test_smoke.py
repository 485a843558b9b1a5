"""The benchmarks run, with few objects and once: that they go on working, not what they measure."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import works
from benchmarks.chart import chart
from benchmarks.table import table
from tests.controlplane import ControlPlane

ROOT = Path(__file__).parents[2]
MEASURED = {
    "drift": {works.VERSION, works.HELP, works.DRIFT, works.FIRST, works.POLICY, works.MUTATED},
    "apply": {works.APPLY, works.CREATE},
}


def run_benchmark(
    name: str, plane: ControlPlane, environment: Mapping[str, str], folder: Path
) -> tuple[dict[str, Any], str]:
    """Run a benchmark on the tests' control plane; returns its JSON and what it printed."""
    result = folder / "result.json"
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick", "--kubeconfig", str(plane.kubeconfig)]
    if name != "drift":  # one of them builds and installs the wheel
        command += ["--program", str(Path(sys.executable).with_name("kubectl-gitops"))]
    done = subprocess.run(
        [*command, "--json", str(result)], cwd=ROOT, env={**environment, "TMPDIR": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(result.read_text())
    return document, done.stdout


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["drift", "apply"])
def test_quick_run(
    name: str, control_plane: ControlPlane, control_plane_environment: dict[str, str], tmp_path: Path
) -> None:
    # In the environment of the person who runs the tests: there are the caches of the programs that were built.
    document, printed = run_benchmark(name, control_plane, control_plane_environment, tmp_path)
    measured = {row["work"] for row in document["rows"] if row["tool"] == "kubectl-gitops"}
    assert measured == MEASURED[name]
    assert {"kubectl", "kubectl-gitops"} <= {row["tool"] for row in document["rows"]}
    for row in document["rows"]:
        assert row["wall"] > 0 and row["cpu"] > 0 and row["peak"] > 1
        assert row["objects"] == 0 or row["requests"] > 0
    assert printed.startswith(table([document]))
    assert chart([document]).count("<rect") > len(MEASURED[name])
