"""What a comparison asks the server, what it remembers, and what it lets go, on a control plane of its own.

Of its own, because an admission policy for everything would also be one for every other test's objects.
"""

import gc
import json
import random
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from kubectl_gitops.cluster import ApiError, list_many
from kubectl_gitops.core.exit_codes import exit_code
from kubectl_gitops.core.objects import Body
from kubectl_gitops.core.proof import prove
from kubectl_gitops.core.reports import State
from kubectl_gitops.main import run as run_program
from kubectl_gitops.pipeline import comparing, live, survey
from kubectl_gitops.pipeline.confirmed import Confirmed
from kubectl_gitops.pipeline.verify import verify
from tests.controlplane import ControlPlane, find_programs, run
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline, actions, states
from tests.walk.shop import CANARY, DEFINITION, SECRET, SERVICE, WIDGET, config_map, deployment, until

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
POLICIES = f"{ADMISSION}/mutatingadmissionpolicies"
BINDINGS = f"{ADMISSION}/mutatingadmissionpolicybindings"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
EVERYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"], "operations": ["CREATE", "UPDATE"]}
FIXED_REQUESTS = 8
"""Discovery (2), inventory, version, admission (2), autoscalers, the schemas' index."""


@pytest.fixture(scope="module")
def alone(
    control_plane_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ControlPlane]:
    with run(find_programs(control_plane_environment), folder=tmp_path_factory.mktemp("plane")) as plane:
        yield plane


@pytest.fixture
def plane(alone: ControlPlane) -> ControlPlane:
    return alone


@pytest.fixture
def app(repo: RepoBuilder, pipeline: Pipeline) -> Pipeline:
    """Five kinds, applied."""
    for name in ("one", "two", "three"):
        repo.write(f"app/{name}.yaml", config_map(name))
    repo.write("app/web.yaml", deployment())
    repo.write("app/service.yaml", SERVICE)
    repo.write("app/secret.yaml", SECRET)
    repo.write("app/account.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n")
    repo.commit()
    pipeline.applied()
    return pipeline


ALL = ["login", "one", "robot", "three", "two", "web", "web"]
KINDS = ["Secret", "ConfigMap", "ServiceAccount", "ConfigMap", "ConfigMap", "Deployment", "Service"]


@pytest.fixture
def policy(cluster: Cluster) -> Iterator[dict[str, Any]]:
    """A MutatingAdmissionPolicy for everything, which changes nothing while it has no binding."""
    name = f"{cluster.namespace}.example.com"
    body = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "matchConstraints": {"resourceRules": [EVERYTHING]},
            "failurePolicy": "Fail",
            "reinvocationPolicy": "Never",
            "variables": [{"name": "team", "expression": "'shop'"}],
            "mutations": [
                {
                    "patchType": "ApplyConfiguration",
                    "applyConfiguration": {
                        "expression": "Object{metadata: Object.metadata{annotations: {'team': variables.team}}}"
                    },
                }
            ],
        },
    }
    yield cluster.raw("POST", POLICIES, body)
    cluster.raw("DELETE", f"{POLICIES}/{name}")


def bind(cluster: Cluster, policy: dict[str, Any]) -> None:
    """Let the policy change the test's own objects."""
    name = policy["metadata"]["name"]
    matching = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": cluster.namespace}}}
    body = {"metadata": {"name": name}, "spec": {"policyName": name, "matchResources": matching}}
    cluster.raw("POST", BINDINGS, body)


def change(cluster: Cluster, policy: dict[str, Any], team: str) -> None:
    name = policy["metadata"]["name"]
    patch = {"spec": {"variables": [{"name": "team", "expression": f"'{team}'"}]}}
    cluster.raw("PATCH", f"{POLICIES}/{name}", patch, "application/merge-patch+json")


def remembered(pipeline: Pipeline) -> dict[str, float]:
    (file,) = (pipeline.cache / "verdicts").iterdir()
    found: dict[str, float] = orjson.loads(file.read_bytes())
    return found


def test_requests_of_a_second_drift(app: Pipeline) -> None:
    app.drift()
    report = app.drift()
    assert states(report) == {}
    assert report.synced == len(ALL)
    assert report.requests == len(app.sent)
    assert len(app.sent) <= 5 + FIXED_REQUESTS
    assert {one.method for one in app.sent} == {"GET"}


