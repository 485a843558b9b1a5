"""The programs that act on objects: kube-controller-manager, kube-scheduler, and kwok as the kubelet."""

from contextlib import ExitStack
from pathlib import Path

from tests.controlplane.api import Api, ApiError
from tests.controlplane.plane import ControlPlane
from tests.controlplane.process import Process

MANAGER = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
USERS = (MANAGER, SCHEDULER)
STAGES = Path(__file__).with_name("stages.yaml")
NODE = "node-1"
PROBE = {"metadata": {"name": "probe"}, "spec": {"containers": [{"name": "probe", "image": "probe:1"}]}}
PROBE_PATH = "/api/v1/namespaces/default/pods/probe"
START_SECONDS = 60


def start(plane: ControlPlane, processes: ExitStack) -> None:
    """Start them and return once a pod was scheduled, ran and was deleted.

    The programs end with ``processes``. Raises DidNotStart with a program's last output.
    """
    manager = plane.directory / "controller-manager.kubeconfig"
    scheduler = plane.directory / "scheduler.kubeconfig"
    plane.write_kubeconfig(manager, user=MANAGER)
    plane.write_kubeconfig(scheduler, user=SCHEDULER)
    fast = ["--kube-api-qps=500", "--kube-api-burst=1000", "--leader-elect=false", "--secure-port=0"]
    started = {
        program[0]: Process([plane.bin / program[0], *program[1:]], plane.directory)
        for program in (
            [
                "kube-controller-manager",
                f"--kubeconfig={manager}",
                "--use-service-account-credentials",
                "--service-account-private-key-file=certs/apiserver.key",
                f"--root-ca-file={plane.ca_file}",
                # kwok's node says once that it is ready and never again.
                "--node-monitor-grace-period=24h",
                *fast,
            ],
            ["kube-scheduler", f"--kubeconfig={scheduler}", *fast],
            ["kwok", f"--kubeconfig={plane.kubeconfig}", f"--config={STAGES}", "--manage-all-nodes"],
        )
    }
    for process in started.values():
        processes.callback(process.kill)
    api = plane.api()
    try:
        api.request("POST", "/api/v1/nodes", {"metadata": {"name": NODE}})
        started["kube-controller-manager"].wait_until(
            lambda: _exists(api, "/api/v1/namespaces/default/serviceaccounts/default"), START_SECONDS
        )
        api.request("POST", "/api/v1/namespaces/default/pods", PROBE)
        for name in ("kube-scheduler", "kwok"):
            started[name].wait_until(lambda: _runs(api), START_SECONDS)
        api.request("DELETE", PROBE_PATH)
        started["kwok"].wait_until(lambda: not _exists(api, PROBE_PATH), START_SECONDS)
    finally:
        api.close()


def _runs(api: Api) -> bool:
    return bool(api.request("GET", PROBE_PATH)["status"]["phase"] == "Running")


def _exists(api: Api, path: str) -> bool:
    try:
        api.request("GET", path)
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    return True
