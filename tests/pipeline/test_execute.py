"""Writing: what fails fails alone, and says so in the report."""

import pytest

from kubectl_gitops.core.exit_codes import exit_code
from tests.harness import Cluster, RepoBuilder
from tests.pipeline.conftest import Pipeline, actions, states
from tests.walk.shop import DEFINITION, WIDGET, config_map, remove

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def test_a_definition_that_is_not_served_fails_alone(repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster) -> None:
    """Its names belong to another one already, which the server tells a moment after it took the definition."""
    group = f"{cluster.namespace}.example.com"
    cluster.kubectl("apply", "--server-side", "-f", "-", input=DEFINITION.format(group=group))
    cluster.kubectl("wait", "--for=condition=Established", f"crd/widgets.{group}")
    try:
        other = (
            DEFINITION.format(group=group).replace("widgets", "gadgets").replace("singular: widget", "singular: gadget")
        )
        repo.write("app/definition.yaml", other)
        repo.write("app/one.yaml", config_map("one"))
        repo.commit()
        report = pipeline.apply(timeout=1.0)
        name = f"CustomResourceDefinition/gadgets.{group}"
        assert actions(report) == {name: "failed", "ConfigMap/one": "created"}
        assert exit_code(report) == 1
        (failed,) = [one for one in report.objects if one.action == "failed"]
        assert "not established" in failed.message
        # The run is recorded, so that what it wrote has a base.
        assert "one" in cluster.get("configmap", "gitops-shop")["data"]["deployments"]
        assert states(pipeline.drift()) == {}
    finally:
        remove(cluster, f"{PATH}/widgets.{group}", f"{PATH}/gadgets.{group}")


def test_a_new_definition_and_its_object_in_one_run(repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster) -> None:
    group = f"{cluster.namespace}.example.com"
    repo.write("app/widget.yaml", f"{WIDGET.format(group=group)}---\n{DEFINITION.format(group=group)}")
    repo.commit()
    try:
        assert set(actions(pipeline.applied()).values()) == {"created"}
        assert cluster.get(f"widgets.{group}", "gear")["spec"]["size"] == 3
        assert states(pipeline.drift()) == {}
    finally:
        remove(cluster, f"{PATH}/widgets.{group}")


@pytest.mark.parametrize("bad", ["metadata: {name: bad}\ndata: {a: {b: c}}\n", "metadata: {name: Bad_Name}\n"])
def test_one_object_s_failure_stops_no_other(repo: RepoBuilder, pipeline: Pipeline, cluster: Cluster, bad: str) -> None:
    repo.write("app/bad.yaml", f"apiVersion: v1\nkind: ConfigMap\n{bad}")
    repo.write("app/good.yaml", config_map("good"))
    repo.commit()
    report = pipeline.apply()
    assert sorted(actions(report).values()) == ["created", "failed"]
    assert exit_code(report) == 1
    # What failed has no base, what was written has one.
    assert states(pipeline.drift()).keys() == {name for name, action in actions(report).items() if action == "failed"}
