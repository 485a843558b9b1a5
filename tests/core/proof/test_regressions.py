"""Each disagreement with the API server that the differential test found, cut to what matters."""

from __future__ import annotations

from tests.core.proof.documents import Body, entry, verdict


def test_a_network_policys_generation_moves_with_an_empty_list() -> None:
    live: Body = {"spec": {"podSelector": {}}}
    assert verdict("NetworkPolicy", {"spec": {"podSelector": {}}}, live) is None
    assert verdict("NetworkPolicy", {"spec": {"podSelector": {}, "ingress": []}}, live) is not None


def test_a_network_policys_generation_moves_with_an_empty_map_inside_an_atomic_value() -> None:
    live: Body = {"spec": {"podSelector": {}, "ingress": [{}]}}
    assert verdict("NetworkPolicy", {"spec": {"podSelector": {"matchLabels": {}}, "ingress": [{}]}}, live) is not None
    assert verdict("NetworkPolicy", {"spec": {"podSelector": {}, "ingress": [{"ports": []}]}}, live) is not None


def test_metadata_embedded_in_a_custom_resource_keeps_its_zero_values() -> None:
    embedded = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "e"}}
    live: Body = {"spec": {"embedded": embedded}}
    assert verdict("Widget", {"spec": {"embedded": embedded}}, live) is None
    declared = {**embedded, "metadata": {"name": "e", "resourceVersion": ""}}
    assert verdict("Widget", {"spec": {"embedded": declared}}, live) is not None


def test_an_empty_list_takes_the_items_of_nobody_along_with_the_item_that_we_owned() -> None:
    # We applied a port with protocol "", which the server made TCP: the item that we own is not there by its key.
    token = 'k:{"containerPort":9000,"protocol":""}'
    owned: Body = {"f:spec": {"f:ports": {token: {".": {}, "f:containerPort": {}, "f:protocol": {}}}}}
    live: Body = {"spec": {"ports": [{"containerPort": 9000, "protocol": "TCP"}]}}
    assert verdict("Service", {"spec": {"ports": []}}, live, entry(owned, "Service")) is not None


def test_a_schema_with_a_field_that_may_not_even_be_empty_is_refused() -> None:
    live: Body = {"spec": {"versions": [{"type": "object"}]}}
    desired = {"spec": {"versions": [{"type": "object", "dependencies": {}}]}}
    assert verdict("CustomResourceDefinition", desired, live) is not None
