"""What it costs to apply: ``python -m benchmarks.apply [--quick] [--rounds N] [--json FILE]``."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import works
from benchmarks.measure import Contender, Row, run_in_turn, run_once
from benchmarks.workplace import (
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

UNCHANGED, CREATED = 1_010, 1_000
QUICK = 10


def main() -> int:
    options = parse("apply", __doc__)
    with programs(options) as (folder, found), workplace(options, folder, found) as place:
        rows = creating(place, QUICK if options.quick else CREATED, options)
        rows += unchanged(place, QUICK if options.quick else UNCHANGED, options)
        finish(options, document("apply", rows, place.server.version(), found))
    return 0


def unchanged(place: Workplace, size: int, options: argparse.Namespace) -> list[Row]:
    """Nothing to do: everybody applies as the same manager what is there already."""
    server = place.server
    namespace = server.new_namespace()
    repository = place.repository(size)
    command = place.apply(repository, namespace)
    ours = place.contender(works.APPLY, size, TOOL, command, 1 if options.quick else options.rounds)
    run_once(ours, server.requests)
    run_once(ours, server.requests)
    members = place.members(size, namespace)
    others = 1 if options.quick else max(1, options.rounds // 2)
    contenders = [ours]
    contenders.append(
        place.contender(works.APPLY, size, KUBECTL, place.kubectl("apply", members, namespace, MANAGER), others)
    )
    if place.programs.flux:
        theirs = place.flux("apply", members, namespace, MANAGER)
        contenders.append(place.contender(works.APPLY, size, FLUX, theirs, others))
    rows = run_in_turn(contenders, server.requests)
    server.empty_namespace(namespace)
    return rows


def creating(place: Workplace, size: int, options: argparse.Namespace) -> list[Row]:
    """Everything is new: each contender has a namespace of its own, emptied before each of its runs."""
    repository = place.repository(size)
    rounds = 1 if options.quick else max(1, options.rounds // 2)

    def contender(tool: str, command: Callable[[Path, str], Command]) -> Contender:
        namespace = place.server.new_namespace()
        return place.contender(
            works.CREATE,
            size,
            tool,
            command(repository, namespace),
            rounds,
            prepare=lambda: place.server.empty_namespace(namespace),
        )

    contenders = [
        contender(TOOL, place.apply),
        contender(KUBECTL, lambda folder, namespace: place.kubectl("apply", folder, namespace)),
    ]
    if place.programs.flux:
        contenders.append(contender(FLUX, lambda folder, namespace: place.flux("apply", folder, namespace)))
    rows = run_in_turn(contenders, place.server.requests)
    for one in contenders:
        one.prepare()
    return rows


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
