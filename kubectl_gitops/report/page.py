"""Lines of styled text, wrapped to a width with hanging indents. Data is never read as markup."""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text

from kubectl_gitops.report.escape import visible

Part = str | tuple[str, str]
"""A piece of a line: text, or text with a rich style."""


class Page:
    """Collects lines; ``text()`` returns them as one string. ``color`` adds colour sequences."""

    def __init__(self, width: int, color: bool, record: bool = False) -> None:
        self.width = max(width, 40)
        self._color = color
        self._out = io.StringIO()
        self._console = Console(
            file=self._out,
            width=self.width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            record=record,
        )

    def line(self, *parts: Part, indent: int = 0, hang: int | None = None) -> None:
        """One logical line. It starts at column ``indent`` and goes on at ``hang`` (two further)."""
        pieces = [(part, "") if isinstance(part, str) else part for part in parts]
        shown = [(visible(word), style) for word, style in pieces]
        plain = "".join(word for word, _ in shown)
        if not self._color and plain.isascii() and len(plain) <= self.width - indent:
            # The same line as below, without the cost of drawing it.
            self._out.write(f"{' ' * indent}{plain}".rstrip() + "\n")
            return
        text = Text.assemble(*shown)
        hang = indent + 2 if hang is None else hang
        # What would be squeezed into a few columns is left to the terminal to wrap.
        room = self.width - hang
        wrapped = text.wrap(self._console, room) if room >= 20 and text.cell_len > self.width - indent else [text]
        for number, piece in enumerate(wrapped):
            piece.rstrip()
            if piece:
                piece.pad_left(hang if number else indent)
            self._console.print(piece, soft_wrap=True)

    def blank(self) -> None:
        self._console.print()

    def text(self) -> str:
        return self._out.getvalue()

    def html(self, title: str) -> str:
        """The page as one self-contained HTML file; needs ``record``."""
        head = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        style = "body {{ background: {background}; color: {foreground}; margin: 2em }}\n{stylesheet}"
        body = '<pre style="font-family: monospace; white-space: pre-wrap"><code>{code}</code></pre>'
        return self._console.export_html(
            code_format=f"{head}<title>{_html_title(title)}</title>\n<style>\n{style}\n</style>\n</head>\n"
            f"<body>\n{body}\n</body>\n</html>\n"
        )


def _html_title(title: str) -> str:
    escaped = visible(title).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # The template that it becomes part of is filled in with str.format.
    return escaped.replace("{", "{{").replace("}", "}}")
