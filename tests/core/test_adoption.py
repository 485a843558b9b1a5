import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.adoption import (
    CREATORS,
    LAST_APPLIED,
    Foreign,
    Member,
    Membership,
    Unmanaged,
    foreign_owner,
    membership,
    migration_patch,
    union,
)
from kubectl_gitops.core.inventory import PART_OF, applyset_id
from kubectl_gitops.core.managed import FieldSet
from tests.controlplane import ApiError
from tests.harness import Cluster

ID = applyset_id("gitops-shop", "shop")
OTHER = applyset_id("other", "shop")
APPLIED = {
    "manager": "kubectl-gitops",
    "operation": "Apply",
    "apiVersion": "v1",
    "fieldsV1": {"f:data": {"f:a": {}}},
}
HELM = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}
FLUX = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
FLUX_HELM = {"helm.toolkit.fluxcd.io/name": "apps", "helm.toolkit.fluxcd.io/namespace": "flux-system"}
ARGO = {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}


def live(
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    fields: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    metadata = {"name": "x", "resourceVersion": "7", "labels": labels, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**metadata, "managedFields": fields}}


@pytest.mark.parametrize(
    ("body", "base", "expected"),
    [
        ({}, True, Unmanaged()),
        (live(), False, Unmanaged()),
        (live({PART_OF: ID}), False, Member()),
        (live({PART_OF: ID}, HELM), False, Member()),
        (live({PART_OF: OTHER}), False, Foreign(f"ApplySet {OTHER}")),
        (live({PART_OF: OTHER}, fields=[APPLIED]), True, Foreign(f"ApplySet {OTHER}")),
        (live({PART_OF: ""}), False, Unmanaged()),
        (live(fields=[APPLIED]), True, Member(stripped=True)),
        (live(fields=[APPLIED]), False, Unmanaged()),
        (live(), True, Unmanaged()),
        (live(annotations=HELM, fields=[APPLIED]), True, Foreign("Helm release shop/web")),
        (live(annotations={"meta.helm.sh/release-name": "web"}), False, Foreign("Helm release web")),
        (live(annotations={"meta.helm.sh/release-namespace": "shop"}), False, Unmanaged()),
        (live(annotations=ARGO), False, Foreign("Argo CD application shop")),
        (live(FLUX), False, Foreign("Flux Kustomization flux-system/apps")),
        (live(FLUX_HELM), False, Foreign("Flux HelmRelease flux-system/apps")),
        (live(FLUX_HELM, HELM), False, Foreign("Helm release shop/web")),
        (live({"app.kubernetes.io/managed-by": "Helm"}), False, Unmanaged()),
    ],
)
def test_membership(body: dict[str, Any], base: bool, expected: Membership) -> None:
    assert membership(body, ID, declared_by_base=base) == expected


def test_any_applyset_owns_for_one_who_has_none() -> None:
    assert foreign_owner(live({PART_OF: ID})) == f"ApplySet {ID}"
    assert foreign_owner(live()) is None


def entry(manager: str, fields: FieldSet, version: str = "v1", time: str = "1", **more: str) -> dict[str, Any]:
    operation = more.pop("operation", "Update")
    kept = {"manager": manager, "operation": operation, "apiVersion": version, "time": time, **more}
    return {**kept, "fieldsType": "FieldsV1", "fieldsV1": fields}


ANNOTATION: FieldSet = {"f:metadata": {"f:annotations": {".": {}, f"f:{LAST_APPLIED}": {}}}}
ONLY_ANNOTATION: FieldSet = {"f:metadata": {"f:annotations": {f"f:{LAST_APPLIED}": {}}}}


def managed_after(body: dict[str, Any], take_over: frozenset[str] = CREATORS) -> list[tuple[str, str, Any]] | None:
    patch = migration_patch(body, take_over)
    assert patch is not None
    value = next((step["value"] for step in patch if step["path"] == "/metadata/managedFields"), None)
    if value is None:
        return None
    return [(one["manager"], one["operation"], one["fieldsV1"]) for one in value]


@pytest.mark.parametrize(
    "fields",
    [
        None,
        [],
        [APPLIED],
        [entry("kubectl-set", {"f:data": {}})],
        [entry("kubectl-client-side-apply", {"f:status": {}}, subresource="status")],
        [entry("kubectl-client-side-apply", {"f:data": {}}, operation="Apply")],
        [APPLIED, entry("kubectl-client-side-apply", {"f:data": {}}, version="v1beta1")],
    ],
)
def test_nothing_to_migrate(fields: list[dict[str, Any]] | None) -> None:
    assert migration_patch(live(fields=fields)) is None


