"""Every format of every report, held to its snapshot; the schemas; and what each format may import."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from kubectl_gitops.core.reports import Report
from kubectl_gitops.errors import UsageError
from kubectl_gitops.report.drift_text import drift_text
from kubectl_gitops.report.printing import DRIFT_OUTPUTS, OUTPUTS, colored, print_report, width_of

SCHEMAS = Path(__file__).parents[2] / "schemas"
KINDS = {"drift": "drift", "in_sync": "drift", "applied": "apply", "refused": "apply", "history": "history"}
SUFFIX = {"text": "txt", "name": "names.txt"}

Snapshot = Callable[[str, str], None]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def printed(report: Report, output: str, details: bool = False, stdout: io.StringIO | None = None) -> str:
    out = stdout or io.StringIO()
    print_report(report, output, details, out)
    return out.getvalue()


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("output", DRIFT_OUTPUTS)
def test_every_format_of_every_report(
    name: str, output: str, request: pytest.FixtureRequest, snapshot: Snapshot
) -> None:
    report = request.getfixturevalue(name)
    if output not in OUTPUTS and KINDS[name] != "drift":
        with pytest.raises(UsageError, match=r"use one of text, json, yaml, name$"):
            printed(report, output)
        return
    snapshot(f"{name}.{SUFFIX.get(output, output)}", printed(report, output))


@pytest.mark.parametrize("name", ["drift", "applied", "history"])
def test_details(name: str, request: pytest.FixtureRequest, snapshot: Snapshot) -> None:
    snapshot(f"{name}-details.txt", printed(request.getfixturevalue(name), "text", details=True))


def test_narrow_terminal_with_colours(request: pytest.FixtureRequest, snapshot: Snapshot) -> None:
    report = request.getfixturevalue("drift")
    narrow = drift_text(report, width=60, color=True)
    snapshot("drift-narrow-colours.txt", narrow)
    assert "\x1b[" in narrow
    plain = drift_text(report, width=60)
    assert max(map(len, plain.splitlines())) <= 60


def test_colours_only_on_a_terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    report = request.getfixturevalue("drift")
    assert "\x1b[" in printed(report, "text", stdout=Terminal())
    assert "\x1b[" not in printed(report, "text")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" not in printed(report, "text")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in printed(report, "text", stdout=Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not colored(Terminal())


def test_width(monkeypatch: pytest.MonkeyPatch) -> None:
    assert width_of(io.StringIO()) == 120
    monkeypatch.setenv("COLUMNS", "77")
    assert width_of(io.StringIO()) == width_of(Terminal()) == 77


@pytest.mark.parametrize("name", KINDS)
def test_json_holds_to_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    schema = json.loads((SCHEMAS / f"{KINDS[name]}-report.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    value = json.loads(printed(request.getfixturevalue(name), "json"))
    jsonschema.Draft202012Validator(schema).validate(value)


def test_the_schema_notices(request: pytest.FixtureRequest) -> None:
    schema = json.loads((SCHEMAS / "drift-report.json").read_text())
    value = json.loads(printed(request.getfixturevalue("drift"), "json"))
    value["objects"][0]["state"] = "Synced"
    value["objects"][1]["fields"][0]["live_by"]["not_after"] = None
    assert len(list(jsonschema.Draft202012Validator(schema).iter_errors(value))) == 2


def test_data_output_leaves_sentences_to_stderr(request: pytest.FixtureRequest) -> None:
    for name, expected in (
        ("drift", "Namespace shop: reading it is forbidden to ada\n"),
        ("applied", "Namespace x: the server said no\n"),
        (
            "refused",
            "30 of 100 members would be pruned, more than 25%: raise --prune-limit if that is meant\n",
        ),
        ("history", ""),
    ):
        stderr = io.StringIO()
        print_report(request.getfixturevalue(name), "json", False, io.StringIO(), stderr)
        assert stderr.getvalue() == expected


@pytest.mark.parametrize("module", ["printing", "json_output", "names", "diff", "progress"])
def test_data_formats_import_no_rich(module: str) -> None:
    code = (
        f"import sys, kubectl_gitops.report.{module}; "
        "sys.exit(bool({'rich', 'yaml', 'kubernetes', 'pygit2', 'deepdiff'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
