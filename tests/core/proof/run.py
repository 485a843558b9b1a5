"""Holds the local proof against the API server, case by case: ``python -m tests.core.proof.run --cases 100000``."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from kubectl_gitops.core.objects import FIELD_MANAGER
from kubectl_gitops.core.proof import prove
from kubectl_gitops.core.schema import Node
from kubectl_gitops.core.secrets import fold_string_data
from tests.controlplane import ApiError, ControlPlane
from tests.core.proof.generate import KINDS, Kind, declared
from tests.core.proof.mutate import desired_variant
from tests.core.proof.oracle import Server, disturb
from tests.core.proof.workloads import Body

ROUNDS = 4
VARIANTS = 5


class Case(NamedTuple):
    """One pair, what the proof and what the server said.

    ``pristine``: just applied as it was drawn, neither live nor what is declared mutated. ``doubt`` is "" where it is
    proven clean; ``answer`` is clean, changed, or refused with the server's message.
    """

    kind: Kind
    pristine: bool
    desired: Body
    live: Body
    doubt: str
    answer: str
    seconds: float

    @property
    def wrong(self) -> bool:
        return not self.doubt and self.answer != "clean"

    @property
    def needless(self) -> bool:
        return bool(self.doubt) and self.answer == "clean"


def judge(server: Server, kind: Kind, desired: Body, live: Body, pristine: bool) -> Case | None:
    """Ask both about one pair; None where live moved in between."""
    node, subresources = server.nodes[kind.kind], server.subresources[kind.kind]
    started = time.perf_counter()
    doubt = prove(node, desired, live, subresources)
    seconds = time.perf_counter() - started
    try:
        same = server.unchanged(kind, desired, live)
    except ApiError as error:
        answer = f"refused: {error}"
    else:
        if same is None:
            return None
        answer = "clean" if same else "changed"
    reason = f"{doubt.reason} at {doubt.path}" if doubt else ""
    return Case(kind, pristine, desired, live, reason, answer, seconds)


def cases(server: Server, random: Random, names: Iterator[str]) -> Generator[Case, None, None]:
    """Cases without end: an object is applied, then it and what is declared are changed again and again."""
    while True:
        kind = random.choices(KINDS, [kind.weight for kind in KINDS])[0]
        name = next(names)
        desired = fold_string_data(declared(random, kind, name, server.namespace))
        node: Node = server.nodes[kind.kind]
        name = desired["metadata"]["name"]
        odd = random.random() < 0.15
        if odd:
            desired = fold_string_data(desired_variant(random, dict(desired), node))
        try:
            server.apply(kind, dict(desired))
        except ApiError as error:
            if error.status not in (400, 422, 500):
                raise
            continue
        for round_ in range(ROUNDS):
            if round_ and not disturb(random, server, kind, dict(desired), server.read(kind, name)):
                continue
            live = server.read(kind, name)
            if live["metadata"].get("deletionTimestamp"):
                break
            for variant in range(VARIANTS):
                wanted = dict(desired) if variant == 0 else desired_variant(random, dict(desired), node)
                case = judge(server, kind, dict(fold_string_data(wanted)), live, pristine=not (round_ or variant or odd))
                if case is not None:
                    yield case
        try:
            server.delete(kind, name)
        except ApiError as error:
            if error.status != 404:
                raise


def tally(found: Iterator[Case], count: int, report: Callable[[Case], None]) -> Counter[str]:
    """Count ``count`` cases; ``report`` is called for each whose two verdicts differ."""
    totals: Counter[str] = Counter()
    for case in islice(found, count):
        sort = "pristine" if case.pristine else "mutated"
        totals[sort] += 1
        totals[f"{sort}, {case.answer.partition(':')[0]}"] += 1
        totals["proven clean"] += not case.doubt
        totals["wrong clean"] += case.wrong
        totals[f"{sort}, needless doubt"] += case.needless
        totals[f"{case.kind.kind}, cases"] += 1
        totals[f"{case.kind.kind}, nanoseconds"] += int(case.seconds * 1e9)
        if case.wrong or case.needless:
            report(case)
    return totals


def names(prefix: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number}"


def worker(state: str, seed: int, number: int, count: int, path: str) -> Counter[str]:
    """One process's share; what differs goes to a file, a JSON document a line."""
    plane = ControlPlane.load(Path(state))
    server = Server(plane.api(), f"proof-{seed}-{number}")
    server.prepare()
    with Path(path).open("w") as log:

        def report(case: Case) -> None:
            sort = "WRONG" if case.wrong else "needless"
            body: dict[str, Any] = {"sort": sort, **case._asdict(), "kind": case.kind.kind}
            log.write(json.dumps(body) + "\n")
            log.flush()

        random = Random(f"{seed}/{number}")
        return tally(cases(server, random, names(f"w{number}")), count, report)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("state", help="the file that python -m tests.controlplane --detach wrote")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--log", default="differences", help="one file a worker: LOG.N.jsonl")
    options = parser.parse_args()
    share = options.cases // options.workers
    tasks = [(options.state, options.seed, n, share, f"{options.log}.{n}.jsonl") for n in range(options.workers)]
    started = time.monotonic()
    # The processes start one after another, so that each finds the CRD that the first made.
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        totals: Counter[str] = sum(pool.starmap(worker, tasks, chunksize=1), Counter())
    print(f"seed {options.seed}, {options.workers} workers, {time.monotonic() - started:.0f} s, as {FIELD_MANAGER}")
    for name, number in sorted(totals.items()):
        if not name.endswith("nanoseconds"):
            print(f"{name}: {number}")
    for kind in KINDS:
        nanoseconds, count = totals[f"{kind.kind}, nanoseconds"], totals[f"{kind.kind}, cases"]
        if count:
            print(f"{kind.kind}: {nanoseconds / count / 1000:.0f} µs")
    return 1 if totals["wrong clean"] else 0


if __name__ == "__main__":
    sys.exit(main())
