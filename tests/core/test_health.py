import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.health import Health, Status, health
from tests.harness import Cluster

CURRENT, IN_PROGRESS, FAILED = Status.CURRENT, Status.IN_PROGRESS, Status.FAILED


def condition(kind: str, status: str = "True", reason: str = "", message: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def live(kind: str, spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    groups = {
        "apps/v1": ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"),
        "batch/v1": ("Job", "CronJob"),
        "policy/v1": ("PodDisruptionBudget",),
        "apiextensions.k8s.io/v1": ("CustomResourceDefinition",),
        "example.com/v1": ("Widget",),
    }
    version = next((name for name, kinds in groups.items() if kind in kinds), "v1")
    metadata = {"name": "x", "generation": 2}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec or {}, "status": status}


def deployment(want: int, have: tuple[int, int, int, int], *conditions: dict[str, str], **spec: Any) -> dict[str, Any]:
    names = ("replicas", "updatedReplicas", "availableReplicas", "readyReplicas")
    status = dict(zip(names, have, strict=True))
    return live("Deployment", {"replicas": want, **spec}, **status, conditions=list(conditions))


AVAILABLE = condition("Available")
COMPLETE = condition("Progressing", reason="NewReplicaSetAvailable")


def test_absent_object() -> None:
    assert health(None).status is Status.NOT_FOUND


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}, Status.TERMINATING),
        (live("Widget", observedGeneration=1), IN_PROGRESS),
        (live("Widget", observedGeneration=2), CURRENT),
        (live("Widget"), CURRENT),
        (live("Widget", conditions=[condition("Reconciling")]), IN_PROGRESS),
        (live("Widget", conditions=[condition("Stalled")]), FAILED),
        (
            live("Widget", conditions=[condition("Stalled", "False"), condition("Reconciling", "False")]),
            CURRENT,
        ),
        (live("Widget", conditions=[condition("Stalled"), condition("Reconciling")]), FAILED),
        (live("Widget", conditions=[condition("Ready")]), CURRENT),
        (live("Widget", conditions=[condition("Ready", "False")]), IN_PROGRESS),
        (live("Widget", conditions=[condition("Ready", "Unknown")]), IN_PROGRESS),
        (live("Widget", observedGeneration="2"), Status.UNKNOWN),
        ({"apiVersion": "v1", "kind": "ConfigMap", "data": {}}, CURRENT),
        (live("Secret"), CURRENT),
        (live("CronJob"), CURRENT),
        (live("PodDisruptionBudget", observedGeneration=2), CURRENT),
        (live("Service"), CURRENT),
        (live("Service", {"type": "LoadBalancer"}), IN_PROGRESS),
        (live("Service", {"type": "LoadBalancer", "clusterIP": "10.0.0.1"}), CURRENT),
        (live("PersistentVolumeClaim"), IN_PROGRESS),
        (live("PersistentVolumeClaim", phase="Bound"), CURRENT),
        (live("CustomResourceDefinition"), IN_PROGRESS),
        (live("CustomResourceDefinition", conditions=[condition("Established")]), CURRENT),
        (live("CustomResourceDefinition", conditions=[condition("NamesAccepted", "False")]), FAILED),
        (
            live("CustomResourceDefinition", conditions=[condition("Established", "False", "Installing")]),
            IN_PROGRESS,
        ),
        (live("CustomResourceDefinition", conditions=[condition("Established", "False", "Other")]), FAILED),
        (live("Job"), IN_PROGRESS),
        (live("Job", startTime="2026-01-01T00:00:00Z", active=1), CURRENT),
        (live("Job", conditions=[condition("Complete")], succeeded=1), CURRENT),
        (live("Job", conditions=[condition("Failed", reason="BackoffLimitExceeded")]), FAILED),
        (live("Job", conditions=[condition("Suspended")]), CURRENT),
    ],
)
def test_simple_kinds(body: dict[str, Any], expected: Status) -> None:
    assert health(body).status is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (deployment(2, (1, 1, 1, 1)), Health(IN_PROGRESS, "replicas: 1/2")),
        (deployment(2, (2, 1, 2, 2)), Health(IN_PROGRESS, "updated: 1/2")),
        (deployment(2, (3, 2, 2, 2)), Health(IN_PROGRESS, "old pods still there: 1")),
        (
            {
                **deployment(2, (3, 2, 2, 2)),
                "status": {**deployment(2, (3, 2, 2, 2))["status"], "unavailableReplicas": 1},
            },
            Health(IN_PROGRESS, "old pods still there: 1, because new ones are not ready: 1"),
        ),
        (deployment(2, (2, 2, 1, 2)), Health(IN_PROGRESS, "available: 1/2")),
        (deployment(2, (2, 2, 2, 1)), Health(IN_PROGRESS, "ready: 1/2")),
        (deployment(2, (2, 2, 2, 2)), Health(IN_PROGRESS, "it is not yet available")),
        (deployment(2, (2, 2, 2, 2), AVAILABLE), Health(CURRENT, "available, replicas: 2")),
        (
            deployment(2, (2, 2, 2, 2), AVAILABLE, progressDeadlineSeconds=2**31 - 1),
            Health(CURRENT, "available, replicas: 2"),
        ),
        (
            deployment(2, (2, 2, 2, 2), AVAILABLE, progressDeadlineSeconds=600),
            Health(IN_PROGRESS, "its new ReplicaSet is not yet available"),
        ),
        (
            deployment(2, (2, 2, 2, 2), AVAILABLE, COMPLETE, progressDeadlineSeconds=600),
            Health(CURRENT, "available, replicas: 2"),
        ),
        (
            deployment(2, (2, 2, 2, 2), condition("Progressing", "False", "ProgressDeadlineExceeded")),
            Health(FAILED, "it exceeded its progress deadline"),
        ),
        (live("Deployment"), Health(IN_PROGRESS, "replicas: 0/1")),
        (deployment(0, (0, 0, 0, 0), AVAILABLE), Health(CURRENT, "available, replicas: 0")),
    ],
)
def test_deployment(body: dict[str, Any], expected: Health) -> None:
    assert health(body) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, "labelled: 0/1"),
        ({"fullyLabeledReplicas": 1}, "available: 0/1"),
        ({"fullyLabeledReplicas": 1, "availableReplicas": 1}, "ready: 0/1"),
        (
            {"fullyLabeledReplicas": 1, "availableReplicas": 1, "readyReplicas": 1, "replicas": 2},
            "pods to terminate: 1",
        ),
        ({"conditions": [condition("ReplicaFailure", message="quota")]}, "quota"),
        ({"fullyLabeledReplicas": 1, "availableReplicas": 1, "readyReplicas": 1, "replicas": 1}, None),
    ],
)
def test_replica_set(status: dict[str, Any], expected: str | None) -> None:
    found = health(live("ReplicaSet", **status))
    assert found == (Health(IN_PROGRESS, expected) if expected else Health(CURRENT, "available, replicas: 1"))


