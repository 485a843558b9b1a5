"""Programs in the background, their output in a file."""

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

POLL_SECONDS = 0.02
SHOWN_LINES = 25


class DidNotStart(Exception):
    """A program ended or stayed unready; the message carries the end of its output."""


class Process:
    """One running program, its working directory the folder that its output goes to."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        self.name = Path(command[0]).name
        self.output = folder / f"{self.name}.log"
        with self.output.open("wb") as output:
            self._popen = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def running(self) -> bool:
        return self._popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> Self:
        """Return once ``ready()`` is true. Raises DidNotStart with the output's last lines."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running():
                raise DidNotStart(f"{self.name} ended with exit code {self._popen.returncode}{self._tail()}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} was not ready after {seconds:g} s{self._tail()}")
            time.sleep(POLL_SECONDS)
        return self

    def kill(self) -> None:
        """End it at once: nothing that it holds is worth a graceful end."""
        if self.running():
            self._popen.kill()
        self._popen.wait()

    def _tail(self) -> str:
        lines = self.output.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        return "\n".join([f"; the end of {self.output}:", *lines])
