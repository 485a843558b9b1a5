"""Custom resources for the differential test: a CRD with one field for each way that a value can merge, and more."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.core.proof.workloads import QUANTITIES, Body, some

_TEXT = {"type": "string"}

_ITEM = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": _TEXT, "value": _TEXT, "weight": {"type": "integer", "default": 1}},
}
_PAIR = {
    "type": "object",
    "required": ["port"],
    "properties": {"port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "note": _TEXT},
}
_PLAIN = {
    "type": "object",
    "properties": {
        "k": _TEXT,
        "d": {"type": "string", "default": "dd"},
        "n": {"type": "object", "default": {}, "properties": {"x": {"type": "integer", "default": 1}}},
    },
}

_SPEC: dict[str, Any] = {
    "size": {"type": "integer", "default": 3},
    "ratio": {"type": "number"},
    "mode": {"type": "string", "default": "a"},
    "flag": {"type": "boolean"},
    "tags": {"type": "array", "items": _TEXT, "x-kubernetes-list-type": "set"},
    "words": {"type": "array", "items": _TEXT},
    "items": {"type": "array", "items": _ITEM, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]},
    "pairs": {
        "type": "array",
        "items": _PAIR,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
    },
    "plain": {"type": "array", "items": _PLAIN, "x-kubernetes-list-type": "atomic"},
    "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "port": {"x-kubernetes-int-or-string": True},
    "quantity": {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True},
    "when": {"type": "string", "format": "date-time"},
    "entries": {"type": "object", "additionalProperties": _TEXT},
    "nested": {
        "type": "object",
        "properties": {
            "deep": {"type": "object", "properties": {"leaf": _TEXT, "filled": {"type": "integer", "default": 7}}}
        },
    },
    "whole": {
        "type": "object",
        "x-kubernetes-map-type": "atomic",
        "properties": {"a": _TEXT, "b": {"type": "integer", "default": 2}},
    },
    "nothing": {"type": "string", "nullable": True},
    "embedded": {
        "type": "object",
        "x-kubernetes-embedded-resource": True,
        "x-kubernetes-preserve-unknown-fields": True,
    },
}

DEFINITION: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.proof.example.com"},
    "spec": {
        "group": "proof.example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": _SPEC},
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}


def definition(random: Random) -> Body:
    """A CRD that isn't served, so that the server does not publish it: that would take seconds of its time."""
    number = random.randrange(10**9)
    names = {"plural": f"gadgets{number}", "kind": f"Gadget{number}"}
    properties: Body = {
        "size": {"type": "integer", **some(random, default=random.choice((0, 3)), minimum=0, description="")},
        "tags": {"type": "array", "items": {"type": "string"}, **some(random, **{"x-kubernetes-list-type": "set"})},
        "any": {"x-kubernetes-preserve-unknown-fields": True, "type": "object", **some(random, nullable=False)},
        "port": {"x-kubernetes-int-or-string": True},
    }
    spec = {"type": "object", "properties": dict(random.sample(sorted(properties.items()), random.randint(1, 4)))}
    version = {
        "name": "v1", "served": False, "storage": True,
        "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": spec}, **some(random, required=["spec"]),
        }},
        **some(random, subresources={"status": {}}, deprecated=False,
               additionalPrinterColumns=[
                   {"name": "S", "type": "integer", "jsonPath": ".spec.size", **some(random, priority=0)},
               ]),
    }  # fmt: skip
    return {"metadata": {"name": f"{names['plural']}.proof.example.com"}, "spec": {
        "group": "proof.example.com",
        "names": {**names, **some(random, shortNames=[f"g{number}"], singular=f"gadget{number}")},
        "scope": "Namespaced", "versions": [version], **some(random, conversion={"strategy": "None"}),
    }}  # fmt: skip


def widget(random: Random) -> Body:
    """An object of the CRD in ``widgets``."""
    items = [{"name": name, **some(random, value=random.choice(("1", "")), weight=random.choice((0, 1, 5)))}
             for name in random.sample(("a", "b", "c"), random.randint(0, 3))]  # fmt: skip
    pairs = [
        {"port": port, **some(random, protocol="TCP"), **some(random, note="n")} for port in random.sample((1, 2, 3), 2)
    ]
    anything: Body = random.choice(({}, {"x": 1, "y": [1, {"z": None}]}, {"x": {"y": {}}}, {"s": "", "n": 0}))
    return {"spec": some(
        random, size=random.choice((0, 3, 4)), ratio=random.choice((0.5, 1, 2.0)), mode=random.choice(("a", "b", "")),
        flag=random.random() < 0.5, tags=random.sample(("x", "y", "z"), random.randint(0, 3)), items=items, pairs=pairs,
        plain=[{"k": "a", **some(random, d="dd")}, {"k": "b", **some(random, n={})}], anything=anything,
        port=random.choice((80, "80", "http", "50%")), quantity=random.choice(QUANTITIES),
        words=random.sample(("p", "q"), 2), when="2026-01-02T03:04:05+01:00", entries=some(random, a="1", b=""),
        nested=some(random, deep=some(random, leaf="x")),
        whole=some(random, a="1", b=2), nothing=random.choice((None, "x")),
        embedded={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}, "data": {"a": "1"}},
    )}  # fmt: skip
