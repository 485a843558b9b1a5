"""kubectl gitops: the GitOps loop for the kube context a person already uses."""

__version__ = "0.1.0"
