import os
import signal
import threading
from collections.abc import Iterator

import pytest

from kubectl_gitops.cluster import ApiError
from kubectl_gitops.cluster.parallel import each
from kubectl_gitops.errors import ConnectionFailed


def test_every_item_gets_its_result_or_error() -> None:
    def half(number: int) -> int:
        if number % 2:
            raise ApiError(422, "odd", "/x")
        return number // 2

    results = dict(each(half, range(100), 4))
    assert len(results) == 100
    assert results[10] == 5
    assert isinstance(results[11], ApiError)


def test_as_many_run_at_once_as_asked_for() -> None:
    together = threading.Barrier(4, timeout=10)
    assert len(list(each(lambda _: together.wait(), range(8), 4))) == 8


def test_items_are_taken_only_as_they_are_needed() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = each(lambda number: number, items(), 2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 20


def test_another_failure_stops_and_is_raised_after_what_was_under_way() -> None:
    started = []
    together = threading.Barrier(2, timeout=10)

    def fail_first(number: int) -> int:
        started.append(number)
        if number < 2:
            together.wait()
        if number == 0:
            raise ConnectionFailed("gone")
        return number

    seen: list[int] = []
    with pytest.raises(ConnectionFailed, match="gone"):
        seen.extend(item for item, _ in each(fail_first, range(1000), 2))
    assert 1 in seen
    assert sorted([0, *seen]) == sorted(started)
    assert len(started) < 1000


@pytest.mark.parametrize("in_consumer", [True, False])
def test_ctrl_c_finishes_what_is_under_way_and_starts_nothing(in_consumer: bool) -> None:
    before = signal.getsignal(signal.SIGINT)
    started: list[int] = []
    finished: list[int] = []

    def work(number: int) -> int:
        started.append(number)
        if number == 5 and not in_consumer:
            os.kill(os.getpid(), signal.SIGINT)
        return number

    def consume() -> None:
        for item, _ in each(work, range(10_000), 2):
            finished.append(item)
            if item == 5 and in_consumer:
                os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        consume()
    assert sorted(finished) == sorted(started)
    assert 5 < len(started) < 10_000
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_the_caller_is_left_alone() -> None:
    received = []
    before = signal.signal(signal.SIGINT, lambda *_: received.append(1))
    try:
        for item, _ in each(lambda number: number, range(3), 1):
            if item == 0:
                os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert received == [1]


def test_it_works_off_the_main_thread() -> None:
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.extend(item for item, _ in each(str, range(5), 2)))
    thread.start()
    thread.join()
    assert sorted(results) == [0, 1, 2, 3, 4]
