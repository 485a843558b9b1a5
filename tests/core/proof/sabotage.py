"""Broken proofs: each breaks one rule, so that the differential test can show that it would notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_gitops.core.proof import dropped, values

Sabotage = Callable[[pytest.MonkeyPatch], None]


def ownership_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dropped, "find", lambda *_: None)


def null_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(values, "null_changes_nothing", lambda *_: True)


def atomic_compared_as_subset(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(values, "filled_in", lambda *_: True)


def every_zero_dropped(patch: pytest.MonkeyPatch) -> None:
    def left_out(rule: Any, name: str, wanted: Any) -> bool:
        return not wanted

    patch.setattr(values, "left_out", left_out)


def kept_if_anyone_owns_below(patch: pytest.MonkeyPatch) -> None:
    def held(rule: Any, token: str, owned: Any, trees: Any) -> bool:
        return any(token in tree for tree in trees)

    patch.setattr(dropped, "_held", held)


def order_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(values, "in_order", lambda *_: True)


SABOTAGES: tuple[Sabotage, ...] = (
    ownership_ignored,
    null_ignored,
    atomic_compared_as_subset,
    every_zero_dropped,
    kept_if_anyone_owns_below,
    order_ignored,
)