@pytest.mark.parametrize(
    ("strategy", "status", "expected"),
    [
        ({"type": "OnDelete"}, {}, Health(CURRENT, "it is updated by deleting its pods")),
        ({}, {}, Health(IN_PROGRESS, "replicas: 0/1")),
        ({}, {"replicas": 1}, Health(IN_PROGRESS, "ready: 0/1")),
        ({}, {"replicas": 2, "readyReplicas": 2}, Health(IN_PROGRESS, "pods to terminate: 1")),
        ({}, {"replicas": 1, "readyReplicas": 1}, Health(IN_PROGRESS, "current: 0/1")),
        (
            {},
            {"replicas": 1, "readyReplicas": 1, "currentReplicas": 1, "updateRevision": "b"},
            Health(IN_PROGRESS, "its pods are not all of the latest revision"),
        ),
        (
            {},
            {"replicas": 1, "readyReplicas": 1, "currentReplicas": 1},
            Health(CURRENT, "ready, replicas: 1"),
        ),
        (
            {"rollingUpdate": {"partition": 0}},
            {"replicas": 1, "readyReplicas": 1},
            Health(IN_PROGRESS, "updated: 0/1"),
        ),
        (
            {"rollingUpdate": {"partition": 1}},
            {"replicas": 1, "readyReplicas": 1},
            Health(CURRENT, "partition updated: 0"),
        ),
    ],
)
def test_stateful_set(strategy: dict[str, Any], status: dict[str, Any], expected: Health) -> None:
    assert health(live("StatefulSet", {"updateStrategy": strategy}, **status)) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, "its controller has not seen it yet"),
        ({"observedGeneration": 2}, "its controller has not counted nodes yet"),
        ({"observedGeneration": 2, "desiredNumberScheduled": 1}, "scheduled: 0/1"),
        ({"observedGeneration": 2, "desiredNumberScheduled": 1, "currentNumberScheduled": 1}, "updated: 0/1"),
        ({"observedGeneration": 2, "desiredNumberScheduled": 0}, None),
    ],
)
def test_daemon_set(status: dict[str, Any], expected: str | None) -> None:
    found = health(live("DaemonSet", **status))
    assert found == (Health(IN_PROGRESS, expected) if expected else Health(CURRENT, "ready, pods: 0"))


