"""Ownership handed over to our Apply entry."""

from typing import Any

import pytest

from kubectl_gitops.core.path import Item, Path
from kubectl_gitops.core.transfer import transfer_patch

WEB = 'k:{"name":"web"}'
DEBUG = 'k:{"name":"DEBUG"}'
ENV: Path = ("spec", "containers", Item((("name", "web"),)), "env", Item((("name", "DEBUG"),)))


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", version: str = "apps/v1") -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": version, "fieldsV1": fields}


def spec(containers: dict[str, Any]) -> dict[str, Any]:
    return {"f:spec": {"f:containers": containers}}


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "web", "resourceVersion": "7", "managedFields": list(entries)}}


OURS = entry("kubectl-gitops", spec({WEB: {".": {}, "f:name": {}, "f:image": {}}}), "Apply")
PERSON = entry("kubectl-set", spec({WEB: {"f:image": {}, "f:env": {DEBUG: {".": {}, "f:name": {}, "f:value": {}}}}}))


def test_an_item_changes_its_owner_with_all_that_is_in_it() -> None:
    fields, version = transfer_patch(live(OURS, PERSON), [ENV])
    assert version == {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"}
    assert fields["path"] == "/metadata/managedFields"
    ours, person = fields["value"]
    item: dict[str, Any] = {DEBUG: {".": {}, "f:name": {}, "f:value": {}}}
    assert ours["fieldsV1"] == spec({WEB: {".": {}, "f:name": {}, "f:image": {}, "f:env": item}})
    assert person["fieldsV1"] == spec({WEB: {"f:image": {}}})


def test_nothing_that_was_emptied_is_left_as_if_it_were_owned_itself() -> None:
    only = entry("kubectl-set", spec({WEB: {"f:env": {DEBUG: {".": {}, "f:name": {}}}}}))
    fields, _ = transfer_patch(live(OURS, only), [ENV])
    assert [one["manager"] for one in fields["value"]] == ["kubectl-gitops"]


def test_every_owner_hands_over() -> None:
    other = entry("node-fetch", spec({WEB: {"f:env": {DEBUG: {"f:value": {}}}}}))
    fields, _ = transfer_patch(live(OURS, PERSON, other), [ENV])
    assert [one["manager"] for one in fields["value"]] == ["kubectl-gitops", "kubectl-set"]


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (PERSON,),
        (OURS,),
        (OURS, entry("kubectl-set", spec({WEB: {"f:image": {}}}))),
        (OURS, entry("kubectl-set", PERSON["fieldsV1"], version="apps/v1beta1")),
        (OURS, entry("kubectl-set", {"x:later": {}})),
    ],
    ids=["no owners", "no entry of ours", "nobody else", "owned by nobody", "another apiVersion", "unknown prefix"],
)
def test_nothing_to_hand_over(entries: tuple[dict[str, Any], ...]) -> None:
    assert transfer_patch(live(*entries), [ENV]) == []


def test_the_live_object_stays_as_it_was() -> None:
    before = live(OURS, PERSON)
    transfer_patch(before, [ENV])
    assert before == live(OURS, PERSON)
