"""What the real API server's refusals are recognised as."""

from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, Cluster, FieldConflict
from kubectl_gitops.cluster.discovery import Resources
from kubectl_gitops.cluster.reading import get_object
from kubectl_gitops.cluster.writing import apply, create, json_patch, update

Body = dict[str, Any]


def template(**spec: Any) -> Body:
    return {"metadata": {"labels": {"app": "web", "tier": "x"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]} | spec}  # fmt: skip


def workload(kind: str, labels: dict[str, str], **spec: Any) -> Body:
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "web"},
            "spec": {"selector": {"matchLabels": labels}, "template": template()} | spec}  # fmt: skip


def core(kind: str, **content: Any) -> Body:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "web"}} | content


def job(image: str) -> Body:
    pod = template(restartPolicy="Never", containers=[{"name": "web", "image": image}])
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "web"}, "spec": {"template": pod}}


def claim(storage_class: str) -> Body:
    spec = {"accessModes": ["ReadWriteOnce"], "storageClassName": storage_class,
            "resources": {"requests": {"storage": "1Gi"}}}  # fmt: skip
    return core("PersistentVolumeClaim", spec=spec)


def binding(role: str) -> Body:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "web"},
            "roleRef": reference, "subjects": []}  # fmt: skip


def put(connection: Cluster, resources: Resources, namespace: str, body: Body, **flags: Any) -> Body:
    resource = resources.find(body["apiVersion"], body["kind"])
    assert resource is not None
    placed = body | {"metadata": body["metadata"] | {"namespace": namespace}}
    return apply(connection, resource, placed, **flags)


LABELS, MORE = {"app": "web"}, {"app": "web", "tier": "x"}


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        (workload("Deployment", LABELS), workload("Deployment", MORE), "spec.selector"),
        (workload("DaemonSet", LABELS), workload("DaemonSet", MORE), "spec.selector"),
        (workload("StatefulSet", LABELS, serviceName="a"), workload("StatefulSet", LABELS, serviceName="b"),
         "spec"),
        (job("web:1"), job("web:2"), "spec.template"),
        (claim("a"), claim("b"), "spec"),
        (binding("a"), binding("b"), "roleRef"),
        (core("ConfigMap", immutable=True, data={"a": "1"}), core("ConfigMap", immutable=True, data={"a": "2"}),
         "data"),
        (core("Secret", type="Opaque"), core("Secret", type="example.com/other"), "type"),
        (core("Pod", spec={"containers": [{"name": "web", "image": "web", "args": ["1"]}]}),
         core("Pod", spec={"containers": [{"name": "web", "image": "web", "args": ["2"]}]}), "spec"),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)  # fmt: skip
def test_immutable_fields(
    connection: Cluster, resources: Resources, namespace: str, before: Body, after: Body, field: str
) -> None:
    put(connection, resources, namespace, before)
    with pytest.raises(ApiError) as caught:
        put(connection, resources, namespace, after, force=True)
    error = caught.value
    assert error.is_immutable
    assert error.is_invalid
    assert field in [cause.field for cause in error.causes]
    assert "\n" not in str(error)
    assert len(str(error)) < 600


def test_the_address_of_a_service_is_immutable(connection: Cluster, resources: Resources, namespace: str) -> None:
    ports = [{"port": 80}]
    made = put(connection, resources, namespace, core("Service", spec={"ports": ports}))
    network, _, last = made["spec"]["clusterIP"].rpartition(".")
    moved = {"clusterIP": f"{network}.{9 if last == '8' else 8}", "ports": ports}
    with pytest.raises(ApiError) as caught:
        put(connection, resources, namespace, core("Service", spec=moved))
    assert caught.value.is_immutable


def test_an_invalid_object_is_not_immutable(connection: Cluster, resources: Resources, namespace: str) -> None:
    body = workload("Deployment", {"app": "other"})
    with pytest.raises(ApiError) as caught:
        put(connection, resources, namespace, body)
    assert (caught.value.is_invalid, caught.value.is_immutable, caught.value.status) == (True, False, 422)


@pytest.mark.parametrize(
    "body", [core("ConfigMap", dat={}), core("ConfigMap", data={"a": 1}), core("ConfigMap", data={"a": {}})]
)
def test_an_apply_that_does_not_fit_the_schema_is_the_objects_fault(
    connection: Cluster, resources: Resources, namespace: str, body: Body
) -> None:
    with pytest.raises(ApiError, match=r"\.dat") as caught:
        put(connection, resources, namespace, body)
    assert caught.value.is_invalid


