from __future__ import annotations

import re
from pathlib import Path

import pytest

from kubectl_gitops.core.proof import go_fields
from kubectl_gitops.core.proof.zero import fields_by_definition, is_zero

GO_MOD = Path(__file__).parents[2] / "controlplane" / "go.mod"


def test_the_table_knows_the_types_of_fields_and_leaves_pointers_and_required_fields_out() -> None:
    container = fields_by_definition()["io.k8s.api.core.v1.Container"]
    assert container["tty"] == "b"
    assert container["env"] == "l"
    assert container["image"] == "s"
    assert not {"name", "resources", "securityContext", "livenessProbe"} & container.keys()
    meta = fields_by_definition()["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]
    assert meta["labels"] == "m"
    assert fields_by_definition()["io.k8s.api.core.v1.ServicePort"]["nodePort"] == "n"
    assert fields_by_definition()["io.k8s.api.admissionregistration.v1.WebhookClientConfig"] == {"caBundle": "y"}
    # A pointer: 0 is kept, and means to scale down.
    assert "replicas" not in fields_by_definition().get("io.k8s.api.apps.v1.DeploymentSpec", {})


def test_every_letter_of_the_table_is_known() -> None:
    assert {letter for fields in fields_by_definition().values() for letter in fields.values()} == set("sbnlmy")


def test_the_table_is_of_the_version_that_the_tests_run() -> None:
    assert re.search(rf"k8s\.io/kubernetes {re.escape(go_fields.VERSION)}\b", GO_MOD.read_text())


@pytest.mark.parametrize(
    ("letter", "value", "expected"),
    [
        ("s", "", True), ("s", "x", False), ("s", None, False), ("s", False, False),
        ("b", False, True), ("b", True, False), ("b", 0, False), ("b", "", False),
        ("n", 0, True), ("n", 0.0, True), ("n", 1, False), ("n", False, False), ("n", "", False),
        ("l", [], True), ("l", [0], False), ("l", {}, False),
        ("m", {}, True), ("m", {"a": 1}, False), ("m", [], False),
        ("y", "", False), ("", "", False), ("", {}, False),
    ],
)  # fmt: skip
def test_only_the_zero_of_the_type_is_left_out(letter: str, value: object, expected: bool) -> None:
    assert is_zero(letter, value) is expected
