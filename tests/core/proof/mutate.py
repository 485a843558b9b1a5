"""Random changes: of what is declared, and of what is in the cluster the way people and controllers change it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from kubectl_gitops.core.schema import Merge, Node
from tests.core.proof.workloads import QUANTITIES, Body

Place = tuple[Any, Any]
"""A dict or list, and the key or position in it."""

SPELLINGS = {
    "1": "1000m", "1000m": "1", "500m": "0.5", "1Gi": "1024Mi", "1k": "1000", "64Mi": "65536Ki", "2": "2000m",
    "2Gi": "2048Mi",
    "0": "0m", "1536Mi": "1.5Gi", "100m": "0.1", "1G": "1000M", "10m": "0.01", "80": "0080",
}  # fmt: skip
FIXED = ("apiVersion", "kind", "metadata", "status")


def places(value: Any, container: Any = None, key: Any = None) -> Iterator[Place]:
    """Every place at and below a value, the value itself aside."""
    if container is not None:
        yield container, key
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, value, name)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, value, number)


def changeable(body: Body) -> list[Place]:
    """The places that a mutation may touch: labels, annotations and everything outside metadata and status."""
    metadata = body.get("metadata") or {}
    own = {name: metadata[name] for name in ("labels", "annotations") if metadata.get(name)}
    rest = {name: item for name, item in body.items() if name not in FIXED}
    found = [place for tree in own.values() for place in places(tree)]
    for name, item in rest.items():
        found += places(item, body, name)
    return found


def other_value(random: Random, value: Any) -> Any:
    """A value of the same type: another one, or the same one written differently."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return random.choice((value + 1, float(value), 0, value - 1))
    if isinstance(value, str):
        if value in SPELLINGS and random.random() < 0.6:
            return SPELLINGS[value]
        return random.choice((value + "x", "", "1", random.choice(QUANTITIES), value.upper(), "TCP"))
    if isinstance(value, list):
        return random.choice(([], [*value[::-1]], value[:-1], value + value[-1:]))
    return {} if random.random() < 0.5 else None


def change(random: Random, body: Body) -> None:
    spots = changeable(body)
    if spots:
        container, key = random.choice(spots)
        container[key] = other_value(random, container[key])


def drop(random: Random, body: Body) -> None:
    spots = changeable(body)
    if spots:
        container, key = random.choice(spots)
        del container[key]


def drop_item(random: Random, body: Body) -> None:
    lists = [container for container, _ in changeable(body) if isinstance(container, list)]
    if lists:
        chosen = random.choice(lists)
        del chosen[random.randrange(len(chosen))]


def nothing(random: Random, body: Body) -> None:
    spots = [(container, key) for container, key in changeable(body) if isinstance(container, dict)]
    if spots:
        container, key = random.choice(spots)
        container[key] = random.choice((None, None, {}, [], ""))


def respell(random: Random, body: Body) -> None:
    spots = [(container, key) for container, key in changeable(body) if _respelled(container[key]) is not None]
    if spots:
        container, key = random.choice(spots)
        container[key] = _respelled(container[key])


def _respelled(value: Any) -> Any:
    if isinstance(value, str):
        return SPELLINGS.get(value)
    return float(value) if type(value) is int else None


def reorder(random: Random, body: Body) -> None:
    lists = [item for container, key in changeable(body) if isinstance(item := container[key], list) and len(item) > 1]
    if lists:
        random.shuffle(random.choice(lists))


def duplicate(random: Random, body: Body) -> None:
    lists = [item for container, key in changeable(body) if isinstance(item := container[key], list) and item]
    if lists:
        chosen = random.choice(lists)
        chosen.insert(random.randint(0, len(chosen)), copy.deepcopy(random.choice(chosen)))


def structs(node: Node | None, value: Any) -> Iterator[tuple[Node, Body]]:
    """The maps in a value whose fields the schema lists."""
    if node is None:
        return
    if isinstance(value, dict):
        if node.has_fields:
            yield node, value
        for name, item in value.items():
            yield from structs(node.field(name), item)
    elif isinstance(value, list):
        for item in value:
            yield from structs(node.items, item)


def add(random: Random, body: Body, node: Node) -> None:
    """Declare a field that wasn't, most often with its type's zero."""
    found = [(n, b) for name in body if name not in FIXED for n, b in structs(node.field(name), body[name])]
    if random.random() < 0.15:
        found = [(inner, body["metadata"])] if (inner := node.field("metadata")) else found
    if not found:
        return
    struct, chosen = random.choice(found)
    name = random.choice(sorted(struct.raw["properties"]))
    field = struct.field(name)
    if name in chosen or field is None:
        return
    zeros = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    zero = zeros.get(field.type, {} if field.merge is Merge.MAP else "0")
    chosen[name] = random.choice(
        (None, zero, zero, zero, {"string": "1", "integer": 1, "boolean": True}.get(field.type))
    )


DESIRED: tuple[tuple[Callable[[Random, Body], None], int], ...] = (
    (change, 3), (drop, 4), (drop_item, 3), (nothing, 3), (respell, 4), (reorder, 3), (duplicate, 1),
)  # fmt: skip


def desired_variant(random: Random, body: Body, node: Node) -> Body:
    """The declared object after one or two changes."""
    body = copy.deepcopy(body)
    for _ in range(random.choice((1, 1, 2))):
        if random.random() < 0.3:
            add(random, body, node)
        else:
            random.choices([one for one, _ in DESIRED], [weight for _, weight in DESIRED])[0](random, body)
    return body


def subset(random: Random, body: Body, keep: float) -> Body:
    """Part of an object, whole enough to be applied by somebody else: items keep their scalars."""

    def part(value: Any, inside_list: bool) -> Any:
        if isinstance(value, dict):
            return {
                name: part(item, False)
                for name, item in value.items()
                if random.random() < keep or (inside_list and not isinstance(item, dict | list))
            }
        if isinstance(value, list):
            return [part(item, True) for item in value if random.random() < max(keep, 0.6)]
        return value

    identity = {"name": body["metadata"]["name"], "namespace": body["metadata"].get("namespace")}
    labels = part(body["metadata"].get("labels") or {}, False)
    metadata = {name: item for name, item in identity.items() if item} | {"labels": labels}
    rest = {name: part(item, False) for name, item in body.items() if name not in FIXED}
    return {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": metadata, **rest}