def test_field_conflicts_name_manager_and_field(connection: Cluster, resources: Resources, namespace: str) -> None:
    put(
        connection,
        resources,
        namespace,
        core("ConfigMap", data={"a": "1", "b.c": "1"}),
        manager='the "other" one',
    )
    with pytest.raises(ApiError) as caught:
        put(connection, resources, namespace, core("ConfigMap", data={"a": "2", "b.c": "2"}))
    error = caught.value
    assert (error.is_field_conflict, error.is_conflict) == (True, False)
    assert error.field_conflicts == (
        FieldConflict('the "other" one', ".data.a"),
        FieldConflict('the "other" one', ".data.b.c"),
    )


def test_a_stale_resource_version_is_a_conflict(connection: Cluster, resources: Resources, namespace: str) -> None:
    made = put(connection, resources, namespace, core("ConfigMap", data={"a": "1"}))
    put(connection, resources, namespace, core("ConfigMap", data={"a": "2"}))
    resource = resources.find("v1", "ConfigMap")
    assert resource is not None
    with pytest.raises(ApiError) as caught:
        update(connection, resource, made)
    assert (caught.value.is_conflict, caught.value.is_field_conflict) == (True, False)
    tests = [{"op": "test", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]}]
    with pytest.raises(ApiError) as caught:
        json_patch(connection, resource, namespace, "web", tests, manager="t")
    assert (caught.value.is_rejected_patch, caught.value.is_immutable) == (True, False)


def test_what_exists_and_what_does_not(connection: Cluster, resources: Resources, namespace: str) -> None:
    resource = resources.find("v1", "ConfigMap")
    assert resource is not None
    body = core("ConfigMap", metadata={"name": "web", "namespace": namespace})
    create(connection, resource, body)
    with pytest.raises(ApiError) as caught:
        create(connection, resource, body)
    assert (caught.value.is_already_exists, caught.value.is_conflict) == (True, False)
    assert get_object(connection, resource, namespace, "other") is None
    assert get_object(connection, resource, "no-such-namespace", "web") is None
    for unserved in (resource._replace(plural="nothings"), resource._replace(group="no.example.com")):
        with pytest.raises(ApiError) as caught:
            get_object(connection, unserved, namespace, "web")
        assert (caught.value.is_unserved, caught.value.is_not_found) == (True, False)


def test_a_terminating_namespace(connection: Cluster, resources: Resources, namespace: str) -> None:
    held = core("Namespace", metadata={"name": f"{namespace}-ending"})
    of_namespaces = resources.find("v1", "Namespace")
    assert of_namespaces is not None
    create(connection, of_namespaces, held)
    connection.request("DELETE", of_namespaces.path("", held["metadata"]["name"]))
    with pytest.raises(ApiError) as caught:
        put(connection, resources, held["metadata"]["name"], core("ConfigMap"))
    assert (caught.value.is_terminating_namespace, caught.value.is_forbidden) == (True, False)


@pytest.mark.parametrize(
    "content",
    [
        {"data": {"key": {"a": "hunter2"}}},
        {"data": {"key": "hunter2!!"}},
        {"stringData": {"key": ["hunter2"]}},
        {"type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": "hunter2"}},
        {"type": "hunter2", "metadata": {"name": "web", "labels": {"x": "hunter2 !"}}},
        {"immutable": "hunter2"},
        {"hunter2": 1},
    ],
)
def test_no_text_about_a_secret_leaves(
    connection: Cluster, resources: Resources, namespace: str, content: Body
) -> None:
    with pytest.raises(ApiError) as caught:
        put(connection, resources, namespace, core("Secret", **content))
    error = caught.value
    assert error.about_secret
    assert error.is_invalid
    shown = [str(error), repr(error), error.message, error.safe_message(), str(error.causes), str(error.args)]
    assert "hunter2" not in " ".join(shown)


def test_the_fields_of_a_refused_secret_are_named(connection: Cluster, resources: Resources, namespace: str) -> None:
    put(connection, resources, namespace, core("Secret", type="Opaque"))
    with pytest.raises(ApiError, match="HTTP 422 Invalid on type "):
        put(connection, resources, namespace, core("Secret", type="example.com/other"))


def test_safe_message_withholds_the_text_of_any_object() -> None:
    answer = {
        "message": "hunter2",
        "reason": "Invalid",
        "details": {"causes": [{"field": "spec.x", "message": "hunter2"}]},
    }
    error = ApiError(422, answer, "/apis/example.com/v1/vaults/a")
    assert str(error) == "hunter2"
    assert "hunter2" not in error.safe_message(secret=True)
    assert "spec.x" in error.safe_message(secret=True)


def test_a_first_line_that_announces_the_next_one_is_joined_with_it() -> None:
    text = (
        "failed to create typed patch object (default/x; /v1, Kind=ConfigMap): errors:\n  .data.on: expected string\n"
    )
    assert str(ApiError(500, {"message": text}, "/api/v1/namespaces/d/configmaps/x")).endswith(
        "errors: .data.on: expected string"
    )
