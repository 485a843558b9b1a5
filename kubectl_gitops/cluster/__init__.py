"""The cluster: the only package that imports kubernetes and urllib3. Bodies cross it as decoded JSON.

Nothing here imports either until ``connect`` is called, or a kubeconfig is read.
"""

from kubectl_gitops.cluster.api_error import ApiError, Cause, FieldConflict
from kubectl_gitops.cluster.connection import Cluster, connect
from kubectl_gitops.cluster.kubeconfig import context_namespace, current_context
from kubectl_gitops.cluster.options import ConnectOptions, seconds

__all__ = [
    "ApiError",
    "Cause",
    "Cluster",
    "ConnectOptions",
    "FieldConflict",
    "connect",
    "context_namespace",
    "current_context",
    "seconds",
]
