"""Whatever a report holds: no secret comes out, nothing steers the terminal, all JSON fits the schema."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_gitops.core.masking import LAST_APPLIED
from kubectl_gitops.core.reports import (
    Action,
    ApplyObject,
    ApplyReport,
    ClusterReport,
    DriftReport,
    FieldReport,
    GitBy,
    Ignored,
    LiveBy,
    ObjectRef,
    ObjectReport,
    Report,
    SkippedDocument,
    SourceReport,
    State,
    Verdict,
)
from kubectl_gitops.core.schema import MISSING
from kubectl_gitops.report.drift_text import drift_text
from kubectl_gitops.report.printing import DRIFT_OUTPUTS, OUTPUTS, print_report

SCHEMAS = Path(__file__).parents[2] / "schemas"
DRIFT_SCHEMA = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "drift-report.json").read_text()))
COMMIT = "0" * 40

# Letters that nothing else in a report is made of, so that finding them means that they leaked.
WORDS = st.text("ΑΒΓΔΕΖΗΘ", min_size=6, max_size=20)
NASTY = st.text(st.characters(codec=None), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    NASTY | st.integers(-(2**70), 2**70) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NASTY, inner, max_size=3),
    max_leaves=6,
)
CLUSTER = st.builds(ClusterReport, NASTY, NASTY, NASTY)
SOURCE = st.builds(SourceReport, NASTY, NASTY, st.just(COMMIT) | st.just(""), NASTY, NASTY, NASTY)


def encoded(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


@st.composite
def secrets(draw: st.DrawFn) -> tuple[list[str], DriftReport, ApplyReport]:
    words = draw(st.lists(WORDS, min_size=3, max_size=3, unique=True))
    under = draw(st.sampled_from(["data", "stringData"]))
    base, desired, live = [encoded(word) for word in words] if under == "data" else words

    def body(value: str) -> dict[str, Any]:
        metadata = {"name": "db", "annotations": {LAST_APPLIED: json.dumps({"stringData": {"a": value}})}}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, under: {"a": value, "b": base}}

    path, wrap = draw(
        st.sampled_from([((under, "a"), None), ((under,), "a"), (("metadata", "annotations", LAST_APPLIED), None)])
    )
    values: list[Any] = [{wrap: value} if wrap else value for value in (base, desired, live)]
    verdict = draw(st.sampled_from(list(Verdict)))
    by = GitBy(COMMIT, "Ada", "2026-01-01T00:00:00Z", f"Set it to {words[1]}")
    field = FieldReport(path, verdict, values[0], values[1], values[2], LiveBy("kubectl-edit", "Update"), by)
    if path[0] == "metadata":
        field = FieldReport(path, verdict, values[0], values[1], values[2])
    ref = ObjectRef("v1", "Secret", "shop", "db")
    said = f"Secret db is invalid: {under}: {base}, {words[1]}, {live!r}" if path[0] != "metadata" else ""
    item = ObjectReport(
        ref, draw(st.sampled_from(list(State))), "db.yaml", 1, (field,), said, body(live), body(desired)
    )
    drift = DriftReport(
        "shop",
        "",
        SourceReport("r", "."),
        ClusterReport("c", "s"),
        objects=(item,),
        could_not_tell=(said,) * bool(said),
    )
    done = ApplyObject(ref, draw(st.sampled_from(list(Action))), None, said, (field,))
    refusals = draw(st.sampled_from([(), (said or "no",)]))
    applied = ApplyReport("apply", "shop", "", COMMIT, ClusterReport("c", "s"), None, (done,), refusals)
    return words, drift, applied


def all_prints(report: Report) -> str:
    out = io.StringIO()
    for output in DRIFT_OUTPUTS if isinstance(report, DriftReport) else OUTPUTS:
        print_report(report, output, False, out, out)
        print_report(report, output, True, out, out)
    return out.getvalue()


@given(secrets())
@settings(deadline=None, max_examples=60)
def test_no_value_of_a_secret_in_any_output(case: tuple[list[str], DriftReport, ApplyReport]) -> None:
    words, drift, applied = case
    out = all_prints(drift) + all_prints(applied)
    for word in words:
        for form in (word, encoded(word), json.dumps(word)[1:-1], repr(encoded(word))):
            assert form not in out


OBJECTS = st.builds(
    ObjectReport,
    st.builds(ObjectRef, st.sampled_from(["v1", "apps/v1"]), NASTY.filter(bool), NASTY, NASTY.filter(bool)),
    st.sampled_from(list(State)),
    NASTY,
    st.integers(0, 9),
    st.lists(
        st.builds(
            FieldReport,
            st.tuples(st.just("data"), NASTY),
            st.sampled_from(list(Verdict)),
            VALUES | st.just(MISSING),
            VALUES | st.just(MISSING),
            VALUES | st.just(MISSING),
            st.none() | st.builds(LiveBy, NASTY, NASTY, NASTY),
            st.none() | st.builds(GitBy, st.just(COMMIT), NASTY, NASTY, NASTY),
        ),
        max_size=2,
    ).map(tuple),
    NASTY,
)
DRIFTS = st.builds(
    DriftReport,
    NASTY,
    NASTY,
    SOURCE,
    CLUSTER,
    st.sampled_from(["", COMMIT]),
    st.integers(0, 5),
    st.lists(OBJECTS, max_size=3).map(tuple),
    st.lists(st.builds(Ignored, st.none(), NASTY, NASTY.filter(bool), NASTY), max_size=2).map(tuple),
    st.lists(st.builds(SkippedDocument, NASTY, st.integers(1, 9), NASTY), max_size=2).map(tuple),
    could_not_tell=st.lists(NASTY, max_size=2).map(tuple),
    arguments=NASTY,
)


@given(DRIFTS, st.integers(1, 200), st.booleans())
@settings(deadline=None, max_examples=80)
def test_text_holds_nothing_that_steers_a_terminal(report: DriftReport, width: int, details: bool) -> None:
    plain = drift_text(report, details, width)
    assert plain.replace("\n", "").isprintable()
    coloured = drift_text(report, details, width, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@given(DRIFTS)
@settings(deadline=None, max_examples=80)
def test_every_format_takes_anything(report: DriftReport) -> None:
    assert all_prints(report).replace("\n", "").isprintable()
    out = io.StringIO()
    print_report(report, "json", False, out)
    DRIFT_SCHEMA.validate(json.loads(out.getvalue()))
