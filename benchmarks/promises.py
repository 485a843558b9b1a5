"""What the figures must be, and whether they are."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from benchmarks import works

TOOL, KUBECTL, FLUX, FLOOR = "kubectl-gitops", "kubectl", "Flux ssa", "floor"
Cell = tuple[str, int, str, str]
"""Work, number of objects, tool, and the figure: wall, peak, own_requests."""


class Promise(NamedTuple):
    """``cell``, divided by ``by`` unless that is None, must be at least ``least`` and at most ``most``."""

    text: str
    unit: str
    cell: Cell
    by: Cell | None = None
    least: float = 0
    most: float = float("inf")


class Kept(NamedTuple):
    """A promise and what was measured."""

    promise: Promise
    value: float
    kept: bool


def _faster(text: str, work: str, objects: int, than: str, times: float, of: str = "") -> Promise:
    """``of``: the work whose figures the other tool has, if not the same."""
    return Promise(text, "times", (of or work, objects, than, "wall"), (work, objects, TOOL, "wall"), least=times)


def _within(text: str, work: str, objects: int, times: float, of: tuple[str, str]) -> Promise:
    other, tool = of
    return Promise(text, "times", (work, objects, TOOL, "wall"), (other, objects, tool, "wall"), most=times)


def _at_most(text: str, unit: str, cell: Cell, most: float) -> Promise:
    return Promise(text, unit, cell, most=most)


# Requests: one LIST for each of the five kinds (a page more for each further 500 objects), and eight.
PROMISES = (
    _at_most("`--version`", "s", (works.VERSION, 0, TOOL, "wall"), 0.1),
    _at_most("`drift --help`", "s", (works.HELP, 0, TOOL, "wall"), 0.1),
    _faster("drift, 10 objects, against kubectl diff", works.DRIFT, 10, KUBECTL, 1),
    _faster("drift, 1,010 objects, against kubectl diff", works.DRIFT, 1010, KUBECTL, 12),
    _at_most("drift, 1,010 objects: requests", "requests", (works.DRIFT, 1010, TOOL, "own_requests"), 13),
    _faster("drift, 1,010 objects, first run, against kubectl diff", works.FIRST, 1010, KUBECTL, 8, works.DRIFT),
    _faster("drift, 10,010 objects, against kubectl diff", works.DRIFT, 10010, KUBECTL, 30),
    _within("drift, 10,010 objects, against the floor", works.DRIFT, 10010, 1.8, (works.DRIFT, FLOOR)),
    _at_most("drift, 10,010 objects: requests", "requests", (works.DRIFT, 10010, TOOL, "own_requests"), 33),
    _at_most("drift, 10,010 objects: peak memory", "MiB", (works.DRIFT, 10010, TOOL, "peak"), 160),
    _within("a mutating policy that matches all, 1,010 objects", works.POLICY, 1010, 1.5, (works.DRIFT, TOOL)),
    _within("a mutating policy that matches all, 10,010 objects", works.POLICY, 10010, 1.5, (works.DRIFT, TOOL)),
    _within("1 % mutated, 1,010 objects", works.MUTATED, 1010, 1.3, (works.DRIFT, TOOL)),
    _within("1 % mutated, 10,010 objects", works.MUTATED, 10010, 1.3, (works.DRIFT, TOOL)),
    _faster("apply, nothing to do, 1,010 objects, against kubectl apply", works.APPLY, 1010, KUBECTL, 40),
    _faster("apply, creating 1,000 objects, against kubectl apply", works.CREATE, 1000, KUBECTL, 6),
    _faster("apply, creating 1,000 objects, against Flux's library", works.CREATE, 1000, FLUX, 2),
)


def judge(rows: Iterable[Mapping[str, Any]]) -> list[Kept]:
    """The promises for which there are figures. ``rows`` as in the JSON."""
    figures: dict[Cell, float] = {}
    for row in rows:
        for name in ("wall", "peak", "own_requests"):
            if name in row:
                figures[row["work"], row["objects"], row["tool"], name] = row[name]
    kept: list[Kept] = []
    for promise in PROMISES:
        value = figures.get(promise.cell)
        divisor = 1.0 if promise.by is None else figures.get(promise.by)
        if value is not None and divisor:
            ratio = value / divisor
            kept.append(Kept(promise, ratio, promise.least <= ratio <= promise.most))
    return kept
