"""Random workloads for the differential test: pod templates and what holds them."""

from __future__ import annotations

from random import Random
from typing import Any

Body = dict[str, Any]

QUANTITIES = (
    "1", "1000m", "500m", "0.5", "0.1", "250m", "2", "1.5", "0", "+1", "00012", "5.", "1E3", "1e3", "1000", "1k",
    "638.305k", "12e6", "1500e-3",
)  # fmt: skip
SIZES = (
    "1Gi", "1024Mi", "1.5Gi", "0.5Gi", "0.1Gi", "1073741824", "64Mi", "65536Ki", "512Mi", "1G", "1000M", "8Ki", "100M",
    "128974848", "1Ti", "2048Mi", "7Mi", "1e9", "0.3M",
)  # fmt: skip


def some(random: Random, **fields: Any) -> Body:
    """About half of the fields; a callable's result is the value."""
    return {name: made(value) for name, value in fields.items() if random.random() < 0.45}


def made(value: Any) -> Any:
    return value() if callable(value) else value


def labels(random: Random, extra: bool = True) -> Body:
    pool = {"app": random.choice(("web", "db")), "tier": random.choice(("a", "b")), "example.com/x.y": "1"}
    chosen = {name: value for name, value in pool.items() if random.random() < 0.6}
    return chosen if extra else {**chosen, "app": "web"}


def resources(random: Random) -> Body:
    large = {"cpu": "900", "memory": "9Ti"}
    return some(
        random,
        requests=lambda: some(random, cpu=random.choice(QUANTITIES), memory=random.choice(SIZES)),
        limits=lambda: large if random.random() < 0.2 else {},
    )


def probe(random: Random) -> Body:
    port: Any = random.choice((8080, "http"))
    headers = [{"name": "X-A", "value": "1"}, {"name": "X-B", "value": ""}]
    handler = random.choice(
        (
            {"httpGet": {"port": port, **some(random, path="/ok", scheme="HTTP", httpHeaders=headers)}},
            {"tcpSocket": {"port": port}},
            {"exec": {"command": ["true", "-x"]}},
        )
    )
    return {**handler, **some(random, periodSeconds=10, timeoutSeconds=1, initialDelaySeconds=random.choice((0, 5)))}


def env(random: Random) -> list[Body]:
    value_from = (
        {"fieldRef": {"fieldPath": "metadata.name"}},
        {"fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v1"}},
        {"resourceFieldRef": {"resource": "limits.cpu"}},
        {"resourceFieldRef": {"resource": "limits.memory", "divisor": random.choice(("1Mi", "1000k", "1024Ki", "1G"))}},
        {"configMapKeyRef": {"name": "cm", "key": "k", "optional": random.random() < 0.5}},
        {"secretKeyRef": {"name": "s", "key": "k"}},
    )
    names = random.sample(("A", "B", "C", "D", "E"), random.randint(0, 4))
    return [
        {"name": name, "value": random.choice(("1", "x", ""))}
        if random.random() < 0.7
        else {"name": name, "valueFrom": random.choice(value_from)}
        for name in names
    ]


def ports(random: Random) -> list[Body]:
    numbers = random.sample((80, 8080, 9090), random.randint(1, 3))
    return [
        {"containerPort": number, **some(random, protocol="TCP", name=f"p{number}"), **some(random, hostIP="")}
        for number in numbers
    ]


def container(random: Random, name: str) -> Body:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, {"name": "conf", "mountPath": "/c", "readOnly": True}]
    security = {"capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True, "runAsUser": 1000}
    return {
        "name": name,
        "image": random.choice(("web:1", "web", "r.example.com/web@sha256:" + "0" * 64)),
        **some(
            random,
            env=lambda: env(random),
            ports=lambda: ports(random),
            resources=lambda: resources(random),
            readinessProbe=lambda: probe(random),
            livenessProbe=lambda: probe(random),
            args=["--x", "--y=1"],
            command=[] if random.random() < 0.3 else ["run"],
            envFrom=[{"configMapRef": {"name": "cm"}}, {"prefix": "P_", "secretRef": {"name": "s"}}],
            volumeMounts=random.sample(mounts, 2),
            securityContext=security if random.random() < 0.6 else {},
            imagePullPolicy="IfNotPresent",
            tty=random.random() < 0.3,
            lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}},
        ),
    }


