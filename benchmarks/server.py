"""The API server that everything is measured on, and what is asked of it beside the measured programs."""

import base64
import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.controlplane import find_programs, run

COLLECTIONS = (
    "/apis/apps/v1/namespaces/{}/deployments",
    "/api/v1/namespaces/{}/services",
    "/api/v1/namespaces/{}/configmaps",
    "/api/v1/namespaces/{}/serviceaccounts",
    "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
)
COUNTER = re.compile(r"^apiserver_request_total\{(.*)\} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')

# What an API server asks itself all the time. Contenders ask it for the last, too, once a run at most.
OWN_RESOURCES = frozenset({"leases", "flowschemas", "prioritylevelconfigurations", "servicecidrs", "ipaddresses"})
OWN_PATHS = frozenset({"openapi/v3", "openapi/v2"})
POLICY = "kubectl-gitops-benchmark"


@dataclass(frozen=True, slots=True)
class Server:
    """``folder`` is for temporary files; ``kubeconfig`` an admin's, ``program`` kubectl's path."""

    kubeconfig: Path
    program: str
    folder: Path

    def kubectl(self, *arguments: str | Path, input: str | None = None) -> str:
        """Run kubectl, which must succeed; return its standard output."""
        command: list[str | Path] = [self.program, "--kubeconfig", self.kubeconfig, *arguments]
        return subprocess.run(command, input=input, stdout=subprocess.PIPE, text=True, check=True).stdout

    def requests(self) -> int:
        """The API server's own count of requests: every answer but to those that it sends itself."""
        text = self.kubectl("get", "--raw", "/metrics")
        return count_requests(text)

    def version(self) -> str:
        version: dict[str, Any] = json.loads(self.kubectl("get", "--raw", "/version"))
        return str(version["gitVersion"])

    @contextmanager
    def namespace(self) -> Iterator[str]:
        """A new namespace, deleted on leaving."""
        name = f"benchmark-{uuid.uuid4().hex[:10]}"
        self.kubectl("create", "namespace", name)
        try:
            yield name
        finally:
            # On a control plane without controllers nothing else would empty it.
            self.empty_namespace(name)
            self.kubectl("delete", "namespace", name, "--wait=false")

    def empty_namespace(self, name: str) -> None:
        for path in COLLECTIONS:
            self.kubectl("delete", "--raw", path.format(name))

    def applyset(self, namespace: str) -> str:
        """The value of the label that the objects of the namespace's only inventory carry."""
        listed = json.loads(self.kubectl("get", "deployments", "-n", namespace, "--output=json"))
        labels: dict[str, str] = listed["items"][0]["metadata"]["labels"]
        return labels["applyset.kubernetes.io/part-of"]

    @contextmanager
    def mutating_policy(self, namespace: str) -> Iterator[None]:
        """While in here a MutatingAdmissionPolicy matches every object of the namespace, and changes none."""
        self.kubectl("apply", "--filename=-", input=json.dumps(_policy(namespace)))
        try:
            yield
        finally:
            for kind in ("mutatingadmissionpolicybinding", "mutatingadmissionpolicy"):
                self.kubectl("delete", kind, POLICY)

    def floor_settings(self, namespace: str, applyset: str) -> Path:
        """Write what floor.py needs. Tokens only: it has no other way to log in."""
        shown = self.kubectl("config", "view", "--minify", "--flatten", "--raw", "--output=json")
        config = json.loads(shown)
        cluster = config["clusters"][0]["cluster"]
        authority = self.folder / "floor.crt"
        authority.write_bytes(base64.b64decode(cluster["certificate-authority-data"]))
        selector = f"?labelSelector=applyset.kubernetes.io/part-of%3D{applyset}"
        settings = {
            "server": cluster["server"],
            "ca": str(authority),
            "headers": {"Authorization": f"Bearer {config['users'][0]['user']['token']}"},
            "paths": [path.replace("/namespaces/{}", "") + selector for path in COLLECTIONS],
        }
        path = self.folder / f"floor-{namespace}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(settings))
        return path


@contextmanager
def server(kubeconfig: Path | None, program: str, folder: Path) -> Iterator[Server]:
    """The server that ``kubeconfig`` leads to; without one, a new control plane that ends on leaving."""
    if kubeconfig is not None:
        yield Server(kubeconfig.absolute(), program, folder)
        return
    with run(find_programs(os.environ)) as plane:
        yield Server(plane.kubeconfig, program, folder)


def count_requests(metrics: str) -> int:
    """The sum of ``apiserver_request_total`` without what the API server asks itself, and without watches."""
    total = 0.0
    for labels, value in COUNTER.findall(metrics):
        found = dict(LABEL.findall(labels))
        own = found["resource"] in OWN_RESOURCES or found["subresource"] in OWN_PATHS
        if not own and found["verb"] != "WATCH":
            total += float(value)
    return round(total)


def _policy(namespace: str) -> dict[str, Any]:
    api = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": POLICY}}
    everything = {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]}
    only = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    policy = {
        **api,
        "kind": "MutatingAdmissionPolicy",
        "spec": {
            "matchConstraints": {"namespaceSelector": only, "resourceRules": [everything]},
            "reinvocationPolicy": "IfNeeded",
            "failurePolicy": "Fail",
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}],
        },
    }
    binding = {**api, "kind": "MutatingAdmissionPolicyBinding", "spec": {"policyName": POLICY}}
    return {"apiVersion": "v1", "kind": "List", "items": [policy, binding]}
