import subprocess
import sys
from pathlib import Path

from kubectl_gitops.cluster import Cluster, ConnectOptions, context_namespace, current_context
from kubectl_gitops.cluster.reading import kube_system_uid
from kubectl_gitops.cluster.writing import self_subject
from tests.harness import Cluster as Harness


def test_who_and_where(connection: Cluster, options: ConnectOptions, cluster: Harness, namespace: str) -> None:
    assert (connection.context, connection.namespace) == ("test", namespace)
    assert (current_context(options), context_namespace(options)) == ("test", namespace)
    assert connection.requests == 0
    assert connection.version() == connection.version() == connection.get("/version")["gitVersion"]
    assert connection.requests == 2
    assert self_subject(connection) == "admin"
    assert kube_system_uid(connection) == cluster.get("namespace", "kube-system", "kube-system")["metadata"]["uid"]


def test_nothing_heavy_is_imported_before_connecting() -> None:
    package = Path(__file__).parents[2] / "kubectl_gitops" / "cluster"
    lazy = ("transport",)  # imported by connect
    names = [f"kubectl_gitops.cluster.{file.stem}" for file in package.glob("[a-z]*.py") if file.stem not in lazy]
    code = f"import sys, {', '.join(names)}\n"
    code += "print([name for name in ('kubernetes', 'urllib3', 'yaml') if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
