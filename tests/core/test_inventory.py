import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops import __version__
from kubectl_gitops.core.inventory import (
    ID_LABEL,
    KINDS,
    MOST_BYTES,
    NAMESPACES,
    PART_OF,
    TOOLING,
    Deployment,
    Inventory,
    applyset_id,
    decode,
    encode,
    refuse_move,
    refuse_rewind,
)
from kubectl_gitops.core.objects import Body, GroupKind, Key
from kubectl_gitops.errors import Failed, Refused, SourceError
from tests.harness import Cluster

SHA = "0123456789abcdef0123456789abcdef01234567"
RUN = Deployment(
    SHA,
    "2026-11-23T19:00:00Z",
    "ada",
    "Ada",
    "Add web",
    "apply",
    {"created": 1},
    "done",
    ("ConfigMap shop/a",),
)
INVENTORY = Inventory(
    name="gitops-shop",
    namespace="shop",
    repository="https://example.com/shop",
    path="envs/prod",
    renderer="kustomize v5.5.0",
    revision=SHA,
    behind={Key("apps", "Deployment", "shop", "web"): "a" * 40, Key("", "Namespace", "", "shop"): ""},
    kinds=frozenset({GroupKind("apps", "Deployment"), GroupKind("", "ConfigMap"), GroupKind("a.b", "Widget")}),
    namespaces=frozenset({"shop", "b", "a"}),
    deployments=(RUN,),
)


def edited(body: Body, *path: str, value: Any = None) -> dict[str, Any]:
    changed = copy.deepcopy(dict(body))
    target = changed
    for name in path[:-1]:
        target = target[name]
    if value is None:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return changed


def test_the_id_is_that_of_the_specification() -> None:
    # The label that kubectl 1.32 gave to a parent that it created under this name.
    assert applyset_id("my-set", "default") == "applyset-DaObTxGT41gT7jz9wyulA3kuIrhUKfuOcjAfLI6wcmQ-v1"


def test_the_parent() -> None:
    body = encode(INVENTORY)
    assert (body["apiVersion"], body["kind"]) == ("v1", "ConfigMap")
    assert body["metadata"] == {
        "name": "gitops-shop",
        "namespace": "shop",
        "labels": {ID_LABEL: INVENTORY.id},
        "annotations": {
            TOOLING: f"kubectl-gitops/v{__version__}",
            KINDS: "ConfigMap,Deployment.apps,Widget.a.b",
            NAMESPACES: "a,b",
        },
    }
    assert all(isinstance(value, str) for value in body["data"].values())
    assert json.loads(body["data"]["behind"]) == {
        "a" * 40: ["Deployment.apps/shop/web"],
        "": ["Namespace//shop"],
    }
    assert PART_OF not in body["metadata"]["labels"]


def test_the_resource_version_goes_both_ways() -> None:
    body = encode(replace(INVENTORY, resource_version="7"))
    assert body["metadata"]["resourceVersion"] == "7"
    assert decode(body).resource_version == "7"


def test_an_empty_inventory() -> None:
    empty = Inventory("gitops-x", "shop", "r", "")
    body = encode(empty)
    assert body["metadata"]["annotations"][KINDS] == ""
    assert decode(body) == replace(empty, namespaces=frozenset({"shop"}))
    assert decode(edited(body, "metadata", "annotations", NAMESPACES)).namespaces == {"shop"}


names = st.text("abc-", min_size=1, max_size=6)
group_kinds = st.builds(GroupKind, st.sampled_from(["", "apps", "a.example.com"]), st.sampled_from(["Aa", "Bb"]))
keys = st.builds(
    lambda kind, namespace, name: Key(kind.group, kind.kind, namespace, name),
    group_kinds,
    names | st.just(""),
    names,
)
deployments = st.builds(
    Deployment,
    *([st.text(max_size=20)] * 6),
    st.dictionaries(names, st.integers(0)),
    st.text(max_size=5),
    st.lists(st.text(max_size=10), max_size=5).map(tuple),
)
inventories = st.builds(
    Inventory,
    name=names,
    namespace=names,
    repository=st.text(max_size=10),
    path=st.text(max_size=10),
    renderer=st.text(max_size=5),
    revision=st.text("0123456789abcdef", max_size=40),
    behind=st.dictionaries(keys, st.text("0123456789abcdef", max_size=40)),
    kinds=st.frozensets(group_kinds),
    namespaces=st.frozensets(names),
    deployments=st.lists(deployments, max_size=4).map(tuple),
    resource_version=st.sampled_from(["", "7"]),
)