def test_an_answer_is_asked_for_once(
    app: Pipeline, policy: dict[str, Any], cluster: Cluster, repo: RepoBuilder
) -> None:
    first = app.drift()
    assert (states(first), app.asked) == ({}, ALL)
    assert first.requests == len(app.sent)
    # Of Secrets nothing is remembered.
    again = app.drift()
    assert (states(again), app.asked) == ({}, ["login"])
    assert again.synced == len(ALL)
    assert len(app.sent) - 1 <= 5 + FIXED_REQUESTS
    assert len(remembered(app)) == len(ALL) - 1

    # A changed object, whose answer is then remembered though a person changed it.
    cluster.kubectl("annotate", "configmap", "one", "example.com/by-hand=yes")
    assert (states(app.drift()), app.asked) == ({"ConfigMap/one": "Drifted"}, ["login", "one"])
    assert (states(app.drift()), app.asked) == ({"ConfigMap/one": "Drifted"}, ["login"])
    # What moves by itself asks nothing.
    status = {"status": {"replicas": 1}}
    path = f"/apis/apps/v1/namespaces/{cluster.namespace}/deployments/web/status"
    cluster.raw("PATCH", path, status, "application/merge-patch+json")
    app.drift()
    assert app.asked == ["login"]
    # Changed in Git.
    repo.write("app/two.yaml", config_map("two", "changed"))
    repo.commit()
    assert (states(app.drift())["ConfigMap/two"], app.asked) == ("Pending", ["login", "two"])
    # What would change is asked about each time.
    app.drift()
    assert app.asked == ["login", "two"]
    # A narrowed comparison leaves the rest as it was.
    app.drift("configmap/three")
    assert app.asked == []
    app.drift()
    assert app.asked == ["login", "two"]


def test_a_changed_policy_asks_again(app: Pipeline, policy: dict[str, Any], cluster: Cluster) -> None:
    app.drift()
    app.drift()
    assert app.asked == ["login"]
    change(cluster, policy, "edge")
    app.drift()
    assert app.asked == ALL
    # The objects did not change, and yet the next write would change them.
    bind(cluster, policy)
    patch = ["patch", "configmap", "one", "--dry-run=server", "--patch", '{"data": {"a": "b"}}', "-o", "yaml"]
    until(lambda: "team: edge" in cluster.kubectl(*patch))
    change(cluster, policy, "other")
    report = app.drift()
    assert app.asked == ALL
    assert states(report).keys() == {f"{kind}/{name}" for kind, name in zip(KINDS, ALL, strict=True)}


