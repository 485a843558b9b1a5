"""The errors a person sees. Each is one sentence; its class decides the exit code.

Errors of a library are turned into one of these at the edge that imports the library.
"""


class GitOpsError(Exception):
    """Root of this tool's own errors. ``str(error)`` is the sentence to print."""

    exit_code = 1


class UsageError(GitOpsError):
    """The command line or ``gitops.yaml`` asks for something that makes no sense."""

    exit_code = 2


class SourceError(GitOpsError):
    """The Git source can't be read: repository, revision, path, YAML or rendering."""

    exit_code = 2


class ConnectionFailed(GitOpsError):
    """The cluster can't be reached, or the credentials are refused."""

    exit_code = 2


class Refused(GitOpsError):
    """A safety rule forbids the write; nothing was written."""

    exit_code = 3


class Failed(GitOpsError):
    """Something was tried and did not work."""

    exit_code = 1


class CouldNotTell(GitOpsError):
    """A comparison ended before it could say whether there is drift, which exit codes 0 and 1 would claim."""

    exit_code = 2
