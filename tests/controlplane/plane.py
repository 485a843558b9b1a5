"""What a client needs to know of a running control plane."""

import itertools
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.controlplane.api import Api

ADMIN = "admin"
USERS = 400
_next_user = itertools.count()


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A running control plane: ``directory`` holds its files, ``bin`` its programs."""

    server: str
    directory: Path
    bin: Path
    controllers: bool

    @property
    def ca_file(self) -> Path:
        return self.directory / "ca.crt"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig of a cluster admin."""
        return self.directory / "admin.kubeconfig"

    def user(self, name: str | None = None) -> Path:
        """Return the kubeconfig of a token user with no rights: NAME, or one not handed out yet.

        Names are user-1 to user-400. The file's stem is the user's name, to write role bindings with.
        Raises ValueError for another name.
        """
        if name is None:
            # Each pytest-xdist worker hands out its own hundred.
            worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
            name = f"user-{(worker * 100 + next(_next_user)) % USERS + 1}"
        path = self.directory / f"{name}.kubeconfig"
        if name not in self._tokens():
            raise ValueError(f"there is no user {name!r}: the token file has user-1 to user-{USERS}")
        self.write_kubeconfig(path, user=name)
        return path

    def write_kubeconfig(self, path: Path, user: str = ADMIN, namespace: str = "default") -> None:
        """Write a kubeconfig with one context, named ``test``."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {"server": self.server, "certificate-authority": str(self.ca_file)},
                }
            ],
            "users": [{"name": user, "user": {"token": self._tokens()[user]}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user, "namespace": namespace}}],
        }
        path.write_text(json.dumps(config, indent=1))
        path.chmod(0o600)

    def api(self, user: str = ADMIN) -> Api:
        """Return a new connection; close it."""
        return Api(self.server, self.ca_file, self._tokens()[user])

    def save(self, path: Path) -> None:
        """Write this value, whole or not at all, for ``load``."""
        values = {
            "server": self.server,
            "directory": str(self.directory),
            "bin": str(self.bin),
            "controllers": self.controllers,
        }
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(values))
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path) -> "ControlPlane":
        values: dict[str, Any] = json.loads(path.read_text())
        return cls(values["server"], Path(values["directory"]), Path(values["bin"]), values["controllers"])

    def _tokens(self) -> dict[str, str]:
        lines = (self.directory / "tokens.csv").read_text().splitlines()
        return {fields[1]: fields[0] for fields in (line.split(",") for line in lines)}
