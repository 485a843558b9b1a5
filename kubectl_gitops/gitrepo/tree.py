"""Reading the files of a source, the same way from a revision and from the files on disk.

Symbolic links are followed inside the repository only: a manifest must not be able to pull in files of the
machine that happens to read it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from kubectl_gitops.errors import SourceError

_MOST_LINKS = 40
"""As many links as Linux follows in one path (path_resolution(7))."""
_MOST_FILES = 1_000_000
"""Links to folders can multiply files without bound; a real source is nowhere near this."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    LINK = "link"
    SUBMODULE = "submodule"


class Entry(NamedTuple):
    kind: Kind
    id: str = ""
    """The blob's id where the storage knows it without reading the file."""


class File(NamedTuple):
    """``path`` is relative to the repository's root and as the links spell it; ``blob_id`` is Git's name of
    its content.
    """

    path: str
    blob_id: str


class Storage(Protocol):
    """What a tree reads from. Paths are relative to the repository's root, and no part of them is a link."""

    @property
    def place(self) -> str:
        """Where the files are, to end a sentence: ``at revision 1a2b3c4``."""
        ...

    def entries(self, folder: str) -> Mapping[str, Entry]: ...

    def link(self, path: str) -> str: ...

    def blob_ids(self, paths: Sequence[tuple[str, Entry]]) -> list[str]: ...

    def content(self, _path: str, entry: Entry) -> bytes: ...


class LinkError(SourceError):
    """A link leads out of the repository, in a circle, or nowhere."""


class Found(NamedTuple):
    path: str
    entry: Entry


def normalise(path: str) -> str:
    """A folder as a person names it, relative to the repository's root, "" for the root itself.

    Raises SourceError for an absolute path and for one with ``..``.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise SourceError(f"the path {path!r} leaves the repository; give a folder below the repository's root")
    return "/".join(parts)


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


class Tree:
    """The files below one path of a source. It reads lazily and keeps nothing but folder listings."""

    def __init__(self, storage: Storage, path: str = "") -> None:
        """Raises SourceError if there is no such folder."""
        self._storage = storage
        self.path = normalise(path)
        found = self.find(self.path)
        if found is None:
            raise SourceError(f"there is no folder {self.path!r} {storage.place}{self._similar(self.path)}")
        if found.entry.kind is not Kind.FOLDER:
            raise SourceError(
                f"{self.path!r} {storage.place} is a {found.entry.kind.value}, not a folder; name its folder"
            )

    @property
    def place(self) -> str:
        return self._storage.place

    def files(self, path: str | None = None) -> list[File]:
        """Every file below ``path`` (default: the tree's own), sorted, folders whose name starts with a dot
        aside.

        Raises SourceError for a link that leads out of the repository, in a circle, or nowhere, because what
        it should have brought would otherwise count as absent.
        """
        return self._walk(self.path if path is None else path)[0]

    def submodules(self, path: str | None = None) -> tuple[str, ...]:
        """The submodules below ``path``. Their files are never read."""
        return self._walk(self.path if path is None else path)[1]

    def read(self, path: str) -> bytes:
        """A file's bytes.

        Raises SourceError if there is no such file, or if it is only a pointer to Git LFS.
        """
        found = self.find(normalise(path))
        if found is None or found.entry.kind is not Kind.FILE:
            raise SourceError(f"there is no file {path!r} {self.place}{self._similar(path)}")
        data = self._storage.content(found.path, found.entry)
        if data.startswith(_LFS_POINTER):
            raise SourceError(
                f"{path} is kept in Git LFS, so its content is not in the repository; store manifests in Git itself"
            )
        return data

    def has_file(self, path: str) -> bool:
        found = self.find(path)
        return found is not None and found.entry.kind is Kind.FILE

    def has_folder(self, path: str) -> bool:
        found = self.find(path)
        return found is not None and found.entry.kind is Kind.FOLDER

    def find(self, path: str) -> Found | None:
        """What is at ``path``, links followed; None if nothing is.

        Raises LinkError for a link out of the repository.
        """
        current: list[str] = []
        entry = Entry(Kind.FOLDER)
        ahead = path.split("/")[::-1]
        links = 0
        while ahead:
            part = ahead.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not current:
                    raise LinkError(f"{path}: a symbolic link leads out of the repository; remove it or copy the file")
                current.pop()
                entry = Entry(Kind.FOLDER)
                continue
            if entry.kind is not Kind.FOLDER:
                return None
            folder = "/".join(current)
            below = self._storage.entries(folder).get(part)
            if below is None:
                return None
            entry = below
            if entry.kind is not Kind.LINK:
                current.append(part)
                continue
            links += 1
            target = self._storage.link(join(folder, part))
            if links > _MOST_LINKS:
                raise LinkError(f"{path}: symbolic links lead in a circle; remove them")
            if target.startswith("/"):
                raise LinkError(f"{path}: a symbolic link leads out of the repository; remove it or copy the file")
            ahead += target.split("/")[::-1]
            entry = Entry(Kind.FOLDER)
        return Found("/".join(current), entry)

    def _walk(self, path: str) -> tuple[list[File], tuple[str, ...]]:
        start = self.find(normalise(path))
        if start is None or start.entry.kind is not Kind.FOLDER:
            raise SourceError(f"there is no folder {path!r} {self.place}{self._similar(path)}")
        found: list[tuple[str, Found]] = []
        submodules: list[str] = []
        ahead = [(normalise(path), start.path, frozenset[str]())]
        while ahead:
            shown, real, above = ahead.pop()
            above |= {real}
            for name, entry in self._storage.entries(real).items():
                below = join(shown, name)
                target = Found(join(real, name), entry)
                if entry.kind is Kind.LINK:
                    target = self._follow(below, target.path)
                if target.entry.kind is Kind.FILE:
                    found.append((below, target))
                elif target.entry.kind is Kind.SUBMODULE:
                    submodules.append(below)
                elif not name.startswith("."):
                    if target.path in above:
                        raise LinkError(f"{below}: symbolic links lead in a circle; remove them")
                    ahead.append((below, target.path, above))
            if len(found) > _MOST_FILES:
                raise SourceError(
                    f"{path or 'the repository'} {self.place} has more than {_MOST_FILES:,} files;"
                    " choose a smaller path"
                )
        found.sort()
        ids = self._storage.blob_ids([(file.path, file.entry) for _, file in found])
        files = [File(shown, blob) for (shown, _), blob in zip(found, ids, strict=True)]
        return files, tuple(sorted(submodules))

    def _follow(self, shown: str, link: str) -> Found:
        target = self.find(link)
        if target is None:
            raise LinkError(
                f"{shown}: the symbolic link leads to {self._storage.link(link)!r},"
                f" which does not exist {self.place}; remove the link or add its target"
            )
        return target

    def _similar(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        above = self.find(folder)
        if above is None or above.entry.kind is not Kind.FOLDER:
            return ""
        close = difflib.get_close_matches(name, list(self._storage.entries(above.path)), n=1)
        return f"; did you mean {join(folder, close[0])!r}?" if close else ""