@given(inventories)
def test_decode_undoes_encode(inventory: Inventory) -> None:
    assert decode(encode(inventory)) == replace(inventory, namespaces=inventory.namespaces | {inventory.namespace})


def test_the_latest_twenty_deployments_are_kept() -> None:
    runs = tuple(replace(RUN, subject=str(number)) for number in range(25))
    kept = decode(encode(replace(INVENTORY, deployments=runs))).deployments
    assert kept == runs[:20]


def test_what_does_not_fit_is_dropped_oldest_first() -> None:
    runs = tuple(replace(RUN, subject=str(number), changed=("é" * 400,) * 60) for number in range(20))
    body = encode(replace(INVENTORY, deployments=runs))
    size = sum(len(key) + len(value.encode()) for key, value in body["data"].items())
    assert MOST_BYTES - 50 * 900 < size <= MOST_BYTES
    kept = decode(body).deployments
    assert 0 < len(kept) < 20
    assert [run.subject for run in kept] == [str(number) for number in range(len(kept))]
    assert {len(run.changed) for run in kept} == {50}


def test_long_texts_are_cut() -> None:
    run = decode(encode(replace(INVENTORY, deployments=(replace(RUN, subject="x" * 9000),)))).deployments[0]
    assert len(run.subject) == 500


def test_too_many_failures_for_a_config_map() -> None:
    behind = {Key("apps", "Deployment", "shop", f"{number:050}"): SHA for number in range(20_000)}
    with pytest.raises(Failed, match=r"ConfigMap shop/gitops-shop would not fit .* 20000 objects"):
        encode(replace(INVENTORY, behind=behind))


ANNOTATIONS = ("metadata", "annotations")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (edited(encode(INVENTORY), *ANNOTATIONS), "is no inventory"),
        (edited(encode(INVENTORY), *ANNOTATIONS, TOOLING), "is no inventory"),
        (
            edited(encode(INVENTORY), *ANNOTATIONS, TOOLING, value="kubectl/v1.27.0"),
            "is an ApplySet of kubectl, not of",
        ),
        (edited(encode(INVENTORY), *ANNOTATIONS, TOOLING, value="odd"), "is an ApplySet of odd, not of"),
        (edited(encode(INVENTORY), "metadata", "labels"), "label .* none instead of"),
        (edited(encode(INVENTORY), "metadata", "labels", ID_LABEL, value="x"), "label .* x instead of"),
        (edited(encode(INVENTORY), "metadata", "name", value="copy"), "was copied"),
        (edited(encode(INVENTORY), "data", "format", value="2"), "format 2"),
    ],
)
def test_what_is_not_ours_is_refused(body: Body, words: str) -> None:
    with pytest.raises(Refused, match=rf"ConfigMap shop/.*{words}"):
        decode(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (edited(encode(INVENTORY), "data"), "repository is missing"),
        (edited(encode(INVENTORY), "data", "revision"), "revision is missing"),
        (edited(encode(INVENTORY), *ANNOTATIONS, KINDS), "contains-group-kinds is missing"),
        (edited(encode(INVENTORY), "data", "behind", value="{"), "no JSON"),
        (edited(encode(INVENTORY), "data", "behind", value="[]"), "wrong type"),
        (edited(encode(INVENTORY), "data", "behind", value='{"a":["x"]}'), "wrong type"),
        (edited(encode(INVENTORY), "data", "deployments", value="{}x"), "no JSON"),
        (edited(encode(INVENTORY), "data", "deployments", value="[1]"), "wrong type"),
        (edited(encode(INVENTORY), "data", "deployments", value="[{}]"), "revision is missing"),
        (
            edited(
                encode(INVENTORY),
                "data",
                "deployments",
                value=encode(INVENTORY)["data"]["deployments"].replace('"ada"', "1"),
            ),
            "wrong type",
        ),
    ],
)
def test_what_cannot_be_read_is_named(body: Body, words: str) -> None:
    with pytest.raises(SourceError, match=rf"the inventory ConfigMap shop/gitops-shop can't be read \(.*{words}"):
        decode(body)