def test_client_side_apply_becomes_our_apply() -> None:
    body = live(
        annotations={LAST_APPLIED: "{}"},
        fields=[
            entry("kubectl-create", {"f:data": {"f:b": {}}}, time="1"),
            entry("kubectl-client-side-apply", {**ANNOTATION, "f:data": {".": {}, "f:a": {}}}, time="2"),
            entry("kubectl-set", {"f:data": {"f:c": {}}}),
            entry("controller", {"f:status": {}}, subresource="status"),
        ],
    )
    before = copy.deepcopy(body)
    patch = migration_patch(body)
    assert body == before
    assert patch is not None
    assert patch[0]["value"][0]["time"] == "2"
    assert patch[1:] == [
        {"op": "remove", "path": "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
    ]
    assert managed_after(body) == [
        (
            "kubectl-gitops",
            "Apply",
            {"f:data": {".": {}, "f:a": {}, "f:b": {}}, "f:metadata": {"f:annotations": {".": {}}}},
        ),
        ("kubectl-set", "Update", {"f:data": {"f:c": {}}}),
        ("controller", "Update", {"f:status": {}}),
    ]


def test_it_joins_the_entry_that_we_have() -> None:
    body = live(fields=[entry("before-first-apply", {"f:data": {"f:z": {}}, "f:status": {}}), APPLIED])
    assert managed_after(body) == [("kubectl-gitops", "Apply", {"f:data": {"f:a": {}, "f:z": {}}})]


def test_another_version_keeps_its_owner() -> None:
    old = entry("kubectl-client-side-apply", {"f:data": {"f:old": {}}}, version="v1beta1", time="1")
    new = entry("kubectl-client-side-apply", {"f:data": {"f:new": {}}}, time="2")
    assert managed_after(live(fields=[old, new])) == [
        ("kubectl-gitops", "Apply", {"f:data": {"f:new": {}}}),
        ("kubectl-client-side-apply", "Update", {"f:data": {"f:old": {}}}),
    ]


@pytest.mark.parametrize(
    ("manager", "fields", "taken"),
    [
        ("ci", {"f:data": {"f:a": {}}}, False),
        ("ci", {"f:data": {"f:a": {}}, **ANNOTATION}, True),
        ("ci", {"f:data": {"f:a": {}}, **ONLY_ANNOTATION}, True),
        # kubectl edit rewrites the annotation along with one field; that field is a person's.
        ("kubectl-edit", {"f:data": {"f:a": {}}, **ONLY_ANNOTATION}, False),
        ("kubectl-replace", {"f:data": {"f:a": {}}}, False),
        *((manager, {"f:data": {"f:a": {}}}, True) for manager in sorted(CREATORS)),
    ],
)
def test_who_is_taken_over(manager: str, fields: FieldSet, taken: bool) -> None:
    body = live(annotations={LAST_APPLIED: "{}"}, fields=[entry(manager, fields)])
    found = managed_after(body)
    assert (found is not None) is taken
    if found:
        assert found[0][2]["f:data"] == {"f:a": {}}
        assert LAST_APPLIED not in json.dumps(found)


def test_metadata_goes_with_its_only_field() -> None:
    body = live(annotations={LAST_APPLIED: "{}"}, fields=[entry("ci", ONLY_ANNOTATION)])
    assert managed_after(body) == [("kubectl-gitops", "Apply", {})]


def test_other_metadata_stays() -> None:
    fields = {"f:metadata": {**ONLY_ANNOTATION["f:metadata"], "f:labels": {"f:a": {}}}}
    body = live(annotations={LAST_APPLIED: "{}"}, fields=[entry("ci", fields)])
    assert managed_after(body) == [("kubectl-gitops", "Apply", {"f:metadata": {"f:labels": {"f:a": {}}}})]


def test_managers_can_be_chosen() -> None:
    body = live(fields=[entry("ci", {"f:data": {"f:a": {}}})])
    assert migration_patch(body) is None
    assert managed_after(body, CREATORS | {"ci"}) == [("kubectl-gitops", "Apply", {"f:data": {"f:a": {}}})]
    edited = live(fields=[entry("kubectl-edit", {"f:data": {"f:a": {}}})])
    assert managed_after(edited, frozenset({"kubectl-edit"})) is not None


trees: st.SearchStrategy[FieldSet] = st.recursive(
    st.just({}),
    lambda below: st.dictionaries(st.sampled_from(["f:a", "f:b", "f:c"]), below, min_size=1).flatmap(
        lambda tree: st.sampled_from([tree, {".": {}, **tree}])
    ),
    max_leaves=8,
)
roots = st.dictionaries(st.sampled_from(["f:a", "f:b", "f:c"]), trees)


def owned(tree: FieldSet, prefix: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """The fields in a tree, by the definition of fieldsV1."""
    found: set[tuple[str, ...]] = set()
    for name, below in tree.items():
        if name == ".":
            continue
        if not below or "." in below:
            found.add((*prefix, name))
        found |= owned(below, (*prefix, name))
    return found


@given(roots, roots)
def test_union_owns_what_either_owns(one: FieldSet, other: FieldSet) -> None:
    before = copy.deepcopy((one, other))
    assert owned(union(one, other)) == owned(one) | owned(other)
    assert owned(union(one, one)) == owned(one)
    assert (one, other) == before


def web(environment: dict[str, str], labels: dict[str, str]) -> str:
    container = {
        "name": "web",
        "image": "web:1",
        "env": [{"name": name, "value": value} for name, value in environment.items()],
    }
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "labels": labels}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


@pytest.mark.parametrize("tool", ["apply", "create"])
def test_after_migration_dropped_fields_go_and_a_persons_stay(cluster: Cluster, tool: str) -> None:
    cluster.kubectl(tool, "-f", "-", input=web({"A": "1", "B": "2"}, {"team": "a", "dropped": "yes"}))
    cluster.kubectl("set", "env", "deployment/web", "EXTRA=1")
    cluster.kubectl("label", "deployment", "web", "incident=42")
    patch = migration_patch(cluster.get("deployment", "web"))

    cluster.kubectl("patch", "deployment", "web", "--type=json", "-p", json.dumps(patch))
    migrated = cluster.get("deployment", "web")
    assert migration_patch(migrated) is None
    assert LAST_APPLIED not in (migrated["metadata"].get("annotations") or {})

    desired = web({"A": "1"}, {"team": "a"})
    cluster.kubectl("apply", "--server-side", "--field-manager=kubectl-gitops", "-f", "-", input=desired)
    after = cluster.get("deployment", "web")
    assert after["metadata"]["labels"] == {"team": "a", "incident": "42"}
    container = after["spec"]["template"]["spec"]["containers"][0]
    assert [variable["name"] for variable in container["env"]] == ["A", "EXTRA"]
    managers = {one["manager"] for one in after["metadata"]["managedFields"]}
    assert managers == {"kubectl-gitops", "kubectl-set", "kubectl-label"}


def test_a_persons_edit_keeps_its_owner(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.kubectl("apply", "-f", "-", input=web({"A": "1"}, {"team": "a"}))
    monkeypatch.setenv("KUBE_EDITOR", "sed -i s/web:1/web:hotfix/")
    cluster.kubectl("edit", "deployment", "web")
    before = cluster.get("deployment", "web")
    # The premise of EDITORS: the edit took over the annotation that client-side apply owned.
    assert json.dumps(before["metadata"]["managedFields"][-1]).count(LAST_APPLIED) == 1
    cluster.kubectl("patch", "deployment", "web", "--type=json", "-p", json.dumps(migration_patch(before)))
    after = cluster.get("deployment", "web")
    managers = {one["manager"]: json.dumps(one["fieldsV1"]) for one in after["metadata"]["managedFields"]}
    assert "f:image" in managers["kubectl-edit"]
    assert not any(LAST_APPLIED in fields for fields in managers.values())


def test_a_stale_migration_is_a_conflict(cluster: Cluster) -> None:
    cluster.kubectl("create", "configmap", "settings", "--from-literal=a=b")
    patch = migration_patch(cluster.get("configmap", "settings"))
    cluster.kubectl("label", "configmap", "settings", "moved=on")
    path = f"/api/v1/namespaces/{cluster.namespace}/configmaps/settings"
    with pytest.raises(ApiError) as error:
        cluster.raw("PATCH", path, patch, "application/json-patch+json")
    assert error.value.status == 409