def test_answers_of_admission_expire(app: Pipeline, policy: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubectl_gitops.pipeline.confirmed.LASTS", -1.0)
    app.drift()
    app.drift()
    assert app.asked == ALL


def test_nothing_of_a_secret_is_on_disk(app: Pipeline, policy: dict[str, Any], cluster: Cluster) -> None:
    for _ in range(2):
        app.drift()
    secret = cluster.get("secret", "login")
    encoded = secret["data"]["password"]
    written = [file.read_bytes() for file in app.cache.rglob("*") if file.is_file()]
    assert written
    for canary in (CANARY, encoded, secret["metadata"]["uid"]):
        assert not [content for content in written if canary.encode() in content]


def test_a_definition_that_gains_a_default(
    repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = f"{cluster.namespace}.example.com"
    name = f"widgets.{group}"
    cluster.kubectl("apply", "--server-side", "-f", "-", input=DEFINITION.format(group=group))
    cluster.kubectl("wait", "--for=condition=Established", f"crd/{name}")
    repo.write("app/widget.yaml", WIDGET.format(group=group))
    repo.commit()
    try:
        until(lambda: _schema_hash(cluster, group))
        pipeline.applied()
        assert states(pipeline.drift()) == {}
        before = _schema_hash(cluster, group)
        version = cluster.get(f"widgets.{group}", "gear")["metadata"]["resourceVersion"]
        at = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"
        patch = [{"op": "add", "path": f"{at}/shape", "value": {"type": "string", "default": "round"}}]
        cluster.raw("PATCH", f"{DEFINITIONS}/{name}", patch, "application/json-patch+json")
        until(lambda: _schema_hash(cluster, group) != before)
        until(lambda: cluster.get(f"widgets.{group}", "gear")["spec"].get("shape") == "round")
        assert cluster.get(f"widgets.{group}", "gear")["metadata"]["resourceVersion"] == version

        # By the index of the last run it is compared first, and by the new schema once more.
        compared: list[bool] = []

        def noting(node: Any, desired: Body, found: Body, subresources: frozenset[str]) -> Any:
            if found["kind"] == "Widget":
                compared.append(node.field("spec").field("shape") is not None)
            return prove(node, desired, found, subresources)

        monkeypatch.setattr(comparing, "prove", noting)
        report = pipeline.drift()
        assert compared == [False, True]
        assert (states(report), report.synced) == ({}, 1)
        assert [one.target for one in pipeline.sent].count(_path(cluster, group)) == 1
        compared.clear()
        pipeline.drift()
        assert compared == [True]

        # What can't be read again is not known to be in sync, and what is gone by then is not either.
        for answer, state in (({}, "Missing"), (None, "Unverified")):
            patch[0]["value"] = {"type": "string", "default": "round", "maxLength": len(state)}
            before = _schema_hash(cluster, group)
            cluster.raw("PATCH", f"{DEFINITIONS}/{name}", patch, "application/json-patch+json")
            until(lambda last=before: _schema_hash(cluster, group) != last)  # type: ignore[misc]

            def unread(_cluster: Any, _wanted: Any, missing: Any, *_: Any, told: Any = answer) -> Any:
                keys = list(missing)
                return dict.fromkeys(keys, "it may not be read") if told is None else told

            with monkeypatch.context() as patched:
                patched.setattr(survey, "read_missing", unread)
                assert states(pipeline.drift()) == {"Widget/gear": state}
    finally:
        cluster.raw("DELETE", f"{DEFINITIONS}/{name}")


def _path(cluster: Cluster, group: str) -> str:
    return f"/apis/{group}/v1/namespaces/{cluster.namespace}/widgets/gear"


def _schema_hash(cluster: Cluster, group: str) -> str:
    found = json.loads(cluster.raw("GET", "/openapi/v3")["text"])["paths"].get(f"apis/{group}/v1") or {}
    return str(found.get("serverRelativeURL", ""))


@pytest.fixture
def fooled(app: Pipeline, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A proof that calls everything clean, and one object that is not."""
    cluster.kubectl("patch", "configmap", "two", "--patch", '{"data": {"greeting": "by hand"}}')
    assert states(app.drift()) == {"ConfigMap/two": "Drifted"}
    monkeypatch.setattr(comparing, "prove", lambda *_: None)
    # Nor does ownership tell.
    monkeypatch.setattr(comparing.Comparison, "_may_have_more", lambda *_: False)
    assert states(app.drift()) == {}
    return app


def test_a_disagreement_with_the_server_is_an_error(fooled: Pipeline) -> None:
    report = fooled.drift(sample=1.0)
    assert fooled.asked == ALL
    (sentence,) = report.could_not_tell
    assert sentence.startswith(f"ConfigMap {fooled.cluster.namespace}/two: proven clean locally")
    assert states(report) == {"ConfigMap/two": "Drifted"}
    assert exit_code(report) == 2
    assert report.requests == len(fooled.sent)


@pytest.mark.parametrize("flag", [["--dry-run-all"], ["--sample=100"]])
def test_the_flags_end_with_2(
    fooled: Pipeline, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, flag: list[str]
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(fooled.cluster.kubeconfig))
    folder = str(fooled.repo.path / "app")
    assert run_program(["drift", folder, "--name=shop"]) == 0
    assert run_program(["drift", folder, "--name=shop", *flag]) == 2
    output = capsys.readouterr()
    assert "proven clean" in output.out + output.err


def test_a_sample_asks_about_a_part(fooled: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = iter([0.9, 0.2, 0.9, 0.9, 0.4, 0.9, 0.9])

    class Chooser(random.Random):
        def random(self) -> float:
            return next(chosen)

    made = partial(comparing.Comparison, _chooser=Chooser())
    monkeypatch.setattr(survey, "Comparison", made)
    fooled.drift(sample=0.3)
    assert len(fooled.asked) == 1
    assert next(chosen, None) is None


def test_remembered_answers_are_asked_about_too(
    app: Pipeline, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a wrong proof is, a wrong memory is an error; and it is gone afterwards."""
    monkeypatch.setattr(comparing, "prove", lambda *_: "in doubt")
    app.drift()
    assert app.asked == ALL
    app.drift()
    assert app.asked == ["login"]
    report = app.drift(sample=1.0)
    assert (app.asked, exit_code(report)) == (ALL, 0)
    cluster.kubectl("patch", "configmap", "two", "--patch", '{"data": {"greeting": "by hand"}}')
    known = remembered(app)
    with monkeypatch.context() as patched:
        # The digest of the object as it was, for the object as it is.
        patched.setattr(Confirmed, "has", lambda *_: True)
        assert states(app.drift()) in ({}, {"ConfigMap/two": "Drifted"})
        assert app.asked == []
        report = app.drift(sample=1.0)
        assert app.asked == ALL
        assert len(report.could_not_tell) == 1
        assert exit_code(report) == 2
    assert len(remembered(app)) <= len(known)
    assert states(app.drift()) == {"ConfigMap/two": "Drifted"}


class Tracked(dict[str, Any]):
    """An object that can be watched while it is let go."""


def test_what_is_clean_is_let_go(
    app: Pipeline, policy: dict[str, Any], cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was proven or confirmed: no list of ten thousand objects is ever held as a whole."""
    cluster.kubectl("patch", "configmap", "two", "--patch", '{"data": {"greeting": "by hand"}}')
    app.drift()
    alive: dict[str, weakref.ref[Tracked]] = {}

    def tracked(*arguments: Any) -> Iterator[Any]:
        for listing, page in list_many(*arguments):
            assert not isinstance(page, ApiError)
            objects = [Tracked(body) for body in page]
            alive.update({f"{one['kind']}/{one['metadata']['name']}": weakref.ref(one) for one in objects})
            yield listing, objects

    monkeypatch.setattr(live, "list_many", tracked)
    held: dict[str, bool] = {}

    def looking(*arguments: Any) -> Any:
        gc.collect()
        held.update({name: found() is not None for name, found in alive.items()})
        return verify(*arguments)

    monkeypatch.setattr(survey, "verify", looking)
    report = app.drift()
    assert report.synced == len(ALL) - 1
    assert sorted(name for name, still in held.items() if still) == ["ConfigMap/two", "Secret/login"]
    assert len(held) == len(ALL)


def test_health_is_told_of_what_was_let_go(app: Pipeline) -> None:
    report = app.apply()
    assert set(actions(report).values()) == {"unchanged"}
    assert {str(one.health) for one in report.objects if one.object.kind == "ConfigMap"} == {"Current"}
    assert {str(one.health) for one in report.objects if one.object.kind == "Deployment"} == {"InProgress"}


def test_a_removed_label_is_a_difference_and_no_deletion(app: Pipeline, cluster: Cluster) -> None:
    cluster.kubectl("label", "configmap", "one", "applyset.kubernetes.io/part-of-")
    report = app.drift()
    assert states(report) == {"ConfigMap/one": "Drifted"}
    assert State.MISSING not in states(report).values()


def test_whose_an_object_is(app: Pipeline, cluster: Cluster, repo: RepoBuilder, tmp_path: Path) -> None:
    cluster.kubectl("create", "configmap", "new")
    cluster.kubectl("create", "configmap", "theirs")
    cluster.kubectl("annotate", "configmap", "theirs", "meta.helm.sh/release-name=other")
    repo.write("app/new.yaml", config_map("new"))
    repo.write("app/theirs.yaml", config_map("theirs"))
    repo.commit()
    report = app.drift()
    assert states(report) == {"ConfigMap/new": "Unmanaged", "ConfigMap/theirs": "Unmanaged"}
    assert ["other" in one.message for one in report.objects] == [False, True]
    assert app.asked == []
