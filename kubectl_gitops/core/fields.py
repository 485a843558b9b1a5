"""Walking objects along their schema: finding a field, what differs between two values, setting and dropping fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.path import Item, Member, Path, Scalar, Step
from kubectl_gitops.core.schema import MISSING, Merge, Node


class Difference(NamedTuple):
    """One field that differs. A value that one side lacks is ``MISSING``.

    ``order`` marks an associative list or a set with the same entries in another order; the values are then lists of
    steps, one for each entry that both sides have.
    """

    path: Path
    left: Json
    right: Json
    order: bool = False


def same(one: Json, other: Json) -> bool:
    """Deep equality as JSON has it: 1 equals 1.0, and true is not 1."""
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


def item_step(node: Node, item: Json) -> Item | None:
    """What names an associative list's item: its key fields, the schema's default for one that is left out.

    None when a key is missing and has no default, or is no scalar; the server would refuse such an item.
    """
    if not isinstance(item, dict):
        return None
    keys: list[tuple[str, Scalar]] = []
    for name in node.key_fields:
        value = item.get(name, MISSING)
        if value is MISSING:
            value = node.key_default(name)
        if value is MISSING or isinstance(value, dict | list):
            return None
        keys.append((name, value))
    return Item(tuple(keys))


def entries(node: Node | None, values: Json) -> dict[Step, Json] | None:
    """The entries of an associative list or a set by their steps, in order; None if they can't be told apart."""
    if node is None or not isinstance(values, list):
        return None
    found: dict[Step, Json] = {}
    for value in values:
        step: Step | None
        if node.merge is Merge.ASSOCIATIVE:
            step = item_step(node, value)
        elif isinstance(value, dict | list):
            step = None
        else:
            step = Member(value)
        if step is None or step in found:
            return None
        found[step] = value
    return found


def child(node: Node | None, step: Step) -> Node | None:
    """The schema one step down; None where the schema says nothing."""
    if node is None:
        return None
    return node.field(step) if isinstance(step, str) else node.items


def schema_at(node: Node | None, path: Path) -> Node | None:
    """The schema of the field at the path; None where the schema says nothing."""
    for step in path:
        node = child(node, step)
    return node


def atomic_around(node: Node | None, path: Path) -> Path | None:
    """The part of the path up to the atomic value that it leads into; None if every step can have its own owner."""
    for length, step in enumerate(path):
        if isinstance(step, int) or (node is not None and node.merge in (Merge.ATOMIC, Merge.SCALAR)):
            return path[:length]
        node = child(node, step)
    return None


def value_at(node: Node | None, value: Json, path: Path) -> Json:
    """The value at the path, or ``MISSING``. A port without ``protocol`` is found under the schema's default."""
    for step in path:
        value = _below(node, value, step)
        if value is MISSING:
            return MISSING
        node = child(node, step)
    return value


def _below(node: Node | None, value: Json, step: Step) -> Json:
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else MISSING
    position = position_of(node, value, step)
    return MISSING if position is None else value[position]


def position_of(node: Node | None, values: Json, step: Step) -> int | None:
    """Where in a list the entry stands that the step names, counted from 0."""
    if not isinstance(values, list):
        return None
    wanted = dict(step.keys) if isinstance(step, Item) else {}
    for position, value in enumerate(values):
        if isinstance(step, Member):
            if same(value, step.value):
                return position
        elif isinstance(value, dict) and all(
            same(value.get(name, _key_default(node, name)), key) for name, key in wanted.items()
        ):
            return position
    return None


def _key_default(node: Node | None, name: str) -> Json:
    return node.key_default(name) if node is not None else MISSING


