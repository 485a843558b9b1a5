"""The Git edge: the only importer of pygit2 and caller of the git program.

Only plain values cross it: ``Commit``, ``Tree`` (whose paths and bytes are plain), ``LeftOut``, strings.
"""

from kubectl_gitops.gitrepo.address import is_url
from kubectl_gitops.gitrepo.export import LeftOut
from kubectl_gitops.gitrepo.history import Commit
from kubectl_gitops.gitrepo.repository import Repository, open_source
from kubectl_gitops.gitrepo.tree import File, Tree

__all__ = ["Commit", "File", "LeftOut", "Repository", "Tree", "is_url", "open_source"]
