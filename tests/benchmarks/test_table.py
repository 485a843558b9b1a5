"""The published figures are the ones that were measured."""

import json
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.promises import PROMISES, judge
from benchmarks.server import count_requests
from benchmarks.table import replaced, table

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = [json.loads((DOCS / "performance" / f"{name}.json").read_text()) for name in ("drift", "apply")]


def test_page_shows_the_measured_figures() -> None:
    page = (DOCS / "performance.md").read_text()
    assert replaced(page, table(MEASURED)) == page
    assert chart(MEASURED) == (DOCS / "performance" / "chart.svg").read_text()


def test_every_promise_was_measured() -> None:
    judged = judge(row for document in MEASURED for row in document["rows"])
    assert [one.promise for one in judged] == list(PROMISES)


def test_promise_kept_and_broken() -> None:
    def row(tool: str, wall: float) -> dict[str, object]:
        return {"work": "drift", "objects": 1010, "tool": tool, "wall": wall}

    def judged(wall: float) -> list[tuple[float, bool]]:
        return [(value, kept) for _, value, kept in judge([row("kubectl-gitops", wall), row("kubectl", 12.0)])]

    assert judged(1.0) == [(12.0, True)]
    assert judged(2.0) == [(6.0, False)]


def test_requests_without_what_the_server_asks_itself() -> None:
    labels = 'code="200",component="",dry_run="",group="{}",resource="{}",scope="",subresource="{}",verb="{}"'
    lines = [
        ("", "configmaps", "", "LIST", 3),
        ("", "configmaps", "", "WATCH", 50),
        ("coordination.k8s.io", "leases", "", "PUT", 70),
        ("", "", "openapi/v3", "GET", 90),
        ("", "", "apis", "GET", 1),
    ]
    metrics = "".join(f"apiserver_request_total{{{labels.format(*line[:4])}}} {line[4]}\n" for line in lines)
    assert count_requests(f"# TYPE apiserver_request_total counter\n{metrics}other{{}} 5\n") == 4
