from __future__ import annotations

from kubectl_gitops.core.path import Item
from kubectl_gitops.core.report_json import to_json
from kubectl_gitops.core.reports import (
    Action,
    ApplyObject,
    ApplyReport,
    ClusterReport,
    DriftReport,
    FieldReport,
    GitBy,
    Health,
    HistoryReport,
    LiveBy,
    ObjectRef,
    ObjectReport,
    SourceReport,
    State,
    Verdict,
)

REVISION = "0" * 40
CLUSTER = ClusterReport("prod-eu", "https://192.0.2.1", "v1.36.3")
SOURCE = SourceReport("git@example.com:shop", "envs/prod", REVISION, "main", "kustomize v5.5.0", "a subject")
WEB = ObjectRef("apps/v1", "Deployment", "shop", "web")


def test_drift_as_the_contract_has_it() -> None:
    path = ("spec", "template", "spec", "containers", Item((("name", "web"),)), "image")
    field = FieldReport(
        path, Verdict.LIVE_CHANGED, "web:1", "web:1", "web:hotfix",
        LiveBy("kubectl-set", "Update", "", "2026-11-23T19:00:00Z"),
        GitBy(REVISION, "Ada", "2026-11-22T19:00:00Z", "Roll out"),
    )  # fmt: skip
    report = DriftReport(
        "shop", "prod", SOURCE, CLUSTER, REVISION, 1008,
        (
            ObjectReport(WEB, State.DRIFTED, "envs/prod/web.yaml", 1, (field,), "words", {"a": 1}, {"a": 2}),
            ObjectReport(ObjectRef("v1", "Namespace", "", "x"), State.MISSING, "envs/prod/ns.yaml", 3),
        ),
        requests=9, seconds=0.31,
    )  # fmt: skip
    assert to_json(report) == {
        "apiVersion": "kubectl-gitops/v1",
        "kind": "DriftReport",
        "name": "shop",
        "target": "prod",
        "source": {
            "repository": "git@example.com:shop",
            "path": "envs/prod",
            "ref": "main",
            "revision": REVISION,
            "renderer": "kustomize v5.5.0",
        },
        "base": {"revision": REVISION},
        "cluster": {"context": "prod-eu", "server": "https://192.0.2.1", "version": "v1.36.3"},
        "summary": {"objects": 1010, "Synced": 1008, "Drifted": 1, "Missing": 1},
        "objects": [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "namespace": "shop",
                "name": "web",
                "state": "Drifted",
                "file": "envs/prod/web.yaml",
                "line": 1,
                "fields": [
                    {
                        "path": "spec.template.spec.containers[name=web].image",
                        "verdict": "LiveChanged",
                        "base": "web:1",
                        "desired": "web:1",
                        "live": "web:hotfix",
                        "live_by": {
                            "manager": "kubectl-set",
                            "operation": "Update",
                            "subresource": "",
                            "not_after": "2026-11-23T19:00:00Z",
                        },
                        "git_by": {
                            "commit": REVISION,
                            "author": "Ada",
                            "time": "2026-11-22T19:00:00Z",
                            "subject": "Roll out",
                        },
                    }
                ],
            },
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "name": "x",
                "state": "Missing",
                "file": "envs/prod/ns.yaml",
                "line": 3,
                "fields": [],
            },
        ],
        "ignored": [],
        "skipped": [],
        "requests": 9,
        "seconds": 0.31,
    }


def test_absent_is_left_out_but_null_stays() -> None:
    field = FieldReport(("spec", "paused"), Verdict.UNKNOWN, desired=None, live="")
    report = DriftReport(
        "shop", "", SourceReport("r", "."), CLUSTER,
        objects=(ObjectReport(WEB, State.CONFLICTED, fields=(field,)), ObjectReport(WEB, State.SYNCED)),
    )  # fmt: skip
    value = to_json(report)
    assert value["objects"][0]["fields"] == [{"path": "spec.paused", "verdict": "Unknown", "desired": None, "live": ""}]
    assert value["summary"] == {"objects": 2, "Synced": 1, "Conflicted": 1}
    assert value["source"] == {"repository": "r", "path": "."}
    assert not {"target", "base"} & value.keys()
    assert not {"file", "line"} & value["objects"][0].keys()


def test_apply() -> None:
    done = ApplyObject(WEB, Action.CREATED, Health.IN_PROGRESS, "0 of 2 ready")
    report = ApplyReport("apply", "shop", "", REVISION, CLUSTER, None, (done,), dry_run="server", requests=2)
    assert to_json(report) == {
        "apiVersion": "kubectl-gitops/v1",
        "kind": "ApplyReport",
        "name": "shop",
        "command": "apply",
        "revision": REVISION,
        "dryRun": "server",
        "cluster": {"context": "prod-eu", "server": "https://192.0.2.1", "version": "v1.36.3"},
        "summary": {"objects": 1, "created": 1},
        "objects": [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "namespace": "shop",
                "name": "web",
                "action": "created",
                "health": "InProgress",
                "message": "0 of 2 ready",
            }
        ],
        "refusals": [],
        "requests": 2,
        "seconds": 0.0,
    }


def test_history_of_nothing() -> None:
    assert to_json(HistoryReport("shop", "prod", "", ClusterReport("c", "s"))) == {
        "apiVersion": "kubectl-gitops/v1",
        "kind": "HistoryReport",
        "name": "shop",
        "target": "prod",
        "cluster": {"context": "c", "server": "s"},
        "deployments": [],
    }


def test_reports_do_not_show_values_in_their_repr() -> None:
    field = FieldReport(("data", "a"), Verdict.LIVE_CHANGED, "one-value", "two-value", "three-value")
    shown = repr(
        ObjectReport(WEB, State.DRIFTED, fields=(field,), live={"x": "four-value"}, merged={"x": "five-value"})
    )
    assert "-value" not in shown
