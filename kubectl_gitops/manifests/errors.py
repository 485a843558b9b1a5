"""The one error of reading manifests."""

from __future__ import annotations

from kubectl_gitops.errors import SourceError


class ManifestError(SourceError):
    """A file can't be read as manifests. ``str()`` is ``FILE:LINE:COLUMN: what is wrong; what to do``.

    ``message`` never quotes the document, because the document may be a Secret. Lines and columns count from
    1.
    """

    def __init__(self, file: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{file}:{line}:{column}: {message}")
        self.file = file
        self.line = line
        self.column = column
        self.message = message
