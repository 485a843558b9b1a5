"""Holds the local proof against the API server, case by case: ``scripts/exactness --cases 100000``."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from kubectl_gitops.core.proof import prove
from kubectl_gitops.core.schema import Node
from kubectl_gitops.core.secrets import fold_string_data
from tests.controlplane import ApiError, ControlPlane, find_programs, run
from tests.core.proof.generate import KINDS, Kind, declared
from tests.core.proof.mutate import desired_variant
from tests.core.proof.oracle import Server, disturb
from tests.core.proof.workloads import Body

ROUNDS = 4
VARIANTS = 5
SHARE = 2500
REFUSED = (400, 422, 500)
BUSY = (404, 409, 429, 503, 504)


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

    @property
    def wrong(self) -> bool:
        return not self.doubt and self.answer != "clean"

    @property
    def needless(self) -> bool:
        return bool(self.doubt) and self.answer == "clean"


def judge(server: Server, kind: Kind, desired: Body, live: Body, pristine: bool) -> Case | None:
    """Ask both about one pair; None where live moved in between or the server was busy."""
    node, subresources = server.nodes[kind.kind], server.subresources[kind.kind]
    doubt = prove(node, desired, live, subresources)
    try:
        same = server.unchanged(kind, desired, live)
    except ApiError as error:
        if error.status in BUSY:
            return None
        answer = f"refused: {error}"
    else:
        if same is None:
            return None
        answer = "clean" if same else "changed"
    reason = f"{doubt.reason} at {doubt.path}" if doubt else ""
    return Case(kind, pristine, desired, live, reason, answer)


def cases(server: Server, random: Random, names: Iterator[str]) -> Generator[Case, None, None]:
    """Cases without end: an object is applied, then it and what is declared are changed again and again."""
    while True:
        kind = random.choices(KINDS, [kind.weight for kind in KINDS])[0]
        name = next(names)
        desired = dict(fold_string_data(declared(random, kind, name, server.namespace)))
        node: Node = server.nodes[kind.kind]
        name = desired["metadata"]["name"]
        odd = random.random() < 0.15
        if odd:
            desired = dict(fold_string_data(desired_variant(random, desired, node)))
        try:
            server.apply(kind, desired)
            yield from _rounds(server, random, kind, desired, odd)
            server.delete(kind, name)
        except ApiError as error:
            # Then the next object will do.
            if error.status not in (*REFUSED, *BUSY):
                raise


def _rounds(server: Server, random: Random, kind: Kind, desired: Body, odd: bool) -> Iterator[Case]:
    """The cases of one object; ``odd``: what is declared was mutated before it was applied."""
    node, name = server.nodes[kind.kind], desired["metadata"]["name"]
    for round_ in range(ROUNDS):
        if round_ and not disturb(random, server, kind, desired, server.read(kind, name)):
            continue
        live = server.read(kind, name)
        if live["metadata"].get("deletionTimestamp"):
            break
        for variant in range(VARIANTS):
            wanted = desired if variant == 0 else desired_variant(random, desired, node)
            case = judge(server, kind, dict(fold_string_data(wanted)), live, pristine=not (round_ or variant or odd))
            if case is not None:
                yield case


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
        if case.wrong or case.needless:
            report(case)
    return totals


def names(prefix: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number}"


def worker(task: tuple[str, int, int, int, str]) -> Counter[str]:
    """One share of the cases; what differs goes to a file, a JSON document a line.

    Raises RuntimeError, which unlike ApiError can be sent to the main process.
    """
    try:
        return _share(*task)
    except ApiError as error:
        raise RuntimeError(f"share {task[2]}: {error}") from None


def _share(state: str, seed: int, number: int, count: int, path: str) -> Counter[str]:
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


def many(state: str, count: int, seed: int, workers: int, log: str) -> Counter[str]:
    """Judge about ``count`` cases on the control plane that ``state`` describes, in several processes."""
    plane = ControlPlane.load(Path(state))
    api = plane.api()
    # Before the processes, which would all make the CRD.
    Server(api, f"proof-{seed}").prepare()
    api.close()
    shares = -(-count // SHARE)
    tasks = [(state, seed, number, min(SHARE, count), f"{log}.{number}.jsonl") for number in range(shares)]
    totals: Counter[str] = Counter()
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for done, share in enumerate(pool.imap_unordered(worker, tasks), 1):
            totals += share
            print(f"{done}/{shares}: {totals['proven clean']} proven clean, {totals['wrong clean']} wrong", flush=True)
    return totals


def table(totals: Counter[str]) -> Iterator[str]:
    for name, number in sorted(totals.items()):
        yield f"{name}: {number}"
    for sort in ("pristine", "mutated"):
        if totals[sort]:
            yield f"needless doubt of {sort}: {totals[f'{sort}, needless doubt'] / totals[sort]:.2%}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/exactness", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--log", default="differences", help="what differs goes to LOG.WORKER.jsonl")
    parser.add_argument("--state", help="a file of python -m tests.controlplane --detach; else one is started")
    options = parser.parse_args()
    started = time.monotonic()
    print(f"seed {options.seed}, {options.cases} cases, {options.workers} workers", flush=True)
    with ExitStack() as ending:
        state = options.state
        if state is None:
            plane = ending.enter_context(run(find_programs(os.environ)))
            state = str(plane.directory / "exactness")
            plane.save(Path(state))
        totals = many(state, options.cases, options.seed, options.workers, options.log)
    for line in table(totals):
        print(line)
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if totals["wrong clean"] else 0


if __name__ == "__main__":
    sys.exit(main())
