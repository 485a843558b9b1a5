"""Finds the control plane's programs, building them the first time."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "control-plane"
NOTHING_TO_BUILD_WITH = 3


class MissingProgram(Exception):
    """The programs are neither built nor can they be: one sentence."""


def find_programs(env: Mapping[str, str]) -> Path:
    """Return the folder with etcd, kube-apiserver and the others.

    ``env`` is the environment to look and build in (PATH, HOME, KUBEBUILDER_ASSETS). Raises
    MissingProgram when Go would be needed and is not there, RuntimeError when a build fails.
    """
    done = subprocess.run([SCRIPT], env=dict(env), capture_output=True, text=True, check=False)
    if done.returncode == NOTHING_TO_BUILD_WITH:
        raise MissingProgram(done.stderr.strip().splitlines()[-1])
    if done.returncode != 0:
        raise RuntimeError(f"{SCRIPT.name} failed with exit code {done.returncode}:\n{done.stderr}")
    return Path(done.stdout.strip().splitlines()[-1])
