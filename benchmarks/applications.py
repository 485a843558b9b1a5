"""Generated applications: five objects each, as a small web service has them, one file an application."""

from pathlib import Path

KINDS = ("Deployment", "Service", "ConfigMap", "ServiceAccount", "Ingress")
PART_OF = "applyset.kubernetes.io/part-of"
IMAGE = "registry.example.com/shop/web:1.4.2"

_TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/component: web{member}
spec:
  replicas: 2
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      serviceAccountName: {name}
      containers:
      - name: web
        image: {image}
        args: [--listen, ":8080", --config, /etc/web/settings.json]
        env:
        - name: LOG_LEVEL
          value: info
        - name: REGION
          valueFrom:
            configMapKeyRef:
              name: {name}
              key: region
        ports:
        - name: http
          containerPort: 8080
        readinessProbe:
          httpGet:
            path: /ready
            port: http
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        volumeMounts:
        - name: settings
          mountPath: /etc/web
      volumes:
      - name: settings
        configMap:
          name: {name}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}{member}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}{member}
data:
  region: eu-{number}
  settings.json: |
    {{"cache": {{"size": 1024, "ttl": "5m"}}, "features": ["search", "basket"], "shard": {number}}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}{member}
automountServiceAccountToken: false
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: {name}{member}
spec:
  rules:
  - host: {name}.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: {name}
            port:
              name: http
"""


def name_of(number: int) -> str:
    """The name that all objects of an application have; ``number`` counts from 1."""
    return f"app-{number:05}"


def application(number: int, applyset: str = "") -> str:
    """The YAML of one application. ``applyset``: the value of the label that members of an ApplySet carry."""
    member = f"\n    {PART_OF}: {applyset}" if applyset else ""

    return _TEMPLATE.format(name=name_of(number), number=number, image=IMAGE, member=member)


def write_applications(folder: Path, objects: int, applyset: str = "") -> None:
    """Write ``objects`` objects below a new folder, a file for five of them. ValueError unless five divides it."""
    count, rest = divmod(objects, len(KINDS))
    if rest:
        raise ValueError(f"{objects} objects are no whole number of applications of {len(KINDS)} objects")
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        (folder / f"{name_of(number)}.yaml").write_text(application(number, applyset))
