"""How the control plane starts, ends, and fails to start."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.controlplane import ControlPlane, DidNotStart, MissingProgram, find_programs, run

ROOT = Path(__file__).parents[1]
SCRIPT_NEEDS = ("awk", "bash", "cat", "cut", "dirname", "env", "mkdir", "sha256sum", "shasum", "tail", "uname")


def test_output_is_shown_when_a_program_does_not_start(tmp_path: Path) -> None:
    etcd = tmp_path / "etcd"
    etcd.write_text("#!/bin/sh\necho no space left\nexit 7\n")
    etcd.chmod(0o755)
    with pytest.raises(DidNotStart) as caught, run(tmp_path, folder=tmp_path):
        pytest.fail("it started")
    assert str(caught.value).startswith("etcd ended with exit code 7; the end of ")
    assert str(caught.value).endswith("\nno space left")


def test_without_go_and_programs_the_reason_is_one_line(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in SCRIPT_NEEDS:
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    with pytest.raises(MissingProgram) as caught:
        find_programs({"PATH": str(tools), "HOME": str(tmp_path)})
    assert str(caught.value) == ("control-plane: etcd is not built yet, and there is no go on the PATH to build it")


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_until_it_is_interrupted(
    control_plane_environment: dict[str, str], tmp_path: Path, ended_by: signal.Signals
) -> None:
    command = [sys.executable, "-m", "tests.controlplane"]
    environment = {**control_plane_environment, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        kubeconfig = Path(holder.stdout.readline().strip())
        assert kubeconfig.is_relative_to(tmp_path)
        assert kubeconfig.exists()
        holder.send_signal(ended_by)
        assert holder.wait(timeout=20) == 0
    assert not kubeconfig.parent.exists()


def test_in_the_background_it_ends_with_the_process_it_is_for(
    control_plane_environment: dict[str, str], tmp_path: Path
) -> None:
    state = tmp_path / "state"
    with subprocess.Popen(["sleep", "60"]) as owner:
        command: list[str | Path] = [sys.executable, "-m", "tests.controlplane", "--detach", state]
        subprocess.run(
            [*command, "--until-exit-of", str(owner.pid)], cwd=ROOT, env=control_plane_environment, check=True
        )
        plane = ControlPlane.load(state)
        api = plane.api()
        assert api.request("GET", "/version")["gitVersion"].startswith("v1.")
        api.close()
        owner.kill()
    deadline = time.monotonic() + 20
    while state.exists():
        assert time.monotonic() < deadline, "it is still there"
        time.sleep(0.05)
    assert not plane.directory.exists()
