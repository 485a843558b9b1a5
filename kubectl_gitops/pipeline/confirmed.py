"""Objects that the server confirmed as clean before: what it was asked about need not be asked again.

Remembered is a digest of everything the answer depended on, never a part of an object, and of Secrets nothing at all.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

import orjson

from kubectl_gitops import diskcache
from kubectl_gitops.core.admission import MutationRule
from kubectl_gitops.core.assess import Assessment
from kubectl_gitops.core.objects import Body, GroupKind, Json

FORMAT = "1"
LASTS = 600.0
"""Seconds for which an answer counts that an admission step had a part in; it may judge by things that we don't see."""

FOLDER_LIMIT = 50 * 1024 * 1024
SECRET = GroupKind("", "Secret")


class Confirmed:
    """The confirmed verdicts of one inventory in one cluster. Nothing is written before ``save``."""

    def __init__(self, cache: Path, server: str, version: str, applyset: str) -> None:
        name = hashlib.sha256("\0".join((FORMAT, server, version, applyset)).encode()).hexdigest()[:32]
        self._file = cache / "verdicts" / f"{name}.json"
        self._known = _valid(diskcache.read(self._file))
        self._kept: dict[str, float] = {}
        self._forgot = False

    def digest(self, found: Assessment, schema: str, mutations: Iterable[MutationRule]) -> str:
        """What the server's answer on an object depends on; "" for what must not be remembered.

        ``schema`` is the digest of the kind's schema document, ``mutations`` are the rules that match the object.
        """
        sources = [rule.source for rule in mutations]
        if found.key.group_kind == SECRET or not schema or "" in sources or found.live is None:
            return ""
        parts = (found.desired, _without_bookkeeping(found.live), schema, sources)
        return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()

    def has(self, digest: str) -> bool:
        """Whether the answer is known and still counts. What is asked for is kept by ``save``."""
        until = self._known.get(digest) if digest else None
        # One that would last longer than any can was written by a clock that was wrong.
        if until is None or not (until == 0 or 0 < until - time.time() <= LASTS):
            return False
        self._kept[digest] = until
        return True

    def add(self, digest: str, mutable: bool) -> None:
        """Remember that the server would change nothing; for ``LASTS`` seconds if ``mutable``."""
        if digest:
            self._kept[digest] = time.time() + LASTS if mutable else 0.0

    def forget(self, digest: str) -> None:
        """The server says otherwise now."""
        self._known.pop(digest, None)
        self._kept.pop(digest, None)
        self._forgot = True

    def save(self, everything: bool) -> None:
        """Write what was asked for and added; unless ``everything`` was compared, beside what was known before."""
        now = {**({} if everything else self._known), **self._kept}
        if now != self._known or self._forgot:
            diskcache.write(self._file, now)
            diskcache.trim(self._file.parent, FOLDER_LIMIT)


def _valid(kept: Json) -> dict[str, float]:
    if not isinstance(kept, dict):
        return {}
    return {digest: until for digest, until in kept.items() if isinstance(until, int | float)}


def _without_bookkeeping(live: Body) -> Body:
    """Live without status and resourceVersion, its ownership without times: what moves by itself decides nothing."""
    metadata = {key: value for key, value in live["metadata"].items() if key != "resourceVersion"}
    metadata["managedFields"] = [
        {key: value for key, value in entry.items() if key != "time"}
        for entry in metadata.get("managedFields") or ()
        if entry.get("subresource") != "status"
    ]
    return {**{key: value for key, value in live.items() if key != "status"}, "metadata": metadata}
