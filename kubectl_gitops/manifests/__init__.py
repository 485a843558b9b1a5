"""Manifests as kubectl reads them, and back to text. The only package that imports PyYAML.

``read`` gives a file's objects, ``locate`` says where a field of one stands, ``dump`` writes values as YAML.
"""

from kubectl_gitops.manifests.dumping import dump, dump_all
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
    "dump",
    "dump_all",
    "locate",
    "read",
    "read_values",
]
