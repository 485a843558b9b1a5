"""Manifests as kubectl reads them, and back to text. The only package that imports PyYAML.

``read`` gives a file's objects, ``locate`` says where a field of one stands. Values are written as YAML by
``kubectl_gitops.manifests.dumping``, which is imported where that is done.
"""

from kubectl_gitops.manifests.errors import ManifestError
from kubectl_gitops.manifests.locating import Place, locate
from kubectl_gitops.manifests.reading import FileContents, Skipped, check_unique, read
from kubectl_gitops.manifests.values import Value, read_values

__all__ = [
    "FileContents",
    "ManifestError",
    "Place",
    "Skipped",
    "Value",
    "check_unique",
    "locate",
    "read",
    "read_values",
]
