"""Running whole processes in turn, and what each of them took."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

SPAWN = Path(__file__).with_name("spawn.py")
SHOWN = 2000  # characters of a failed program's output


class Usage(NamedTuple):
    """One run: wall and CPU time (user and system, children included) in seconds, peak memory in bytes, the requests
    that the API server counted, and those that the program itself reported; -1 where there is no count."""

    wall: float
    cpu: float
    peak: int
    requests: int
    own_requests: int


class Failed(Exception):
    """A program ended with another exit code than it should."""


def no_preparation() -> None:
    """A contender needs nothing before each of its runs."""


@dataclass(frozen=True)
class Contender:
    """A program to be measured at some work. ``prepare`` runs before each run and is not measured.

    ``codes`` are the exit codes that mean that it did its work. ``reports``: it prints a JSON report with ``requests``.
    """

    work: str
    objects: int
    tool: str
    command: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str]
    rounds: int
    codes: frozenset[int] = frozenset({0})
    prepare: Callable[[], None] = no_preparation
    counted: bool = True
    reports: bool = False


@dataclass(frozen=True)
class Row:
    """The runs of one contender."""

    work: str
    objects: int
    tool: str
    usages: list[Usage] = field(default_factory=list)

    def json(self) -> dict[str, object]:
        """Medians over the runs, times in seconds, memory in MiB."""
        walls = [usage.wall for usage in self.usages]
        row: dict[str, object] = {
            "work": self.work,
            "objects": self.objects,
            "tool": self.tool,
            "rounds": len(walls),
            "wall": round(median(walls), 4),
            "fastest": round(min(walls), 4),
            "slowest": round(max(walls), 4),
            "cpu": round(median(usage.cpu for usage in self.usages), 4),
            "peak": round(median(usage.peak for usage in self.usages) / 2**20, 1),
        }
        for name in ("requests", "own_requests"):
            counts = [getattr(usage, name) for usage in self.usages]
            if min(counts) >= 0:
                row[name] = round(median(counts))
        return row


def run_in_turn(contenders: Iterable[Contender], requests: Callable[[], int]) -> list[Row]:
    """Run every contender once, then every one again, until each had its rounds: what else happens on the machine
    then falls on all of them. ``requests`` returns the API server's count so far. Raises Failed."""
    everyone = list(contenders)
    rows = [Row(one.work, one.objects, one.tool) for one in everyone]
    for turn in range(max((one.rounds for one in everyone), default=0)):
        for one, row in zip(everyone, rows, strict=True):
            if turn < one.rounds:
                one.prepare()
                row.usages.append(run_once(one, requests))
                report(row)
    return rows


def run_once(one: Contender, requests: Callable[[], int]) -> Usage:
    """Run a contender once and measure it. Raises Failed."""
    before = requests() if one.counted else 0
    with tempfile.TemporaryDirectory() as folder:
        result, output, messages = (Path(folder, name) for name in ("result", "output", "messages"))
        with output.open("wb") as file, messages.open("wb") as errors:
            subprocess.run(
                [sys.executable, "-I", "-S", SPAWN, result, *one.command], cwd=one.cwd, env=dict(one.env),
                stdin=subprocess.DEVNULL, stdout=file, stderr=errors, check=True,
            )  # fmt: skip
        used = json.loads(result.read_text())
        if used["code"] not in one.codes:
            shown = " ".join(map(str, one.command))
            said = output.read_text(errors="replace")[-SHOWN:] + messages.read_text(errors="replace")[-SHOWN:]
            raise Failed(f"{shown} ended with {used['code']}:\n{said}")
        own = json.loads(output.read_text())["requests"] if one.reports else -1
    count = requests() - before if one.counted else -1
    return Usage(used["wall"], used["cpu"], used["peak"], count, own)


def report(row: Row) -> None:
    """Say on stderr what the last run took."""
    last = row.usages[-1]
    size = f" ({row.objects})" if row.objects else ""
    sent = f", {last.requests} requests" if last.requests >= 0 else ""
    print(f"{row.work}{size}, {row.tool}: {last.wall:.3f} s, CPU {last.cpu:.3f} s{sent}", file=sys.stderr, flush=True)
