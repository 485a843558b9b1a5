"""What it costs to learn of drift: ``python -m benchmarks.drift [--quick] [--rounds N] [--json FILE]``."""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks import works
from benchmarks.applications import name_of
from benchmarks.measure import Contender, Row, run_in_turn, run_once
from benchmarks.workplace import (
    FLOOR,
    FLUX,
    KUBECTL,
    MANAGER,
    TOOL,
    Command,
    Workplace,
    document,
    finish,
    parse,
    programs,
    workplace,
)

SIZES = (10, 1_010, 10_010)
QUICK_SIZES = (10,)
LARGE = 5_000  # objects from which on others take the better part of a minute
MUTATED = 100  # one object in so many
DRIFTED = frozenset({1})  # the exit code of all of them


def main() -> int:
    options = parse("drift", __doc__)
    rows: list[Row] = []
    with programs(options) as (folder, found):
        kubernetes = ""
        for size in QUICK_SIZES if options.quick else SIZES:
            with workplace(options, folder, found) as place:
                kubernetes = place.server.version()
                if not rows:
                    rows += run_in_turn(starting(place, 1 if options.quick else 3 * options.rounds), lambda: 0)
                rows += measure(place, size, options)
        finish(options, document("drift", rows, kubernetes, found))
    return 0


def starting(place: Workplace, rounds: int) -> list[Contender]:
    """The program's start alone, and Python's and kubectl's to compare with."""
    commands: list[tuple[str, str, Command]] = [
        (works.VERSION, TOOL, place.tool("--version")),
        (works.VERSION, KUBECTL, [place.programs.kubectl, "version", "--client"]),
        (works.VERSION, "python -c pass", [place.programs.tool.with_name("python"), "-c", "pass"]),
        (works.HELP, TOOL, place.tool("drift", "--help")),
        (works.HELP, KUBECTL, [place.programs.kubectl, "diff", "--help"]),
    ]
    return [
        place.contender(work, 0, tool, command, rounds, counted=False, reports=False)
        for work, tool, command in commands
    ]


def measure(place: Workplace, size: int, options: argparse.Namespace) -> list[Row]:
    """All rows of one number of objects, in a namespace of their own."""
    server = place.server
    with server.namespace() as namespace:
        repository = place.repository(size)
        run_once(place.contender("setting up", size, TOOL, place.apply(repository, namespace), 1), server.requests)
        members = place.members(size, namespace)
        rounds, others = how_often(size, options)

        warm = place.contender(works.DRIFT, size, TOOL, drift(place, repository, namespace), rounds)
        # Each first run is followed by a second, which finds what the first left in the caches.
        first = replace(warm, work=works.FIRST, prepare=place.forget)
        theirs = peers(place, size, members, namespace, others)
        rows = run_in_turn([first, warm, floor(place, size, namespace, rounds), *theirs], server.requests)

        with server.mutating_policy(namespace):
            run_once(warm, server.requests)
            asked = replace(warm, work=works.POLICY, rounds=min(rounds, others))
            rows += run_in_turn([asked], server.requests)

        mutate(place, size, namespace)
        changed = replace(warm, work=works.MUTATED, codes=DRIFTED)
        run_once(changed, server.requests)
        contenders = [changed]
        if size < LARGE:
            diff = place.kubectl("diff", members, namespace, MANAGER)
            contenders.append(place.contender(works.MUTATED, size, KUBECTL, diff, others, codes=DRIFTED))
        return rows + run_in_turn(contenders, server.requests)


def how_often(size: int, options: argparse.Namespace) -> tuple[int, int]:
    """How many rounds this tool runs, and how many the others."""
    if options.quick:
        return 1, 1
    rounds = options.rounds
    return (max(2, rounds // 2), max(1, rounds // 3)) if size > LARGE else (rounds, max(1, rounds // 2))


def drift(place: Workplace, repository: Path, namespace: str) -> Command:
    return place.tool("drift", repository, "--namespace", namespace, "--output=json")


def floor(place: Workplace, size: int, namespace: str, rounds: int) -> Contender:
    settings = place.server.floor_settings(namespace, place.server.applyset(namespace))
    python = place.programs.tool.with_name("python")
    command: Command = [python, Path(__file__).with_name("floor.py"), settings]
    return place.contender(works.DRIFT, size, FLOOR, command, rounds)


def peers(place: Workplace, size: int, members: Path, namespace: str, rounds: int) -> list[Contender]:
    diff = place.kubectl("diff", members, namespace, MANAGER)
    found = [place.contender(works.DRIFT, size, KUBECTL, diff, rounds)]
    if place.programs.flux:
        found.append(place.contender(works.DRIFT, size, FLUX, place.flux("diff", members, namespace, MANAGER), rounds))
    return found


def mutate(place: Workplace, size: int, namespace: str) -> None:
    """Change one object in a hundred, at least one, as a person would."""
    names = [f"deployment/{name_of(number)}" for number in range(1, max(1, size // MUTATED) + 1)]
    place.server.kubectl("set", "image", *names, "web=registry.example.com/shop/web:hotfix", "--namespace", namespace)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
