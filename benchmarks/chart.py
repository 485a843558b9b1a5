"""The figures as a picture: ``python -m benchmarks.chart JSON… >chart.svg``. Bars are on a logarithmic scale."""

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

WIDTH, LABELS, BAR, GAP, TOP = 860, 200, 17, 12, 70
COLOURS = {"kubectl-gitops": "#1a7f5a", "kubectl": "#9aa5b1", "Flux ssa": "#6c8ebf", "floor": "#d9c27e"}
OTHER = "#c9c9c9"
LEAST = 0.01  # seconds, at the left end


def chart(documents: Iterable[Mapping[str, Any]]) -> str:
    """An SVG with a bar for the wall time of each row, grouped by work and number of objects."""
    rows = [row for document in documents for row in document["rows"] if row["tool"] in COLOURS]
    groups: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["work"], row["objects"]), []).append(row)
    most = max((row["wall"] for row in rows), default=1.0)
    decades = max(1, math.ceil(math.log10(most / LEAST)))
    span = WIDTH - LABELS - 90

    def width(value: float) -> float:
        return max(1.0, math.log10(max(value, LEAST) / LEAST) / decades * span)

    height = TOP + sum(len(group) * BAR + GAP + BAR for group in groups.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="22" font-size="15">Wall time of a whole process, median; logarithmic scale</text>',
    ]
    for decade in range(decades + 1):
        x = LABELS + decade / decades * span
        parts.append(f'<line x1="{x:.0f}" y1="48" x2="{x:.0f}" y2="{height - 8}" stroke="#e3e3e3"/>')
        parts.append(f'<text x="{x:.0f}" y="44" text-anchor="middle" fill="#666">{LEAST * 10**decade:g} s</text>')
    y = TOP - GAP
    for (work, objects), group in groups.items():
        title = f"{work}, {objects:,} objects" if objects else work
        y += BAR
        parts.append(f'<text x="12" y="{y - 5}" font-weight="bold">{escape(title)}</text>')
        for row in group:
            bar = width(row["wall"])
            fill = COLOURS.get(row["tool"], OTHER)
            parts.append(f'<text x="{LABELS - 8}" y="{y + 12}" text-anchor="end">{escape(row["tool"])}</text>')
            parts.append(f'<rect x="{LABELS}" y="{y + 2}" width="{bar:.1f}" height="{BAR - 4}" fill="{fill}"/>')
            parts.append(f'<text x="{LABELS + bar + 6:.1f}" y="{y + 12}">{_seconds(row["wall"])}</text>')
            y += BAR
        y += GAP
    return "\n".join([*parts, "</svg>", ""])


def _seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 1 else f"{value:.1f} s"


def main() -> int:
    if len(sys.argv) < 2:
        print(f"usage: {__doc__}", file=sys.stderr)
        return 2
    print(chart(json.loads(Path(name).read_text()) for name in sys.argv[1:]), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
