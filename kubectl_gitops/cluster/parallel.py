"""Doing the same thing to many objects at once, a few at a time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import FrameType
from typing import TypeVar

from kubectl_gitops.cluster.api_error import ApiError

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(
    function: Callable[[Item], Result], items: Iterable[Item], concurrency: int
) -> Iterator[tuple[Item, Result | ApiError]]:
    """Call the function with each item on ``concurrency`` threads; pairs of item and result come as they
    get done.

    An ApiError is a result. Any other exception, and Ctrl-C, stop it: nothing new is started, what is under
    way is finished and handed out, then the exception is raised (KeyboardInterrupt for Ctrl-C). A second
    Ctrl-C stops at once.
    """
    interrupted = threading.Event()
    restore = _on_interrupt(interrupted)
    running: dict[Future[Result], Item] = {}
    failure: BaseException | None = None
    source = iter(items)
    pool = ThreadPoolExecutor(max_workers=max(1, concurrency), thread_name_prefix="cluster")
    try:
        exhausted = False
        while True:
            stopping = interrupted.is_set() or failure is not None
            # Twice as many as run at once, so that no thread waits for the consumer.
            while not (stopping or exhausted) and len(running) < 2 * concurrency:
                try:
                    item = next(source)
                except StopIteration:
                    exhausted = True
                    break
                running[pool.submit(function, item)] = item
            if stopping:
                for future in [future for future in running if future.cancel()]:
                    del running[future]
            if not running:
                break
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                item = running.pop(future)
                error = future.exception()
                if error is None:
                    yield item, future.result()
                elif isinstance(error, ApiError):
                    yield item, error
                else:
                    failure = failure or error
        if failure is not None:
            raise failure
        if interrupted.is_set():
            raise KeyboardInterrupt
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        restore()


def _on_interrupt(interrupted: threading.Event) -> Callable[[], None]:
    """Turn the first Ctrl-C into a flag. Who installed a handler of their own keeps it."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return lambda: None

    def note(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def restore() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, note)
    return restore
