"""The Git edge: the only importer of pygit2 and caller of the git program."""
