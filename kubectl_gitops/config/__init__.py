"""Reads gitops.yaml."""

from kubectl_gitops.config.loading import FILE_NAME, load

__all__ = ["FILE_NAME", "load"]
