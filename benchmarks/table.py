"""The figures as Markdown: ``python -m benchmarks.table [--into PAGE] JSON…``.

With a page, they take the place of what is there between the lines ``<!-- figures -->`` and ``<!-- end -->``.
"""

import argparse
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
    """The machines, a table of all rows, and one of the promises."""
    documents = list(documents)
    rows = [row for document in documents for row in document["rows"]]
    ours = {(row["work"], row["objects"]): row["wall"] for row in rows if row["tool"] == TOOL}
    lines = [*map(_machine, documents), "", _line(COLUMNS), "|" + "---|" * 3 + "---:|" * (len(COLUMNS) - 3)]
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


def _machine(document: Mapping[str, Any]) -> str:
    machine, versions = document["machine"], document["versions"]
    return (
        f"- {document['benchmark']}, {document['time'][:10]}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory']} GiB, {machine['system']}, load {machine['load']} at the end; "
        + ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def replaced(page: str, figures: str) -> str:
    """The page with these figures in their place. Raises ValueError when it has no place for them."""
    before, begin, rest = page.partition("<!-- figures -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not (begin and end):
        raise ValueError("the page lacks the lines <!-- figures --> and <!-- end -->")
    return f"{before}{begin}\n{figures}\n\n{end}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.table", description="The figures as Markdown.")
    parser.add_argument("files", nargs="+", type=Path, metavar="JSON")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="a Markdown page to put them into")
    options = parser.parse_args()
    figures = table(json.loads(file.read_text()) for file in options.files)
    if options.into:
        options.into.write_text(replaced(options.into.read_text(), figures))
    else:
        print(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
