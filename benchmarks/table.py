"""The figures as Markdown: ``python -m benchmarks.table JSON…``."""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.promises import TOOL, judge

COLUMNS = (
    "work", "objects", "by", "wall", "fastest–slowest", "× kubectl-gitops", "CPU", "peak", "requests", "rounds",
)  # fmt: skip


def table(documents: Iterable[Mapping[str, Any]]) -> str:
    """A table of all rows, and one of the promises."""
    rows = [row for document in documents for row in document["rows"]]
    ours = {(row["work"], row["objects"]): row["wall"] for row in rows if row["tool"] == TOOL}
    lines = [_line(COLUMNS), "|" + "---|" * 3 + "---:|" * (len(COLUMNS) - 3)]
    for row in rows:
        base = ours.get((row["work"], row["objects"]))
        lines.append(
            _line(
                (
                    row["work"],
                    f"{row['objects']:,}" if row["objects"] else "",
                    row["tool"],
                    _seconds(row["wall"]),
                    f"{_seconds(row['fastest'])}–{_seconds(row['slowest'])}",
                    "" if row["tool"] == TOOL or not base else f"{row['wall'] / base:.1f}",
                    _seconds(row["cpu"]),
                    f"{row['peak']:.0f} MiB",
                    f"{row['requests']:,}" if "requests" in row else "",
                    str(row["rounds"]),
                )
            )
        )
    lines += ["", _line(("promise", "must be", "is", "kept")), "|---|---:|---:|---|"]
    for promise, value, kept in judge(rows):
        must = f"≥ {promise.least:g}" if promise.most == float("inf") else f"≤ {promise.most:g}"
        shown = f"{value:.3f}" if promise.unit == "s" else f"{value:.0f}" if value > 100 else f"{value:.3g}"
        lines.append(_line((promise.text, f"{must} {promise.unit}", shown, "yes" if kept else "**no**")))
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def main() -> int:
    if len(sys.argv) < 2:
        print(f"usage: {__doc__}", file=sys.stderr)
        return 2
    print(table(json.loads(Path(name).read_text()) for name in sys.argv[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
