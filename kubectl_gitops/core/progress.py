"""What the writing side tells while it works. How it is shown is not its business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.reports import Action, Health

Waiting = tuple[Key, Health, str]
"""An object that is not healthy yet, and why."""


class Progress(Protocol):
    """Calls come from one thread at a time; all are cheap."""

    def written(self, key: Key, action: Action, message: str = "") -> None:
        """One object was dealt with."""

    def waiting(self, objects: Sequence[Waiting]) -> None:
        """These are not healthy yet; none means that all are."""

    def note(self, text: str) -> None:
        """One sentence on what goes on."""
