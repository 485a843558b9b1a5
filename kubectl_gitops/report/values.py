"""Field values as people read them: one line each, cut to the room there is, around where they differ."""

from __future__ import annotations

import json
from collections.abc import Sequence

from kubectl_gitops.core.objects import Json
from kubectl_gitops.report.escape import visible


def one_line(value: Json) -> str:
    """The value on one line, whole. Strings that read as another type are quoted: ``web:1``, ``"80"``."""
    if isinstance(value, str):
        return visible(value) if _plain(value) else visible(json.dumps(value, ensure_ascii=False))
    return visible(json.dumps(value, ensure_ascii=False, default=str))


def _plain(text: str) -> bool:
    if not text or text != text.strip() or text[0] in '"[{(':
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def abridged(texts: Sequence[str], room: int) -> list[str]:
    """The texts cut to ``room`` characters each, where needed around the first place where they differ."""
    longest = max(map(len, texts), default=0)
    if longest <= room:
        return list(texts)
    differs = next((at for at in range(longest) if len({text[at : at + 1] for text in texts}) > 1), 0)
    start = 0 if differs < room * 2 // 3 else differs - room // 3
    return [_cut(text, start, room) for text in texts]


def _cut(text: str, start: int, room: int) -> str:
    if len(text) <= room and not start:
        return text
    before = "…" if start else ""
    rest = text[start:]
    fits = room - len(before)
    return before + (rest if len(rest) <= fits else rest[: fits - 1] + "…")
