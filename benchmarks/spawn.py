"""Runs one program and writes what it used as JSON: ``spawn.py RESULT COMMAND…``.

A program of its own, started without site-packages, because a child's peak memory starts at the size of
the process that it was forked from.
"""

import json
import os
import sys
import time


def main() -> None:
    result, *command = sys.argv[1:]
    begun = time.monotonic()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, used = os.wait4(process, 0)
    wall = time.monotonic() - begun
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    values = {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * unit,
        "code": os.waitstatus_to_exitcode(status),
    }
    with open(result, "w") as file:  # noqa: PTH123 (pathlib would cost memory)
        json.dump(values, file)


main()
