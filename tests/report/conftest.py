"""Reports to print, and snapshots to hold the prints against (UPDATE_SNAPSHOTS=1 writes them anew)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_gitops.core.path import Item
from kubectl_gitops.core.reports import (
    Action,
    ApplyObject,
    ApplyReport,
    ChangedObject,
    ClusterReport,
    Deployment,
    DriftReport,
    FieldReport,
    GitBy,
    Health,
    HistoryReport,
    Ignored,
    LiveBy,
    ObjectRef,
    ObjectReport,
    SkippedDocument,
    SourceReport,
    State,
    Verdict,
)

SNAPSHOTS = Path(__file__).parent / "snapshots"
REVISION = "0123456789abcdef0123456789abcdef01234567"
EARLIER = "89abcdef0123456789abcdef0123456789abcdef"
ADA = GitBy(REVISION, "Ada Author", "2026-11-23T18:00:00+01:00", "Raise the limits")
KUBECTL_SET = LiveBy("kubectl-set", "Update", "", "2026-11-23T19:00:00Z")
CLUSTER = ClusterReport("prod-eu", "https://192.0.2.1:6443", "v1.36.3")
SOURCE = SourceReport(
    "https://git.example.com/shop/manifests",
    "envs/prod",
    REVISION,
    "main",
    "kustomize v5.5.0",
    "Raise the limits",
)


def deployment(name: str, namespace: str = "shop") -> ObjectRef:
    return ObjectRef("apps/v1", "Deployment", namespace, name)


CONTAINER = ("spec", "template", "spec", "containers", Item((("name", "web"),)))
HAPROXY = "global\n  maxconn 1000\n" + "".join(f"  option number-{at}\n" for at in range(20))


def body(ref: ObjectRef, **rest: object) -> dict[str, object]:
    metadata = {"name": ref.name, "namespace": ref.namespace, "managedFields": [{"manager": "kubectl-set"}]}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **rest}


@pytest.fixture
def drift() -> DriftReport:
    """One object in each state, one field with each verdict."""
    web, config = deployment("web"), ObjectRef("v1", "ConfigMap", "shop", "proxy")
    secret = ObjectRef("v1", "Secret", "shop", "db")
    return DriftReport(
        name="shop",
        target="prod",
        source=SOURCE,
        cluster=CLUSTER,
        base_revision=EARLIER,
        synced=1001,
        objects=(
            ObjectReport(
                ObjectRef("v1", "Namespace", "", "shop"),
                State.UNVERIFIED,
                "envs/prod/ns.yaml",
                1,
                message="reading it is forbidden to ada",
            ),
            ObjectReport(
                secret,
                State.DRIFTED,
                "envs/prod/db.yaml",
                3,
                fields=(
                    FieldReport(
                        ("data", "password"),
                        Verdict.LIVE_CHANGED,
                        "aHVudGVyMjI=",
                        "aHVudGVyMjI=",
                        "c3dvcmRmaXNo",
                        LiveBy("kubectl-edit", "Update"),
                        ADA,
                    ),
                ),
                message="admission said: swordfish is too short",
                live=body(secret, data={"password": "c3dvcmRmaXNo", "user": "YWRtaW5hZGE="}),
                merged=body(secret, data={"password": "aHVudGVyMjI=", "user": "YWRtaW5hZGE="}),
            ),
            ObjectReport(
                config,
                State.PENDING,
                "envs/prod/proxy.yaml",
                1,
                fields=(
                    FieldReport(
                        ("data", "haproxy.cfg"),
                        Verdict.GIT_CHANGED,
                        HAPROXY,
                        HAPROXY.replace("number-17", "number-seventeen"),
                        HAPROXY,
                        None,
                        ADA,
                    ),
                    FieldReport(("data", "old"), Verdict.REMOVED, "x", live="x"),
                ),
                live=body(config, data={"haproxy.cfg": HAPROXY, "old": "x"}),
                merged=body(config, data={"haproxy.cfg": HAPROXY.replace("number-17", "number-seventeen")}),
            ),
            ObjectReport(
                web,
                State.DRIFTED,
                "envs/prod/web.yaml",
                1,
                fields=(
                    FieldReport(
                        (*CONTAINER, "image"),
                        Verdict.LIVE_CHANGED,
                        "web:1",
                        "web:1",
                        "web:hotfix",
                        KUBECTL_SET,
                        ADA,
                    ),
                    FieldReport(
                        (*CONTAINER, "env", Item((("name", "DEBUG"),))),
                        Verdict.EXTRA,
                        live={"name": "DEBUG", "value": "1"},
                        live_by=KUBECTL_SET,
                    ),
                    FieldReport(("metadata", "labels", "tier"), Verdict.LIVE_CHANGED, "front", "front"),
                ),
                live=body(web, spec={"replicas": 2, "image": "web:hotfix"}),
                merged=body(web, spec={"replicas": 2, "image": "web:1"}),
            ),
            ObjectReport(
                deployment("api"),
                State.CONFLICTED,
                "envs/prod/api.yaml",
                7,
                fields=(
                    FieldReport(
                        ("spec", "replicas"),
                        Verdict.CONFLICT,
                        2,
                        3,
                        5,
                        LiveBy("kubectl", "Update", "scale", "2026-11-23T19:05:00Z"),
                        ADA,
                    ),
                    FieldReport(("spec", "paused"), Verdict.UNKNOWN, desired=None, live=True),
                ),
                message="its base is unknown: it was rendered by kustomize v5.4.0",
            ),
            ObjectReport(deployment("new"), State.NEW, "envs/prod/new.yaml", 1, merged=body(deployment("new"))),
            ObjectReport(deployment("gone"), State.MISSING, "envs/prod/gone.yaml", 1),
            ObjectReport(deployment("theirs"), State.UNMANAGED, "envs/prod/theirs.yaml", 1),
            ObjectReport(deployment("old"), State.ORPHANED, live=body(deployment("old"))),
        ),
        ignored=(
            *(
                Ignored(
                    deployment(f"web-{at}"),
                    "spec.replicas",
                    "HorizontalPodAutoscaler shop/web",
                    "scaled by it",
                )
                for at in range(6)
            ),
            Ignored(None, "spec.paused", "gitops.yaml:12", "a pause", "2026-06-30", expired=True),
        ),
        skipped=(SkippedDocument("envs/prod/notes.yaml", 4, "neither apiVersion nor kind"),),
        requests=9,
        seconds=0.3141,
    )


@pytest.fixture
def in_sync() -> DriftReport:
    return DriftReport("shop", "", SOURCE, CLUSTER, REVISION, synced=12, requests=5, seconds=0.04)


@pytest.fixture
def applied() -> ApplyReport:
    kept = FieldReport((*CONTAINER, "image"), Verdict.LIVE_CHANGED, "web:1", "web:1", "web:hotfix", KUBECTL_SET)
    return ApplyReport(
        "apply", "shop", "prod", REVISION, CLUSTER, SOURCE,
        objects=(
            ApplyObject(deployment("new"), Action.CREATED, Health.IN_PROGRESS, "0 of 2 replicas are ready"),
            ApplyObject(deployment("proxy"), Action.CONFIGURED, Health.CURRENT),
            ApplyObject(deployment("web"), Action.KEPT, Health.CURRENT, fields=(kept,)),
            ApplyObject(deployment("same"), Action.UNCHANGED, Health.CURRENT),
            ApplyObject(deployment("old"), Action.PRUNED, Health.NOT_FOUND),
            ApplyObject(ObjectRef("v1", "Namespace", "", "x"), Action.FAILED, message="the server said no"),
        ),
        waited=True, requests=14, seconds=3.5,
    )  # fmt: skip


@pytest.fixture
def refused() -> ApplyReport:
    return ApplyReport(
        "reconcile", "shop", "prod", REVISION, CLUSTER,
        refusals=("30 of 100 members would be pruned, more than 25%: raise --prune-limit if that is meant",),
        requests=6, seconds=0.2,
    )  # fmt: skip


@pytest.fixture
def history() -> HistoryReport:
    return HistoryReport(
        "shop", "prod", REVISION, CLUSTER,
        (
            Deployment(
                REVISION, "2026-11-23T19:00:00Z", "ada@example.com", "Ada Author", "succeeded",
                {"created": 2, "configured": 1, "pruned": 0},
                (ChangedObject(deployment("new"), Action.CREATED),),
                "Raise the limits",
            ),
            Deployment(EARLIER, "2026-11-22T08:00:00Z", "ci", "Bob", "failed", {"failed": 1}),
        ),
    )  # fmt: skip


@pytest.fixture
def snapshot() -> Callable[[str, str], None]:
    """Holds a text against the file of that name under snapshots/."""

    def check(name: str, text: str) -> None:
        file = SNAPSHOTS / name
        if os.environ.get("UPDATE_SNAPSHOTS"):
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8")

    return check
