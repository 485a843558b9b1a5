"""Random objects of the small schemas in ``tests.core.shapes``, as hypothesis strategies."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from kubectl_gitops.core.fields import entries
from kubectl_gitops.core.path import Item, Member, Path, Step
from kubectl_gitops.core.schema import Merge, Node
from tests.core.shapes import deployment, pods

WORDS = st.sampled_from(["a", "b", "c", "web"])
COUNTS = st.integers(min_value=0, max_value=3)


def _some(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=strategies)


def _items(
    keys: dict[str, st.SearchStrategy[Any]], rest: dict[str, st.SearchStrategy[Any]], *by: str
) -> st.SearchStrategy[list[dict[str, Any]]]:
    item = st.fixed_dictionaries(keys, optional=rest)
    defaults = {"protocol": "TCP"}
    return st.lists(
        item, min_size=1, max_size=3, unique_by=lambda one: tuple(one.get(key, defaults.get(key)) for key in by)
    )


PROTOCOLS = st.sampled_from(["TCP", "UDP"])
TEXTS = st.dictionaries(WORDS, WORDS, min_size=1, max_size=2)
PORTS = _items({"containerPort": COUNTS}, {"protocol": PROTOCOLS, "name": WORDS}, "containerPort", "protocol")
CONTAINERS = _items(
    {"name": WORDS},
    {
        "image": WORDS,
        "args": st.lists(WORDS, max_size=3),
        "env": _items({"name": WORDS}, {"value": WORDS}, "name"),
        "ports": PORTS,
        "resources": _some(limits=TEXTS),
    },
    "name",
)
METADATA = _some(
    labels=TEXTS,
    annotations=st.dictionaries(WORDS, WORDS | st.none(), max_size=2),
    finalizers=st.lists(WORDS, min_size=1, max_size=3, unique=True),
)
DEPLOYMENTS = st.builds(
    lambda metadata, spec, containers: deployment(pods(*containers, **spec), **metadata),
    METADATA,
    _some(
        replicas=COUNTS,
        selector=_some(matchLabels=TEXTS),
        strategy=_some(type=WORDS, rollingUpdate=st.none() | _some(maxSurge=COUNTS)),
    ),
    CONTAINERS,
)


def fields_of(node: Node | None, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every field that can have an owner of its own, with its value: atomic values and scalars, not what is in them."""
    merge = node.merge if node is not None else Merge.UNKNOWN
    if isinstance(value, dict) and value and merge in (Merge.MAP, Merge.UNKNOWN):
        for key, below in value.items():
            yield from fields_of(node.field(key) if node else None, below, (*path, key))
    elif merge in (Merge.ASSOCIATIVE, Merge.SET) and (found := entries(node, value)):
        assert node is not None
        for step, below in found.items():
            yield from fields_of(node.items, below, (*path, step))
    else:
        yield path, value


def shuffled(value: Any) -> Any:
    """The same value with its maps in the opposite order."""
    if isinstance(value, dict):
        return {key: shuffled(below) for key, below in reversed(value.items())}
    return [shuffled(below) for below in value] if isinstance(value, list) else value


def is_key(place: Path) -> bool:
    """Whether the field is a key that tells an item apart."""
    return len(place) > 1 and isinstance(place[-2], Item) and place[-1] in dict(place[-2].keys)


def tree_of(places: Iterable[Path]) -> dict[str, Any]:
    """The ``fieldsV1`` tree of whoever applied these fields."""
    tree: dict[str, Any] = {}
    for place in places:
        at = tree
        for step in place:
            at = at.setdefault(_token(step), {".": {}} if isinstance(step, Item) else {})
    return tree


def _token(step: Step) -> str:
    if isinstance(step, Item):
        return "k:" + json.dumps(dict(sorted(step.keys)), separators=(",", ":"))
    return f"v:{json.dumps(step.value)}" if isinstance(step, Member) else f"f:{step}"


def patched(body: Any, patch: list[dict[str, Any]]) -> Any:
    """What a JSON patch of tests and removals makes of the body (RFC 6902)."""
    body = copy.deepcopy(body)
    for operation in patch:
        *above, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
        at = body
        for part in above:
            at = at[int(part)] if isinstance(at, list) else at[part]
        if operation["op"] == "test":
            assert at[last] == operation["value"]
        else:
            del at[int(last) if isinstance(at, list) else last]
    return body
