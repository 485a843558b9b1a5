import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.fields import differences, value_at
from kubectl_gitops.core.path import Item, parse, starts_with
from kubectl_gitops.core.removal import removal_patch
from kubectl_gitops.core.schema import MISSING
from tests.core.objects import DEPLOYMENTS, fields_of, is_key, patched
from tests.core.shapes import CONTAINERS, DEPLOYMENT, deployment, live, pods

TEST = {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}
BODY = live(
    deployment(
        pods(
            {
                "name": "web",
                "args": ["a", "b"],
                "env": [{"name": "A"}, {"name": "B"}, {"name": "C", "value": "1"}],
                "ports": [{"containerPort": 80}],
            },
            {"name": "log"},
        ),
        annotations={"example.com/a~b": "1", "c": None},
        finalizers=["x", "y"],
    )
)


def paths_of(*written: str) -> list[Any]:
    return [parse(one) for one in written]


@pytest.mark.parametrize(
    ("paths", "pointers"),
    [
        ([], []),
        (["metadata.annotations.missing", f"{CONTAINERS}[name=other]"], []),
        (['metadata.annotations["example.com/a~b"]'], ["/metadata/annotations/example.com~1a~0b"]),
        (["metadata.annotations.c"], ["/metadata/annotations/c"]),
        (['metadata.finalizers[="y"]'], ["/metadata/finalizers/1"]),
        ([f"{CONTAINERS}[name=log]"], ["/spec/template/spec/containers/1"]),
        ([f"{CONTAINERS}[name=web].args[0]"], ["/spec/template/spec/containers/0/args/0"]),
        (
            [f"{CONTAINERS}[name=web].env[name=A]", f"{CONTAINERS}[name=web].env[name=C]"],
            ["/spec/template/spec/containers/0/env/2", "/spec/template/spec/containers/0/env/0"],
        ),
        (
            [f"{CONTAINERS}[name=web]", f"{CONTAINERS}[name=web].env[name=C].value"],
            ["/spec/template/spec/containers/0/env/2/value", "/spec/template/spec/containers/0"],
        ),
        (
            [
                f"{CONTAINERS}[name=web].ports[containerPort=80,protocol=TCP]",
                f"{CONTAINERS}[name=web].ports[protocol=TCP,containerPort=80]",
            ],
            ["/spec/template/spec/containers/0/ports/0"],
        ),
        (["metadata.annotations.c", "metadata.annotations.c"], ["/metadata/annotations/c"]),
    ],
)
def test_removals(paths: list[str], pointers: list[str]) -> None:
    patch = removal_patch(DEPLOYMENT, BODY, paths_of(*paths))
    assert patch == ([TEST, *({"op": "remove", "path": pointer} for pointer in pointers)] if pointers else [])


@given(DEPLOYMENTS, st.data())
def test_exactly_the_named_fields_go(body: dict[str, Any], data: st.DataObject) -> None:
    body = live(body)
    places = [place for place, _ in fields_of(DEPLOYMENT, body) if place[0] == "spec" and not is_key(place)]
    items = [
        place[:length] for place in places for length in range(1, len(place)) if isinstance(place[length - 1], Item)
    ]
    some = data.draw(st.lists(st.sampled_from([*places, *items]), max_size=4)) if places else []
    before = copy.deepcopy(body)
    after = patched(body, removal_patch(DEPLOYMENT, body, some))
    assert body == before
    assert all(value_at(DEPLOYMENT, after, place) is MISSING for place in some)
    gone = [place for place, _ in fields_of(DEPLOYMENT, body) if value_at(DEPLOYMENT, after, place) is MISSING]
    assert all(any(starts_with(place, one) for one in some) for place in gone)
    kept = [one.path for one in differences(DEPLOYMENT, body, after) if one.right is not MISSING]
    assert all(value_at(DEPLOYMENT, after, path) in ({}, []) for path in kept)
