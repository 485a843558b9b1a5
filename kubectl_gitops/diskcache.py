"""Files kept between runs. Losing one costs a request, so whatever is wrong with one counts as not having
it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import orjson

from kubectl_gitops.core.objects import Json


def read(file: Path) -> Json:
    """The JSON in a file; None when there is none, or it can't be read, or is no JSON. Reading makes it
    recent.
    """
    try:
        content = orjson.loads(file.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    with suppress(OSError):  # what can't be marked as recent can be read all the same
        os.utime(file)
    return content


def write(file: Path, content: Json) -> None:
    """Put JSON into a file as a whole: other processes see the old content or the new, never a part.

    A cache that can't be written (a full disk, a read-only home) is no error.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as new:
                new.write(orjson.dumps(content))
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError:
        return


def trim(folder: Path, limit: int) -> None:
    """Remove the files that were longest not read, until the folder is under ``limit`` bytes."""
    files: list[tuple[os.stat_result, Path]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another thread or process replaced it meanwhile
                if entry.is_file():
                    files.append((entry.stat(), Path(entry.path)))
    total = sum(stat.st_size for stat, _ in files)
    for stat, file in sorted(files, key=lambda pair: pair[0].st_mtime):
        if total <= limit:
            return
        with suppress(OSError):  # another process was first, or it is not ours to remove
            file.unlink()
        total -= stat.st_size
