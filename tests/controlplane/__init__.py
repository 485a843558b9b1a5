"""A real Kubernetes control plane on loopback, for tests, the demo and benchmarks.

etcd and kube-apiserver with TLS and RBAC; on request also kube-controller-manager, kube-scheduler
and kwok, which plays the kubelet. ``scripts/control-plane`` builds the programs.

Outside of tests: ``scripts/control-plane-up [--controllers]``.
"""

from tests.controlplane.api import Api, ApiError
from tests.controlplane.plane import ControlPlane
from tests.controlplane.process import DidNotStart
from tests.controlplane.programs import MissingProgram, find_programs
from tests.controlplane.running import run

__all__ = ["Api", "ApiError", "ControlPlane", "DidNotStart", "MissingProgram", "find_programs", "run"]
