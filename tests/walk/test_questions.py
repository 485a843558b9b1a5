"""On a terminal a write that takes something away shows what, and asks first."""

import os
import pty
import subprocess

from tests.harness import Cluster, GitOps, RepoBuilder
from tests.walk.shop import config_map, ok


def _on_terminal(gitops: GitOps, cluster: Cluster, answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command on a terminal of its own, answer its question, and return its exit code and what it showed."""
    master, slave = pty.openpty()
    program = subprocess.Popen(
        [str(gitops.program), *arguments, "-n", cluster.namespace],
        cwd=gitops.cwd,
        env={**os.environ, "KUBECONFIG": str(gitops.kubeconfig), "TERM": "dumb"},
        stdin=slave,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        close_fds=True,
    )
    os.close(slave)
    os.write(master, f"{answer}\n".encode())
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # how Linux says that the other side of a terminal was closed
            break
        if not part:
            break
        shown += part
    os.close(master)
    return program.wait(timeout=60), shown.decode()


def test_what_would_be_deleted_is_shown_and_asked_about(repo: RepoBuilder, gitops: GitOps, cluster: Cluster) -> None:
    repo.write("app/old.yaml", config_map("old"))
    repo.write("app/good.yaml", config_map("good"))
    repo.commit()
    ok(gitops("apply", "app", "--name=shop", "--no-wait"))
    repo.remove("app/old.yaml")
    repo.commit()
    old = f"/api/v1/namespaces/{cluster.namespace}/configmaps/old"

    code, shown = _on_terminal(gitops, cluster, "n", "apply", "app", "--name=shop", "--no-wait")
    assert code == 3
    assert f"prune ConfigMap {cluster.namespace}/old" in shown
    assert "nothing was written" in shown
    assert cluster.exists(old)
    code, _ = _on_terminal(gitops, cluster, "y", "apply", "app", "--name=shop", "--no-wait")
    assert code == 0
    assert not cluster.exists(old)

    code, shown = _on_terminal(gitops, cluster, "n", "delete", "app", "--name=shop")
    assert code == 3
    assert f"delete ConfigMap {cluster.namespace}/good" in shown
    assert cluster.exists(f"/api/v1/namespaces/{cluster.namespace}/configmaps/good")
