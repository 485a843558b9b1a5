"""The cluster: the only package that imports kubernetes and urllib3. Bodies cross it as decoded JSON.

Nothing here imports either until ``connect`` is called, or a kubeconfig is read.
"""

from kubectl_gitops.cluster.api_error import ApiError, Cause, FieldConflict
from kubectl_gitops.cluster.connection import Cluster, connect
from kubectl_gitops.cluster.discovery import Resource, Resources, discover
from kubectl_gitops.cluster.kubeconfig import context_namespace, current_context
from kubectl_gitops.cluster.openapi import OpenApi
from kubectl_gitops.cluster.options import ConnectOptions, seconds
from kubectl_gitops.cluster.parallel import each
from kubectl_gitops.cluster.reading import (
    Listing,
    get_object,
    kube_system_uid,
    list_all,
    list_many,
    list_objects,
)
from kubectl_gitops.cluster.writing import apply, delete, json_patch, self_subject

__all__ = [
    "ApiError",
    "Cause",
    "Cluster",
    "ConnectOptions",
    "FieldConflict",
    "Listing",
    "OpenApi",
    "Resource",
    "Resources",
    "apply",
    "connect",
    "context_namespace",
    "current_context",
    "delete",
    "discover",
    "each",
    "get_object",
    "json_patch",
    "kube_system_uid",
    "list_all",
    "list_many",
    "list_objects",
    "seconds",
    "self_subject",
]
