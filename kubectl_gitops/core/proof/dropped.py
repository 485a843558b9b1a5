"""What we own and no longer declare: the server would remove it, unless somebody else owns it too.

The second half of the proof. The rules are those of sigs.k8s.io/structured-merge-diff, merge/update.go (prune).
Ownership comes as ``fieldsV1`` trees, see ``kubectl_gitops.core.managed``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache

from kubectl_gitops.core.managed import FieldSet
from kubectl_gitops.core.managed import step as step_of
from kubectl_gitops.core.objects import Body, Json
from kubectl_gitops.core.path import Item, Member
from kubectl_gitops.core.proof.rules import Key, Rule
from kubectl_gitops.core.proof.values import Finding, at, identical
from kubectl_gitops.core.schema import MISSING, Merge

Trail = tuple["Trail", str] | list[FieldSet]
"""The tokens of ``fieldsV1`` that lead to a place, innermost first; at the root, what everybody else owns."""

_SELF = "."
_GONE = "applied before and no longer declared"


def find(rule: Rule, owned: FieldSet, declared: Body, live: Body, trail: Trail) -> Finding | None:
    """The first field in ``owned`` that is not declared, is in the cluster, and is not certain to stay there.

    ``trail`` leads to the place. Where others' ownership can't be compared with ours it starts with none of theirs.
    """
    for token, below in owned.items():
        if token == _SELF:
            continue
        if token[:2] != "f:":
            return "ownership of a kind that this place does not have", []
        name = token[2:]
        if name in declared:
            if not below:
                continue
            child, wanted, has = rule.fields[name], declared[name], live.get(name)
            # What _inside would do, without the call.
            if child is not None and child.is_map and wanted and type(wanted) is dict and type(has) is dict:
                finding = find(child, below, wanted, has, (trail, token))
            else:
                finding = _inside(child, below, wanted, has, (trail, token))
            if finding is not None:
                return at(name, finding)
        elif name in live and not (
            _is_default(rule, name, below, declared, live[name]) or stays(rule, token, below, trail)
        ):
            return _GONE, [name]
    return None


def _inside(rule: Rule | None, owned: FieldSet, declared: Json, live: Json, trail: Trail) -> Finding | None:
    if rule is None or rule.merge is Merge.ATOMIC:
        return "fields are owned inside a value that is replaced as a whole", []
    if not declared:
        # What others left inside would go together with what we owned there, even if that is gone already.
        return (_GONE, []) if live else None
    if type(declared) is dict and type(live) is dict:
        return find(rule, owned, declared, live, trail)
    if type(declared) is list and type(live) is list and rule.merge in (Merge.ASSOCIATIVE, Merge.SET):
        return _items(rule, owned, declared, live, trail)
    return "fields are owned inside a value that has none", []


def _items(rule: Rule, owned: FieldSet, declared: list[Json], live: list[Json], trail: Trail) -> Finding | None:
    keys, live_keys = rule.keys_of(declared), rule.keys_of(live)
    if keys is None or live_keys is None:
        return "an item can't be told from the others", []
    wanted = dict(zip(keys, declared, strict=True))
    has = dict(zip(live_keys, live, strict=True))
    if len(wanted) < len(declared) or len(has) < len(live):
        return "two items have the same key", []
    seen: set[Key] = set()
    for token, below in owned.items():
        if token == _SELF:
            continue
        key = _key(token, rule.keys)
        if key is None or key in seen:
            return "ownership of an item that can't be told from the others", []
        seen.add(key)
        if key in wanted:
            if below:
                finding = _inside(rule.item, below, wanted[key], has.get(key), (trail, token))
                if finding is not None:
                    return at(rule.step(key), finding)
        elif key in has and not stays(rule, token, below, trail):
            return _GONE, [rule.step(key)]
    return None


@lru_cache(maxsize=65536)
def _key(token: str, names: tuple[str, ...]) -> Key | None:
    """The key that an item's token names, in the schema's order; () as names: a set's member."""
    try:
        step = step_of(token)
    except json.JSONDecodeError:
        return None
    if isinstance(step, Member) and not names:
        values: tuple[Json, ...] = (step.value,)
    elif isinstance(step, Item) and names and len(step.keys) == len(names):
        by_name = dict(step.keys)
        values = tuple(by_name.get(name) for name in names)
    else:
        return None
    return values if all(type(value) in (str, int) for value in values) else None


def _is_default(rule: Rule, name: str, owned: FieldSet, declared: Body, live: Json) -> bool:
    """Whether the server fills the field in again as it is: a custom resource's default, in a map that stays."""
    if rule.built_in or owned or not declared or not rule.node.is_struct_field(name):
        return False
    child = rule.fields[name]
    if child is None or child.merge is not Merge.SCALAR or child.node.default is MISSING:
        return False
    return identical(child.node.default, live)


def stays(rule: Rule, token: str, owned: FieldSet, trail: Trail) -> bool:
    """Whether somebody else owns the place, and everything below it that we own.

    A struct's field stays as soon as others own anything below it. A list's item or a key that a user chose needs an
    owner of itself: other owners of its parts don't keep it.
    """
    tokens: list[str] = []
    while isinstance(trail, tuple):
        trail, above = trail
        tokens.append(above)
    trees = trail
    for above in reversed(tokens):
        trees = [tree[above] for tree in trees if above in tree]
    return _held(rule, token, owned, trees)


def _held(rule: Rule | None, token: str, owned: FieldSet, trees: Sequence[FieldSet]) -> bool:
    here = [tree[token] for tree in trees if token in tree]
    if not here:
        return False
    name = token[2:] if token.startswith("f:") else None
    struct_field = name is not None and rule is not None and rule.node.is_struct_field(name)
    if not struct_field and not any(not tree or _SELF in tree for tree in here):
        return False
    child = None if rule is None else rule.item if name is None else rule.fields[name]
    return all(_held(child, part, below, here) for part, below in owned.items() if part != _SELF)
