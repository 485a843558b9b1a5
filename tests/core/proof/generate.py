"""Random objects for the differential test, reproducible from a seed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.core.proof.widgets import definition, widget
from tests.core.proof.workloads import (
    QUANTITIES,
    SIZES,
    Body,
    claim_spec,
    labels,
    made,
    resources,
    selector,
    some,
    template,
)

PART_OF = "applyset.kubernetes.io/part-of"
POD_SELECTOR = {"matchLabels": {"app": "web"}}


class Kind(NamedTuple):
    """What the test needs to know of a kind; ``weight`` is how often it is drawn."""

    api_version: str
    kind: str
    plural: str
    make: Callable[[Random], Body]
    namespaced: bool = True
    weight: int = 10

    @property
    def prefix(self) -> str:
        return "/api/v1" if self.api_version == "v1" else f"/apis/{self.api_version}"


def deployment(random: Random) -> Body:
    rolling = some(random, maxSurge=random.choice((1, "25%")), maxUnavailable=random.choice((0, "25%")))
    if rolling.get("maxUnavailable") == 0:
        rolling["maxSurge"] = 1
    strategy = random.choice(({"type": "Recreate"}, {"rollingUpdate": rolling}, {"type": "RollingUpdate"}, {}))
    return {"spec": {
        "selector": POD_SELECTOR, "template": template(random),
        **some(random, replicas=random.randint(0, 3), strategy=strategy, minReadySeconds=random.choice((0, 3)),
               paused=random.random() < 0.3, revisionHistoryLimit=3, progressDeadlineSeconds=600),
    }}  # fmt: skip


def stateful_set(random: Random) -> Body:
    claims = [{"metadata": {"name": name}, "spec": claim_spec(random)} for name in ("d0", "d1")[: random.randint(0, 2)]]
    return {"spec": {
        "selector": POD_SELECTOR, "template": template(random), "serviceName": "web",
        **some(random, replicas=random.randint(0, 3), volumeClaimTemplates=claims, podManagementPolicy="Parallel",
               updateStrategy={"type": "RollingUpdate", "rollingUpdate": some(random, partition=random.choice((0, 1)))},
               persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"}),
    }}  # fmt: skip


def daemon_set(random: Random) -> Body:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": random.choice((1, "10%"))}}
    return {"spec": {"selector": POD_SELECTOR, "template": template(random), **some(random, updateStrategy=rolling)}}


def job_spec(random: Random) -> Body:
    rules = [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", **some(random, status="True")}]},
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2], **some(random, containerName="c0")}},
    ]
    return {
        "template": template(random, "Never"),
        **some(random, backoffLimit=random.choice((0, 6)), podFailurePolicy={"rules": rules}, completions=1,
               parallelism=1, suspend=random.random() < 0.5, ttlSecondsAfterFinished=10),
    }  # fmt: skip


def job(random: Random) -> Body:
    return {"spec": job_spec(random)}


def cron_job(random: Random) -> Body:
    return {"spec": {
        "schedule": "*/5 * * * *", "jobTemplate": {"spec": job_spec(random)},
        **some(random, suspend=random.random() < 0.5, concurrencyPolicy="Forbid", successfulJobsHistoryLimit=3,
               startingDeadlineSeconds=20, timeZone="Etc/UTC"),
    }}  # fmt: skip


def service(random: Random) -> Body:
    ports = [
        {"port": number, "name": f"p{number}", **some(random, targetPort=random.choice((8080, "http")), protocol="TCP")}
        for number in random.sample((80, 443, 9000), random.randint(1, 3))
    ]
    return {"spec": {
        "ports": ports,
        **some(random, selector=labels(random), type="ClusterIP", sessionAffinity="None", externalIPs=["1.2.3.4"],
               publishNotReadyAddresses=random.random() < 0.5, ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"]),
    }}  # fmt: skip


def ingress(random: Random) -> Body:
    ports: tuple[Body, ...] = ({"name": "http"}, {"number": 80})
    paths = [
        {"path": path, "pathType": "Prefix", "backend": {"service": {"name": "web", "port": random.choice(ports)}}}
        for path in random.sample(("/", "/a", "/b"), random.randint(1, 3))
    ]
    rules = [{"host": "a.example.com", "http": {"paths": paths}}, {"http": {"paths": paths}}][: random.randint(1, 2)]
    tls = [{"hosts": ["a.example.com"], "secretName": "tls"}]
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    return {"spec": {"rules": rules, **some(random, tls=tls, ingressClassName="nginx", defaultBackend=backend)}}


def network_policy(random: Random) -> Body:
    ports = [{"port": random.choice((80, "http")), **some(random, protocol="TCP")}, {"port": 53, "protocol": "UDP"}]
    peers = [
        {"podSelector": selector(random)},
        {"ipBlock": {"cidr": "10.0.0.0/8", **some(random, **{"except": ["10.1.0.0/16"]})}},
    ]
    choices: list[list[Body]] = [[], [{}], [{"from": peers, "ports": ports}], [{"ports": ports}]]
    return {"spec": {
        "podSelector": selector(random),
        **some(random, ingress=random.choice(choices), egress=[{"to": peers}], policyTypes=["Ingress"]),
    }}  # fmt: skip


def config_map(random: Random) -> Body:
    data = {"a": "1", "b": "", "c.yaml": "x: 1\n", "d": "é"}
    return some(random, data=dict(random.sample(sorted(data.items()), random.randint(0, 4))), binaryData={"z": "AAE="},
                immutable=False)  # fmt: skip


def secret(random: Random) -> Body:
    encoded = base64.b64encode(b"value" * 20).decode()
    data = {"a": "YQ==", "b": "", "c": encoded, "d": encoded[:60] + "\n" + encoded[60:]}
    return some(random, data=dict(random.sample(sorted(data.items()), random.randint(0, 4))), type="Opaque",
                stringData=some(random, a="x", e=""))  # fmt: skip


def claim(random: Random) -> Body:
    source = {"kind": "VolumeSnapshot", "name": "s", "apiGroup": "snapshot.storage.k8s.io"}
    return {"spec": {**claim_spec(random), **some(random, selector=selector(random), dataSource=source)}}


def autoscaler(random: Random) -> Body:
    average = {"type": "AverageValue", "averageValue": random.choice(QUANTITIES[:9])}
    metrics: list[Body] = [
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
        {
            "type": "Pods",
            "pods": {"metric": {"name": "m", **some(random, selector=selector(random))}, "target": average},
        },
    ]
    policies = [{"type": "Pods", "value": 4, "periodSeconds": 60}]
    behavior = some(random, scaleUp=lambda: some(random, policies=policies, stabilizationWindowSeconds=0),
                    scaleDown={"stabilizationWindowSeconds": 300})  # fmt: skip
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    return {"spec": {
        "scaleTargetRef": target, "maxReplicas": 5,
        **some(random, minReplicas=random.choice((1, 2)), metrics=metrics[: random.randint(1, 2)], behavior=behavior),
    }}  # fmt: skip


def disruption_budget(random: Random) -> Body:
    limit = random.choice(
        ({"minAvailable": 1}, {"maxUnavailable": "50%"}, {"minAvailable": "1%"}, {"maxUnavailable": 0})
    )
    return {"spec": {"selector": selector(random), **limit, **some(random, unhealthyPodEvictionPolicy="AlwaysAllow")}}


def rules(random: Random) -> list[Body]:
    rule = {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list"]}
    named = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"], "resourceNames": ["web"]}
    return random.choice(([], [rule], [rule, named], [named]))


def role(random: Random) -> Body:
    return {"rules": rules(random)} if random.random() < 0.9 else {}


def cluster_role(random: Random) -> Body:
    if random.random() < 0.4:
        return {"aggregationRule": {"clusterRoleSelectors": [selector(random)]}}
    urls = {"nonResourceURLs": ["/healthz"], "verbs": ["get"]}
    return {"rules": [*rules(random), *random.choice(([], [urls]))]}


def role_binding(random: Random) -> Body:
    group = "rbac.authorization.k8s.io"
    subjects: list[Body] = [
        {"kind": "ServiceAccount", "name": "a", "namespace": "x"},
        {"kind": "User", "name": "u", **some(random, apiGroup=group)},
        {"kind": "Group", "name": "g", "apiGroup": group},
        {"kind": "ServiceAccount", "name": "b", "namespace": "y", "apiGroup": ""},
    ]
    reference = {"kind": "Role", "name": "r", **some(random, apiGroup=group)}
    return {"roleRef": reference, **some(random, subjects=random.sample(subjects, random.randint(0, 4)))}


def limit_range(random: Random) -> Body:
    container = {"type": "Container", **some(random, max={"cpu": "900"}, min={"cpu": random.choice(("10m", "0.01"))})}
    return {
        "spec": {"limits": [container, {"type": "PersistentVolumeClaim", "max": {"storage": random.choice(SIZES)}}]}
    }


def resource_quota(random: Random) -> Body:
    hard = {"pods": random.choice(("10", 10)), "requests.cpu": random.choice(QUANTITIES), "limits.memory": "1024Mi"}
    return {"spec": {"hard": dict(random.sample(sorted(hard.items()), 2)), **some(random, scopes=["NotTerminating"])}}


def service_account(random: Random) -> Body:
    return some(random, automountServiceAccountToken=random.random() < 0.5, secrets=[{"name": "s1"}, {"name": "s2"}],
                imagePullSecrets=[{"name": "r1"}, {"name": "r2"}])  # fmt: skip


KINDS = (
    Kind("apps/v1", "Deployment", "deployments", deployment, weight=22),
    Kind("apps/v1", "StatefulSet", "statefulsets", stateful_set, weight=14),
    Kind("apps/v1", "DaemonSet", "daemonsets", daemon_set),
    Kind("batch/v1", "Job", "jobs", job),
    Kind("batch/v1", "CronJob", "cronjobs", cron_job),
    Kind("v1", "Service", "services", service, weight=14),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses", ingress),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", network_policy),
    Kind("v1", "ConfigMap", "configmaps", config_map),
    Kind("v1", "Secret", "secrets", secret),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", claim),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", autoscaler),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", disruption_budget),
    Kind("rbac.authorization.k8s.io/v1", "Role", "roles", role),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", cluster_role, namespaced=False),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", role_binding),
    Kind("v1", "LimitRange", "limitranges", limit_range, weight=4),
    Kind("v1", "ResourceQuota", "resourcequotas", resource_quota),
    Kind("v1", "ServiceAccount", "serviceaccounts", service_account),
    Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", definition, False, 4),
    Kind("proof.example.com/v1", "Widget", "widgets", widget, weight=24),
)


STATUSES: tuple[Body | None, ...] = (
    {}, {}, None, {"replicas": 1}, {"replicas": "1"}, {"loadBalancer": {}}, {"x": 1}, {"observedGeneration": 1},
    {"conditions": []}, {"conditions": [{"type": "A", "status": "True"}]}, {"conditions": [{"status": "True"}]},
)  # fmt: skip


def declared(random: Random, kind: Kind, name: str, namespace: str) -> Body:
    """A random object of the kind, as it would be sent but for a Secret's stringData."""
    body = made(lambda: kind.make(random))
    metadata: Body = {"name": name, "labels": {PART_OF: "applyset-x-v1", **labels(random)}}
    if kind.namespaced:
        metadata["namespace"] = namespace
    metadata |= some(random, annotations=random.choice(({}, {"a": "1"}, {"a": "1", "b": ""})))
    metadata |= body.pop("metadata", {})
    # As generators of manifests like to write it.
    body |= {"status": random.choice(STATUSES)} if random.random() < 0.1 else {}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **body}


__all__ = ["KINDS", "Kind", "declared", "resources"]