def initial(random: Random) -> Body:
    """An init container: one that ends may have neither probes nor hooks."""
    made = container(random, "init")
    return {name: value for name, value in made.items() if not name.endswith("Probe") and name != "lifecycle"}


def volumes(random: Random) -> list[Body]:
    token = {"serviceAccountToken": {"path": "t", **some(random, expirationSeconds=3600, audience="a")}}
    down = {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.labels"}}]}}
    config = {"configMap": {"name": "cm", **some(random, items=[{"key": "a", "path": "b"}], optional=False)}}
    limit = {"containerName": "c0", "resource": "limits.cpu"}
    conf = random.choice(
        (
            {"projected": {"sources": [token, down]}},
            config,
            {"secret": {"secretName": "s", **some(random, defaultMode=420)}},
            {"downwardAPI": {"items": [{"path": "c", "resourceFieldRef": limit}]}},
            {"ephemeral": {"volumeClaimTemplate": {"spec": claim_spec(random)}}},
            {"hostPath": {"path": "/x", **some(random, type="")}},
        )
    )  # fmt: skip
    empty = random.choice(({}, {"sizeLimit": random.choice(SIZES)}, {"medium": "Memory"}, {"medium": ""}))
    return [{"name": "tmp", "emptyDir": empty}, {"name": "conf", **conf}]


def selector(random: Random) -> Body:
    expression = {"key": "tier", "operator": "In", "values": ["a", "b"]}
    return some(random, matchLabels=labels(random), matchExpressions=[expression])


def affinity(random: Random) -> Body:
    term = {"labelSelector": selector(random), "topologyKey": "kubernetes.io/hostname"}
    node = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "Exists"}]}]}
    return some(
        random,
        podAntiAffinity={"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]},
        nodeAffinity={"requiredDuringSchedulingIgnoredDuringExecution": node},
    )


def pod_spec(random: Random) -> Body:
    tolerations = [{"key": "a", "operator": "Exists", "effect": "NoSchedule"}, {"key": "b", "value": "c"}]
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    return {
        "containers": [container(random, f"c{number}") for number in range(random.randint(1, 3))],
        "volumes": volumes(random),
        **some(
            random,
            initContainers=lambda: [initial(random)],
            serviceAccountName="default",
            terminationGracePeriodSeconds=random.choice((30, 0, 10)),
            securityContext=lambda: some(random, runAsNonRoot=True, fsGroup=1, sysctls=[{"name": "a", "value": "1"}]),
            affinity=lambda: affinity(random),
            tolerations=tolerations[: random.randint(0, 2)],
            topologySpreadConstraints=[{**spread, "labelSelector": selector(random)}],
            imagePullSecrets=[{"name": "r1"}, {"name": "r2"}],
            nodeSelector={"disk": "ssd"},
            hostNetwork=False,
            hostAliases=[{"ip": "127.0.0.2", "hostnames": ["a", "b"]}],
            dnsConfig={"nameservers": ["8.8.8.8"], "options": [{"name": "ndots", "value": "2"}]},
            enableServiceLinks=random.random() < 0.5,
            restartPolicy="Always",
            schedulerName="default-scheduler",
        ),
    }


def template(random: Random, restart: str | None = None) -> Body:
    metadata: Body = {"labels": labels(random, extra=False), **some(random, annotations={"a": "1", "b": ""})}
    if random.random() < 0.3:
        metadata["creationTimestamp"] = None
    spec = pod_spec(random)
    if restart:
        spec["restartPolicy"] = restart
    return {"metadata": metadata, "spec": spec}


def claim_spec(random: Random) -> Body:
    return {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": random.choice([size for size in SIZES if size != "0.3M"])}},
        **some(random, storageClassName=random.choice(("fast", "")), volumeMode="Filesystem"),
    }
