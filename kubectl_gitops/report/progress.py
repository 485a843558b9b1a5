"""Shows how a write and its wait go on: a live display on a terminal, else plain lines. Meant for stderr."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.progress import Progress as Told
from kubectl_gitops.core.progress import Waiting
from kubectl_gitops.core.reports import Action, Health
from kubectl_gitops.report.escape import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text


class Progress(Told, Protocol):
    """What the writing side tells, shown while the block runs. Messages must hold no secrets (``mask_text``)."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def paused(self) -> AbstractContextManager[None]:
        """Leaves the terminal alone while the block runs, so that a question can be asked there."""
        ...


def progress(stream: TextIO) -> Progress:
    """The live display where the stream is a terminal that can move its cursor, plain lines anywhere else."""
    movable = stream.isatty() and os.environ.get("TERM") != "dumb"
    return LiveProgress(stream) if movable else PlainProgress(stream)


class PlainProgress:
    """One line for each object that changed, and what is waited for when that changes or every 10 seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic, every: float = 10.0) -> None:
        """``clock`` returns seconds; for ``every`` seconds the same wait is not mentioned again."""
        self._stream = stream
        self._clock = clock
        self._every = every
        self._last: frozenset[tuple[Key, Health]] = frozenset()
        self._said_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def written(self, key: Key, action: Action, message: str = "") -> None:
        if action is not Action.UNCHANGED or message:
            self._say(f"{action}: {key}{': ' + message if message else ''}")

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()

    def waiting(self, objects: Sequence[Waiting]) -> None:
        now = frozenset((key, health) for key, health, _ in objects)
        at = self._clock()
        if not objects or (now == self._last and at - self._said_at < self._every):
            self._last = now
            return
        self._last, self._said_at = now, at
        key, health, message = objects[0]
        more = f" and {len(objects) - 1} more" if len(objects) > 1 else ""
        self._say(f"waiting for {key} ({health}{': ' + message if message else ''}){more}")

    def note(self, text: str) -> None:
        self._say(text)

    def _say(self, text: str) -> None:
        self._stream.write(f"{visible(text)}\n")
        self._stream.flush()


class LiveProgress:
    """Counts and the objects that are not ready, redrawn in place; only notes and failures stay."""

    def __init__(self, stream: TextIO, console: Console | None = None) -> None:
        """``console`` draws elsewhere than on a plain console of the stream."""
        from rich.console import Console
        from rich.live import Live

        self._console = console or Console(file=stream, markup=False, emoji=False, highlight=False)
        self._counts: Counter[Action] = Counter()
        self._waiting: tuple[Waiting, ...] = ()
        self._started = time.monotonic()
        self._live: Live = Live(get_renderable=self._draw, console=self._console, transient=True, refresh_per_second=8)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def written(self, key: Key, action: Action, message: str = "") -> None:
        self._counts[action] += 1
        if action is Action.FAILED:
            self.note(f"{action}: {key}{': ' + message if message else ''}")

    def waiting(self, objects: Sequence[Waiting]) -> None:
        self._waiting = tuple(objects)

    def note(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text(visible(text)))

    def _draw(self) -> Text:
        from rich.text import Text

        counts, waiting = self._counts.copy(), self._waiting
        done = ", ".join(f"{counts[action]} {action}" for action in Action if counts[action])
        text = Text(f"{time.monotonic() - self._started:4.0f} s  {done or 'working'}", style="bold")
        room = max(self._console.height - 4, 3)
        for key, health, message in waiting[:room]:
            row = visible(f"        {key}  {health}  {message}".rstrip())
            text.append(f"\n{row}", style="yellow")
        if len(waiting) > room:
            text.append(f"\n        and {len(waiting) - room} more")
        text.no_wrap, text.overflow = True, "ellipsis"
        return text
