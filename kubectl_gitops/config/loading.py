"""``gitops.yaml`` to the plain values of ``core.targets``; every mistake is named with its line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from typing import Any, NoReturn

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import parse
from kubectl_gitops.core.prune import DEFAULT_LIMIT, Limit, parse_limit
from kubectl_gitops.core.targets import Config, IgnoreRule, Target
from kubectl_gitops.errors import UsageError
from kubectl_gitops.manifests import locate, read_values
from kubectl_gitops.validation import errors

FILE_NAME = "gitops.yaml"

_Steps = tuple[str | int, ...]
_PLAIN = ("name", "context", "cluster", "namespace", "ref", "release")


def load(data: bytes, file: str = FILE_NAME) -> Config:
    """Read the file's bytes. ``file`` is how messages name it.

    Raises ManifestError for bad YAML, and UsageError as ``gitops.yaml:LINE: …`` for what the schema
    (``schemas/gitops.json``) forbids, for paths that leave the repository, for bad ignore paths and for
    targets of the same name. All mistakes of the schema are in the one message.
    """
    return _Reader(data, file).config()


class _Reader:
    def __init__(self, data: bytes, file: str) -> None:
        self._data = data
        self._file = file
        self._first = 1
        self._value = self._decode()

    def _decode(self) -> dict[str, Any]:
        found = read_values(self._data, self._file)
        if not found:
            raise UsageError(f"{self._file}:1: the file is empty; write apiVersion and kind")
        self._first = found[0].line
        if len(found) > 1 or not isinstance(found[0].value, dict):
            raise UsageError(f"{self._file}:{self._first}: the file must hold one mapping and nothing else")
        return _with_off(found[0].value)

    def config(self) -> Config:
        value = self._value
        problems = errors(_schema(), value)
        if problems:
            lines = [self._at(problem.path, problem.message, named=True) for problem in problems]
            raise UsageError("\n".join(lines))
        return Config(
            value.get("name", ""),
            tuple(self._targets()),
            tuple(self._rule(number, rule) for number, rule in enumerate(value.get("ignore") or ())),
            self._limit(),
            tuple(value.get("people") or ()),
            self._check(),
        )

    def _targets(self) -> Iterator[Target]:
        seen: set[str] = set()
        for number, target in enumerate(self._value.get("targets") or ()):
            place: _Steps = ("targets", number)
            if target["name"] in seen:
                self._fail((*place, "name"), f"there is a target {target['name']!r} already; rename one")
            seen.add(target["name"])
            values = target.get("values") or ()
            signers = (target.get("signatures") or {}).get("allowedSigners", "")
            yield Target(
                **{key: target.get(key, "") for key in _PLAIN},
                path=self._inside((*place, "path"), target["path"]),
                values=tuple(self._inside((*place, "values", at), text) for at, text in enumerate(values)),
                allowed_signers=self._inside((*place, "signatures", "allowedSigners"), signers),
            )

    def _rule(self, number: int, rule: Mapping[str, Any]) -> IgnoreRule:
        place: _Steps = ("ignore", number)
        try:
            pattern = parse(rule["path"])
        except ValueError as error:
            self._fail((*place, "path"), f"{error}; write it as spec.containers[name=web].image")
        try:
            expires = date.fromisoformat(rule["expires"]) if "expires" in rule else None
        except ValueError:
            self._fail((*place, "expires"), f"there is no day {rule['expires']}; write it as 2027-06-30")
        kind, name, namespace = (rule.get(key, "") for key in ("kind", "name", "namespace"))
        line = self._line(place)
        return IgnoreRule(kind, name, namespace, pattern, rule["path"], rule.get("reason", ""), expires, line)

    def _limit(self) -> Limit:
        limit = (self._value.get("prune") or {}).get("limit")
        if limit is None:
            return DEFAULT_LIMIT
        try:
            return parse_limit(str(limit))
        except ValueError as error:
            self._fail(("prune", "limit"), str(error))

    def _check(self) -> Mapping[str, Json]:
        check: dict[str, Json] = self._value.get("check") or {}
        policies = [
            self._inside(("check", "policies", number), path) for number, path in enumerate(check.get("policies") or ())
        ]
        return check | {"policies": policies} if policies else check

    def _inside(self, place: _Steps, path: str) -> str:
        parts = [part for part in path.split("/") if part not in ("", ".")]
        if path.startswith(("/", "~")) or ".." in parts or "\0" in path:
            self._fail(place, f"the path {path!r} leaves the repository; write it relative to its root")
        return "/".join(parts)

    def _fail(self, place: _Steps, message: str) -> NoReturn:
        raise UsageError(self._at(place, message))

    def _at(self, place: _Steps, message: str, *, named: bool = False) -> str:
        subject = f"{_spelled(place)}: " if named and place and not message.startswith("unknown key") else ""
        return f"{self._file}:{self._line(place)}: {subject}{message}"

    def _line(self, place: _Steps) -> int:
        found = locate(self._data, self._first, place)
        return found.line if found else self._first


def _spelled(place: _Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def _with_off(value: dict[str, Any]) -> dict[str, Any]:
    """``off`` is how a rule is switched off, and to YAML 1.1 it is the same as ``false``."""
    check = value.get("check")
    rules = check.get("rules") if isinstance(check, dict) else None
    if not isinstance(check, dict) or not isinstance(rules, dict):
        return value
    plain = {rule: "off" if level is False else level for rule, level in rules.items()}
    return value | {"check": check | {"rules": plain}}


def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((files("kubectl_gitops.schemas") / "gitops.json").read_bytes())
    return schema
