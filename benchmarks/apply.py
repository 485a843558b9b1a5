"""What it costs to apply: ``python -m benchmarks.apply [--quick] [--rounds N] [--json FILE]``."""

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
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
    rounds = 1 if options.quick else options.rounds
    others = max(1, rounds // 2)
    with server.namespace() as namespace:
        ours = place.contender(works.APPLY, size, TOOL, place.apply(place.repository(size), namespace), rounds)
        run_once(ours, server.requests)
        members = place.members(size, namespace)
        kubectl = place.kubectl("apply", members, namespace, MANAGER)
        contenders = [ours, place.contender(works.APPLY, size, KUBECTL, kubectl, others)]
        if place.programs.flux:
            theirs = place.flux("apply", members, namespace, MANAGER)
            contenders.append(place.contender(works.APPLY, size, FLUX, theirs, others))
        return run_in_turn(contenders, server.requests)


def creating(place: Workplace, size: int, options: argparse.Namespace) -> list[Row]:
    """Everything is new: each contender has a namespace of its own, emptied before each of its runs."""
    server, repository = place.server, place.repository(size)
    rounds = 1 if options.quick else max(1, options.rounds // 2)
    commands: dict[str, Callable[[Path, str], Command]] = {TOOL: place.apply, KUBECTL: partial(place.kubectl, "apply")}
    if place.programs.flux:
        commands[FLUX] = partial(place.flux, "apply")
    with ExitStack() as namespaces:
        contenders: list[Contender] = []
        for tool, command in commands.items():
            namespace = namespaces.enter_context(server.namespace())
            empty = partial(server.empty_namespace, namespace)
            made = command(repository, namespace)
            contenders.append(place.contender(works.CREATE, size, tool, made, rounds, prepare=empty))
        return run_in_turn(contenders, server.requests)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
