"""The repositories that the walks deploy, and how to read what the program reports about them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.controlplane import ApiError
from tests.harness import Cluster, RepoBuilder, Result

CANARY = "s3cr3t-canary-0451"
Found = TypeVar("Found")

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  greeting: {greeting}
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
    tier: {tier}
spec:
  replicas: {replicas}
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: web
        image: {image}
        env:
        - name: MODE
          value: production
        ports:
        - containerPort: 80
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports:
  - port: 80
"""

SECRET = f"""\
apiVersion: v1
kind: Secret
metadata:
  name: login
stringData:
  password: {CANARY}
"""

AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: worker
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: worker}
  minReplicas: 3
  maxReplicas: 5
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
"""

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.{group}
spec:
  group: {group}
  names: {{kind: Widget, plural: widgets, singular: widget}}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {{type: integer}}
              color: {{type: string, default: red}}
"""

WIDGET = """\
apiVersion: {group}/v1
kind: Widget
metadata:
  name: gear
spec:
  size: 3
"""

GITOPS = """\
apiVersion: kubectl-gitops/v1
kind: GitOps
name: shop
targets:
- {{name: plain, path: plain, context: test, namespace: {own}}}
- {{name: dev, path: kustomize/overlays/dev, context: test, namespace: {namespace}}}
- {{name: prod, path: kustomize/overlays/prod, context: test, namespace: {namespace}}}
"""


def config_map(name: str, greeting: str = "hello") -> str:
    return CONFIG_MAP.format(name=name, greeting=greeting)


def deployment(name: str = "web", image: str = "web:1", replicas: int = 2, tier: str = "front") -> str:
    return DEPLOYMENT.format(name=name, image=image, replicas=replicas, tier=tier)


@dataclass(frozen=True, slots=True)
class Shop:
    """A repository with the targets plain, dev and prod. ``own`` is the namespace that plain declares and uses."""

    repo: RepoBuilder
    cluster: Cluster
    own: str
    group: str

    def edit(self, name: str, old: str, new: str, message: str = "Change", author: str = "Bo <bo@example.com>") -> str:
        """Replace text in a file and commit it; returns the commit."""
        path = self.repo.path / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return self.repo.commit(message, author)

    def kubectl(self, *args: str) -> str:
        """kubectl in plain's namespace."""
        return self.cluster.kubectl("--namespace", self.own, *args, namespace=False)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        return self.cluster.get(kind, name, namespace=self.own)


def build_shop(repo: RepoBuilder, cluster: Cluster) -> Shop:
    """Write and commit the shop's repository."""
    own = f"{cluster.namespace}-shop"
    group = f"{cluster.namespace}.example.com"
    repo.write("gitops.yaml", GITOPS.format(own=own, namespace=cluster.namespace))
    repo.write("README.md", "No manifest.\n")
    repo.write("plain/namespace.yaml", f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {own}\n")
    repo.write("plain/widget.yaml", f"{WIDGET.format(group=group)}---\n{DEFINITION.format(group=group)}")
    repo.write("plain/web.yaml", deployment())
    repo.write("plain/service.yaml", SERVICE)
    repo.write("plain/config.yaml", config_map("settings"))
    repo.write("plain/secret.yaml", SECRET)
    repo.write("plain/worker.yaml", f"{deployment('worker', replicas=1)}---\n{AUTOSCALER}")
    repo.write("kustomize/base/kustomization.yaml", "resources: [app.yaml]\n")
    repo.write("kustomize/base/app.yaml", config_map("app"))
    for overlay in ("dev", "prod"):
        text = f"resources: [../../base]\nnamePrefix: {overlay}-\nlabels:\n- pairs: {{stage: {overlay}}}\n"
        repo.write(f"kustomize/overlays/{overlay}/kustomization.yaml", text)
    repo.commit("The shop")
    return Shop(repo, cluster, own, group)


def objects(result: Result) -> dict[str, dict[str, Any]]:
    """A report's objects by ``Kind/name``."""
    return {f"{one['kind']}/{one['name']}": one for one in result.json()["objects"]}


def states(result: Result) -> dict[str, str]:
    """The state of each object that a drift reports, by ``Kind/name``."""
    return {name: one["state"] for name, one in objects(result).items()}


def actions(result: Result) -> dict[str, str]:
    """The action of each object that a write reports, by ``Kind/name``."""
    return {name: one["action"] for name, one in objects(result).items()}


def fields(result: Result, name: str) -> dict[str, dict[str, Any]]:
    """The fields that are reported of ``Kind/name``, by path."""
    return {field["path"]: field for field in objects(result)[name].get("fields", ())}


def verdicts(result: Result, name: str) -> dict[str, str]:
    """The verdict on each field that is reported of ``Kind/name``."""
    return {path: field["verdict"] for path, field in fields(result, name).items()}


def ok(result: Result, code: int = 0) -> Result:
    """The result, if it ended with that exit code."""
    assert result.code == code, f"exit {result.code} instead of {code}:\n{result.out}{result.err}"
    return result


def until(probe: Callable[[], Found | None], seconds: float = 60) -> Found:
    """What the probe returns once it is neither None nor False. For what controllers do, a little later."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


def remove(cluster: Cluster, *paths: str) -> None:
    """Delete cluster-scoped objects that a test may have left."""
    for path in paths:
        try:
            cluster.raw("DELETE", path)
        except ApiError as error:
            if error.status not in {404, 409}:
                raise


RESOURCES = (
    *("/api/v1/{}/configmaps", "/api/v1/{}/secrets", "/api/v1/{}/services", "/api/v1/{}/persistentvolumeclaims"),
    *("/apis/apps/v1/{}/deployments", "/apis/autoscaling/v2/{}/horizontalpodautoscalers"),
)


def versions(cluster: Cluster, namespace: str, *more: str) -> dict[str, str]:
    """The resourceVersion of each object that the walks make in a namespace, by path.

    ``more`` are further resources, with ``{}`` where the namespace goes.
    """
    found: dict[str, str] = {}
    for resource in (*RESOURCES, *more):
        path = resource.format(f"namespaces/{namespace}")
        for item in cluster.raw("GET", path)["items"]:
            found[f"{path}/{item['metadata']['name']}"] = item["metadata"]["resourceVersion"]
    return found