def differences(node: Node | None, left: Json, right: Json, path: Path = ()) -> Iterator[Difference]:
    """Each field in which two values differ, as deep as the schema lets two owners share them.

    Maps are walked key by key, also where one side has none of it; an item of a list that only one side has is one
    difference, and so is anything atomic.
    """
    if same(left, right):
        return
    merge = node.merge if node is not None else Merge.UNKNOWN
    one_sided_map = MISSING in (left, right) and path and isinstance(path[-1], str)
    if merge in (Merge.MAP, Merge.UNKNOWN) and _walkable(left, right, bool(one_sided_map)):
        lefts = {} if left is MISSING else left
        rights = {} if right is MISSING else right
        for key in (*rights, *(key for key in lefts if key not in rights)):
            yield from differences(child(node, key), lefts.get(key, MISSING), rights.get(key, MISSING), (*path, key))
        return
    if merge in (Merge.ASSOCIATIVE, Merge.SET):
        some, others = entries(node, left), entries(node, right)
        if some is not None and others is not None:
            yield from _entry_differences(node, some, others, path)
            return
    yield Difference(path, left, right)


def _walkable(left: Json, right: Json, one_sided: bool) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return True
    present = right if left is MISSING else left
    return one_sided and isinstance(present, dict) and bool(present)


def _entry_differences(
    node: Node | None, lefts: dict[Step, Json], rights: dict[Step, Json], path: Path
) -> Iterator[Difference]:
    for step in (*rights, *(step for step in lefts if step not in rights)):
        yield from differences(child(node, step), lefts.get(step, MISSING), rights.get(step, MISSING), (*path, step))
    before = [step for step in lefts if step in rights]
    after = [step for step in rights if step in lefts]
    if before != after:
        yield Difference(path, before, after, order=True)


def with_value(node: Node | None, body: Json, path: Path, value: Json) -> Json:
    """A copy of ``body`` with the field set; ``MISSING`` drops it, and with it every container that this empties.

    What is not there can't be dropped: the body then comes back as it was. A position behind an atomic list's end
    stands for its next one.
    """
    if value is MISSING and value_at(node, body, path) is MISSING:
        return body
    return _with_value(node, body, path, value)


def _with_value(node: Node | None, body: Json, path: Path, value: Json) -> Json:
    step, rest = path[0], path[1:]
    if not isinstance(step, str):
        return _list_with_value(node, body, step, rest, value)
    mapping = dict(body) if isinstance(body, dict) else {}
    below = _with_value(child(node, step), mapping.get(step, MISSING), rest, value) if rest else value
    if below is MISSING:
        mapping.pop(step, None)
    else:
        mapping[step] = below
    return mapping or MISSING


def _list_with_value(node: Node | None, body: Json, step: Item | Member | int, rest: Path, value: Json) -> Json:
    items = list(body) if isinstance(body, list) else []
    position = step if isinstance(step, int) else position_of(node, items, step)
    if position is None or position >= len(items):
        if rest:
            start = dict(step.keys) if isinstance(step, Item) else MISSING
            value = _with_value(child(node, step), start, rest, value)
        items.append(value)
        return items
    below = _with_value(child(node, step), items[position], rest, value) if rest else value
    if below is MISSING:
        del items[position]
    else:
        items[position] = below
    return items or MISSING


def in_order_of(node: Node | None, items: list[Json], order: list[Step]) -> list[Json]:
    """The items with those that ``order`` names moved into that order, the others left where they stand.

    Items that can't be told apart stay as they are.
    """
    by_step = entries(node, items)
    if by_step is None:
        return items
    ranked = iter([by_step[step] for step in order if step in by_step])
    named = set(order)
    return [next(ranked) if step in named else item for step, item in by_step.items()]


def overlay(node: Node | None, live: Json, desired: Json) -> Json:
    """What live would be with every declared field set, by the schema's merge rules and without the server's defaults.

    For the cases in which the server can't be asked, because it refuses the change as such.
    """
    if live is MISSING or live is None:
        return desired
    merge = node.merge if node is not None else Merge.UNKNOWN
    if merge in (Merge.MAP, Merge.UNKNOWN) and isinstance(live, dict) and isinstance(desired, dict):
        merged = dict(live)
        for key, value in desired.items():
            merged[key] = overlay(child(node, key), live.get(key, MISSING), value)
        return merged
    if merge in (Merge.ASSOCIATIVE, Merge.SET):
        olds, news = entries(node, live), entries(node, desired)
        if olds is not None and news is not None:
            joined = dict(olds)
            for step, value in news.items():
                joined[step] = overlay(child(node, step), olds.get(step, MISSING), value)
            return list(joined.values())
    return desired
