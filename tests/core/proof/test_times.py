from __future__ import annotations

import pytest

from kubectl_gitops.core.proof.times import canonical


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05Z"),
        ("2026-01-02T03:04:05.999-00:30", "2026-01-02T03:34:05Z"),
        ("2026-01-02", None),
        ("2026-13-02T03:04:05Z", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("", None),
    ],
)
def test_times_are_written_in_utc_and_whole_seconds(declared: str, written: str | None) -> None:
    assert canonical(declared) == written
