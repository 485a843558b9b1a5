"""The CRD whose objects the differential test draws: one field for each way a custom resource's value can merge."""

from __future__ import annotations

from typing import Any

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