@pytest.mark.parametrize(
    ("repository", "path", "words"),
    [
        ("https://example.com/shop", "envs/prod", None),
        (
            "https://example.com/shop",
            "envs/dev",
            "belongs to https://example.com/shop at envs/prod, not to https://example.com/shop at envs/dev",
        ),
        ("https://example.com/fork", ".", "not to https://example.com/fork;"),
    ],
)
def test_refuse_move(repository: str, path: str, words: str | None) -> None:
    refusal = refuse_move(INVENTORY, repository, path)
    if words is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert words in refusal
        assert "--move-inventory" in refusal


@pytest.mark.parametrize(
    ("recorded", "revision", "descends", "words"),
    [
        ("", "b" * 40, None, None),
        (SHA, SHA, None, None),
        (SHA, "b" * 40, True, None),
        (SHA, "b" * 40, False, "bbbbbbbbbbbb does not descend from 0123456789ab"),
        (SHA, "b" * 40, None, "which is not in this repository"),
    ],
)
def test_refuse_rewind(recorded: str, revision: str, descends: bool | None, words: str | None) -> None:
    refusal = refuse_rewind(replace(INVENTORY, revision=recorded), revision, descends)
    if words is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert words in refusal
        assert "--allow-rewind" in refusal


CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "member"}, "data": {"a": "b"}}


@pytest.fixture
def applysets(monkeypatch: pytest.MonkeyPatch) -> None:
    """ApplySets are alpha in kubectl."""
    monkeypatch.setenv("KUBECTL_APPLYSET", "true")


@pytest.mark.usefixtures("applysets")
def test_kubectl_sees_an_applyset_of_other_tooling(cluster: Cluster) -> None:
    inventory = replace(INVENTORY, namespace=cluster.namespace, kinds=frozenset({GroupKind("", "ConfigMap")}))
    text = json.dumps(encode(inventory))
    cluster.kubectl("apply", "--server-side", "--field-manager=kubectl-gitops", "-f", "-", input=text)
    member = edited(CONFIG, "metadata", "labels", value={PART_OF: inventory.id})
    cluster.kubectl("create", "-f", "-", input=json.dumps(member))
    before = cluster.get("configmap", "gitops-shop")
    assert decode(before) == replace(
        inventory,
        namespaces=inventory.namespaces | {cluster.namespace},
        resource_version=before["metadata"]["resourceVersion"],
    )

    said = prune(cluster, "gitops-shop", [])
    assert "is managed by tooling" in said
    assert '"kubectl-gitops"' in said
    assert cluster.get("configmap", "gitops-shop") == before
    assert cluster.get("configmap", "member")


@pytest.mark.usefixtures("applysets")
def test_kubectl_finds_the_parent_valid(cluster: Cluster) -> None:
    """With its own name as the tool, kubectl takes the parent, and prunes by its kinds and namespaces."""
    inventory = replace(
        INVENTORY,
        namespace=cluster.namespace,
        namespaces=frozenset({cluster.namespace, "default"}),
        kinds=frozenset({GroupKind("", "ConfigMap"), GroupKind("apps", "Deployment")}),
    )
    parent = edited(encode(inventory), *ANNOTATIONS, TOOLING, value="kubectl/v1.27.0")
    cluster.kubectl("apply", "--server-side", "--field-manager=kubectl-applyset", "-f", "-", input=json.dumps(parent))
    member = edited(CONFIG, "metadata", "labels", value={PART_OF: inventory.id})
    cluster.kubectl("create", "-f", "-", input=json.dumps(member))
    other = edited(CONFIG, "metadata", "name", value="other")
    assert "configmap/member pruned" in prune(cluster, "gitops-shop", [other])


@pytest.mark.usefixtures("applysets")
def test_kubectl_has_the_same_id(cluster: Cluster) -> None:
    prune(cluster, "my-set", [CONFIG])
    parent = cluster.get("configmap", "my-set")
    assert parent["metadata"]["labels"] == {ID_LABEL: applyset_id("my-set", cluster.namespace)}
    assert cluster.get("configmap", "member")["metadata"]["labels"] == {
        PART_OF: applyset_id("my-set", cluster.namespace)
    }
    with pytest.raises(Refused, match="is an ApplySet of kubectl"):
        decode(parent)


def prune(cluster: Cluster, parent: str, objects: list[dict[str, Any]]) -> str:
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects or [CONFIG]})
    return cluster.kubectl("apply", "--prune", f"--applyset=configmap/{parent}", "-f", "-", input=items, check=False)
