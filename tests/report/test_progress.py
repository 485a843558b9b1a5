from __future__ import annotations

import io

import pytest
from rich.console import Console

from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.reports import Action, Health
from kubectl_gitops.report.progress import LiveProgress, PlainProgress, progress

WEB, API = Key("apps", "Deployment", "shop", "web"), Key("apps", "Deployment", "shop", "api")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_chosen_by_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress(io.StringIO()), PlainProgress)
    assert isinstance(progress(Terminal()), LiveProgress)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(progress(Terminal()), PlainProgress)


def test_plain_lines() -> None:
    out = io.StringIO()
    now = [100.0]
    with PlainProgress(out, clock=lambda: now[0], every=10) as shown:
        shown.written(WEB, Action.CREATED)
        shown.written(WEB, Action.UNCHANGED)
        shown.written(API, Action.FAILED, "no\x1b[2J")
        shown.waiting([(WEB, Health.IN_PROGRESS, "0 of 2 ready"), (API, Health.UNKNOWN, "")])
        shown.waiting([(WEB, Health.IN_PROGRESS, "1 of 2 ready"), (API, Health.UNKNOWN, "")])
        now[0] += 10
        shown.waiting([(WEB, Health.IN_PROGRESS, "1 of 2 ready"), (API, Health.UNKNOWN, "")])
        shown.waiting([(API, Health.UNKNOWN, "")])
        shown.waiting([])
        shown.note("all current")
    assert out.getvalue().splitlines() == [
        "created: Deployment shop/web",
        r"failed: Deployment shop/api: no\x1b[2J",
        "waiting for Deployment shop/web (InProgress: 0 of 2 ready) and 1 more",
        "waiting for Deployment shop/web (InProgress: 1 of 2 ready) and 1 more",
        "waiting for Deployment shop/api (Unknown)",
        "all current",
    ]


def test_live_display() -> None:
    out = Terminal()
    console = Console(file=out, force_terminal=True, width=80, height=6, color_system=None, markup=False)
    with LiveProgress(out, console) as shown:
        shown.written(WEB, Action.CREATED)
        shown.written(API, Action.FAILED, "[red]no[/red]\x1b]0;x\x07")
        shown.waiting([(WEB, Health.IN_PROGRESS, f"{at} of 2 ready") for at in range(5)])
    text = out.getvalue()
    assert "1 created, 1 failed" in text
    assert r"failed: Deployment shop/api: [red]no[/red]\x1b]0;x\x07" in text
    assert "Deployment shop/web  InProgress  2 of 2 ready" in text
    assert "and 2 more" in text
    assert "\x1b]" not in text


def test_a_pause_leaves_the_terminal_alone() -> None:
    out = Terminal()
    with LiveProgress(out, Console(file=out, force_terminal=True, width=80, color_system=None)) as shown:
        shown.written(WEB, Action.CREATED)
        with shown.paused():
            out.write("Go on? ")
            before = out.getvalue()
            shown.written(API, Action.CREATED)
            assert out.getvalue() == before
    assert "2 created" in out.getvalue().partition("Go on? ")[2]
    with PlainProgress(out).paused():
        pass
