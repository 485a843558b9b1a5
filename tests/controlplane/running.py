"""Starts a control plane and ends it."""

import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.controlplane import controllers as controller_programs
from tests.controlplane.api import ApiError
from tests.controlplane.plane import ADMIN, USERS, ControlPlane
from tests.controlplane.process import DidNotStart, Process

ETCD_SOCKET = "unix://etcd.sock:0"
PEER_SOCKET = "unix://peer.sock:0"
START_SECONDS = 60
PORT_TRIES = 3
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


@contextmanager
def run(programs: Path, controllers: bool = False, folder: Path | None = None) -> Iterator[ControlPlane]:
    """Start a control plane from the folder ``programs`` and end it on leaving.

    Its files are in a temporary folder below ``folder``, removed on leaving; when a program does not
    start, DidNotStart is raised, shows the program's last output, and the files stay.
    """
    directory = Path(tempfile.mkdtemp(prefix="control-plane-", dir=folder))
    with ExitStack() as processes:
        plane = _start(programs, directory, controllers, processes)
        try:
            yield plane
        finally:
            processes.close()
            shutil.rmtree(directory, ignore_errors=True)


def _start(programs: Path, directory: Path, controllers: bool, processes: ExitStack) -> ControlPlane:
    _write_tokens(directory / "tokens.csv")
    etcd = Process(_etcd(programs), directory)
    processes.callback(etcd.kill)
    etcd.wait_until((directory / "etcd.sock:0").exists, START_SECONDS)
    plane = _start_api_server(programs, directory, controllers, processes)
    plane.write_kubeconfig(plane.kubeconfig)
    if controllers:
        controller_programs.start(plane, processes)
    return plane


def _start_api_server(programs: Path, directory: Path, controllers: bool, processes: ExitStack) -> ControlPlane:
    for remaining in reversed(range(PORT_TRIES)):
        port = _free_port()
        plane = ControlPlane(f"https://127.0.0.1:{port}", directory, programs, controllers)
        server = Process(_api_server(programs, port), directory)
        processes.callback(server.kill)
        try:
            server.wait_until(lambda plane=plane: _ready(plane), START_SECONDS)  # type: ignore[misc]
        except DidNotStart as error:
            # Between finding the port free and using it, another program may have taken it.
            if remaining and "address already in use" in str(error):
                continue
            raise
        return plane
    raise AssertionError("the last try returns or raises")


def _ready(plane: ControlPlane) -> bool:
    certificate = plane.directory / "certs" / "apiserver.crt"
    if not plane.ca_file.exists():
        # kube-apiserver writes its own certificate, followed by that of the authority that signed it.
        certificates = CERTIFICATE.findall(certificate.read_text()) if certificate.exists() else []
        if len(certificates) < 2:
            return False
        plane.ca_file.write_text(certificates[-1])
    api = plane.api()
    try:
        api.request("GET", "/readyz")
    except (ApiError, OSError):
        return False
    finally:
        api.close()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_tokens(path: Path) -> None:
    """Write the token file: token, user, uid, groups."""
    lines = [f"{secrets.token_hex(16)},{ADMIN},{ADMIN},system:masters"]
    names = [*controller_programs.USERS, *(f"user-{number}" for number in range(1, USERS + 1))]
    lines += [f"{secrets.token_hex(16)},{name},{name}" for name in names]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")


def _etcd(programs: Path) -> list[str | Path]:
    return [
        programs / "etcd",
        "--data-dir=etcd",
        "--unsafe-no-fsync",
        f"--listen-client-urls={ETCD_SOCKET}",
        f"--advertise-client-urls={ETCD_SOCKET}",
        f"--listen-peer-urls={PEER_SOCKET}",
        f"--initial-advertise-peer-urls={PEER_SOCKET}",
        f"--initial-cluster=default={PEER_SOCKET}",
    ]


def _api_server(programs: Path, port: int) -> list[str | Path]:
    return [
        programs / "kube-apiserver",
        f"--etcd-servers={ETCD_SOCKET}",
        "--cert-dir=certs",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={port}",
        "--token-auth-file=tokens.csv",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        # The key that kube-apiserver makes for its certificate also signs the service accounts' tokens.
        "--service-account-key-file=certs/apiserver.key",
        "--service-account-signing-key-file=certs/apiserver.key",
        "--service-cluster-ip-range=10.96.0.0/16",
        # Its own address is a loopback address, which no Endpoints object may have.
        "--endpoint-reconciler-type=none",
        "--allow-privileged=true",
    ]