CREATED = datetime(2026, 1, 1, tzinfo=UTC)
UNSCHEDULABLE = [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")]
CRASHING = [
    {"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    {"name": "log", "state": {"running": {}}},
    {"name": "new"},
]


@pytest.mark.parametrize(
    ("status", "after", "expected"),
    [
        ({"phase": "Succeeded"}, None, CURRENT),
        ({"phase": "Failed"}, None, CURRENT),
        ({"phase": "Running", "conditions": [condition("Ready")]}, None, CURRENT),
        ({"phase": "Running"}, None, IN_PROGRESS),
        ({"phase": "Running", "containerStatuses": CRASHING}, None, FAILED),
        ({"phase": "Running", "containerStatuses": {}}, None, IN_PROGRESS),
        ({"phase": "Running", "containerStatuses": {"a": 1}}, None, Status.UNKNOWN),
        ({"phase": "Running", "containerStatuses": ["a"]}, None, Status.UNKNOWN),
        ({"phase": "Pending"}, None, IN_PROGRESS),
        ({"phase": "Pending", "conditions": [condition("PodScheduled")]}, 20, IN_PROGRESS),
        ({"phase": "Pending", "conditions": [condition("PodScheduled", "False", "Gated")]}, 20, IN_PROGRESS),
        ({"phase": "Pending", "conditions": UNSCHEDULABLE}, None, IN_PROGRESS),
        ({"phase": "Pending", "conditions": UNSCHEDULABLE}, 14, IN_PROGRESS),
        ({"phase": "Pending", "conditions": UNSCHEDULABLE}, 15, FAILED),
        ({}, None, IN_PROGRESS),
        ({"phase": "Odd"}, None, Status.UNKNOWN),
    ],
)
def test_pod(status: dict[str, Any], after: int | None, expected: Status) -> None:
    body = live("Pod", **status)
    body["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"
    now = None if after is None else CREATED + timedelta(seconds=after)
    assert health(body, now).status is expected


@pytest.mark.parametrize(("created", "expected"), [(None, IN_PROGRESS), ("long ago", Status.UNKNOWN)])
def test_pod_of_unknown_age(created: str | None, expected: Status) -> None:
    body = live("Pod", phase="Pending", conditions=UNSCHEDULABLE)
    body["metadata"]["creationTimestamp"] = created
    assert health(body, CREATED).status is expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Pod", "Job", "Service", "Widget"]
KINDS += ["CustomResourceDefinition", "PersistentVolumeClaim"]
status_names = ["conditions", "replicas", "phase", "containerStatuses", "observedGeneration"]
status_maps = st.dictionaries(st.sampled_from(status_names), json_values)


@given(kind=st.sampled_from(KINDS), spec=json_values, status=json_values | status_maps)
def test_no_shape_of_status_is_an_error(kind: str, spec: Any, status: Any) -> None:
    assert isinstance(health({**live(kind), "spec": spec, "status": status}), Health)


def workload(kind: str, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "web", "image": "web:1"}]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}
    complete = {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": kind.lower()}, "spec": complete}


@pytest.mark.usefixtures("controllers")
@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_what_kubectl_calls_rolled_out_is_current(cluster: Cluster, kind: str) -> None:
    cluster.kubectl("create", "-f", "-", input=json.dumps(workload(kind)))
    cluster.kubectl("rollout", "status", f"{kind}/{kind.lower()}", "--timeout=60s")
    assert health(cluster.get(kind, kind.lower())).status is CURRENT


@pytest.mark.usefixtures("controllers")
def test_a_deployment_past_its_deadline_has_failed(cluster: Cluster) -> None:
    body = workload("Deployment", progressDeadlineSeconds=1)
    body["spec"]["template"]["metadata"]["annotations"] = {"tests/pod": "broken"}
    cluster.kubectl("create", "-f", "-", input=json.dumps(body))
    cluster.kubectl("wait", "deployment/deployment", "--for=condition=Progressing=false", "--timeout=60s")
    assert health(cluster.get("deployment", "deployment")).status is FAILED
