from typing import Any

import pytest

from kubectl_gitops.core.path import Path
from kubectl_gitops.core.unresolved import encrypted, placeholders


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ()),
        ({"metadata": None, "spec": [1]}, ()),
        ({"apiVersion": "${V}", "kind": "${K}"}, (("apiVersion",), ("kind",))),
        ({"metadata": {"name": "a-${ENV}"}}, (("metadata", "name"),)),
        ({"metadata": {"namespace": "${NS:=x}"}}, (("metadata", "namespace"),)),
        (
            {"spec": {"containers": [{"image": "a"}, {"image": "web:${TAG}", "command": ["${X}"]}]}},
            (("spec", "containers", 1, "image"),),
        ),
        ({"data": {"run.sh": "echo ${HOME}", "image": "${X}"}}, ()),
        ({"metadata": {"name": "$X $(Y) ${}"}}, ()),
    ],
)  # fmt: skip
def test_placeholders(body: dict[str, Any], paths: tuple[Path, ...]) -> None:
    assert placeholders(body) == paths


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, False),
        ({"sops": {"mac": "x"}}, True),
        ({"sops": {"version": "1"}}, False),
        ({"sops": "mac"}, False),
        ({"data": {"a": ["b", "ENC[AES256_GCM,data:x,type:str]"]}}, True),
        ({"data": {"a": "see ENC[AES256_GCM,"}, "n": 1}, False),
    ],
)
def test_encrypted(body: dict[str, Any], expected: bool) -> None:
    assert encrypted(body) is expected
