from typing import Any

import pytest

from kubectl_gitops.core.assess import Assessment, IgnoredField, compare, sendable
from kubectl_gitops.core.fields import overlay
from kubectl_gitops.core.ignore import FieldRule
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.path import parse, text
from kubectl_gitops.core.reports import State, Verdict
from kubectl_gitops.core.schema import MISSING
from kubectl_gitops.core.verdicts import REPLICAS, RESTARTED_AT
from tests.core.shapes import CONTAINERS, DEPLOYMENT, POD, WEB, deployment, entry, item, live, ours, pods

KEY = Key("apps", "Deployment", "shop", "web")
RESTART = "f:spec f:template f:metadata f:annotations f:kubectl.kubernetes.io/restartedAt"


def rule(path: str, reason: str = "because", title: str = "gitops.yaml:7") -> FieldRule:
    return FieldRule(parse(path), reason, title)


def restarted(spec: dict[str, Any], at: str = "now") -> dict[str, Any]:
    template = {**spec["template"], "metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": at}}}
    return deployment({**spec, "template": template})


def assessed(
    base: dict[str, Any] | None, desired: dict[str, Any], there: dict[str, Any], *rules: FieldRule
) -> Assessment:
    """The assessment of a member, with what an apply of what is sent would make."""
    body, ignored = sendable(DEPLOYMENT, desired, there, rules)
    merged = overlay(DEPLOYMENT, there, body)
    found = Assessment(KEY, State.SYNCED, None, body, there, merged, DEPLOYMENT, ignored=ignored)
    return compare(found, base, rules)


GIT = deployment(pods({"name": "web", "image": "a"}, replicas=1))
OWNED = ours("f:spec f:replicas", f"{POD} {WEB} f:image")


def test_what_a_rule_ignores_is_neither_sent_nor_drift() -> None:
    there = live(deployment(pods({"name": "web", "image": "a"}, replicas=5)), entry("hpa", "f:spec f:replicas"))
    found = assessed(GIT, GIT, there, rule("spec.replicas"))
    assert (found.state, found.fields) == (State.SYNCED, ())
    assert found.ignored == (IgnoredField(REPLICAS, "gitops.yaml:7", "because", 1, 5),)
    assert found.desired is not None
    assert "replicas" not in found.desired["spec"]


def test_what_a_rule_ignores_and_we_own_is_sent_as_live_has_it() -> None:
    there = live(deployment(pods({"name": "web", "image": "a"}, replicas=5)), OWNED)
    found = assessed(GIT, GIT, there, rule("spec.replicas"))
    assert found.desired is not None
    assert found.desired["spec"]["replicas"] == 5


def test_an_ignored_field_that_is_as_declared_is_not_listed() -> None:
    found = assessed(GIT, GIT, live(GIT, OWNED), rule("spec.replicas"), rule("spec.strategy"))
    assert (found.state, found.ignored) == (State.SYNCED, ())


def test_the_first_rule_names_the_field() -> None:
    there = live(deployment(pods({"name": "web", "image": "b"}, replicas=1)), entry("x", f"{POD} {WEB} f:image"))
    wide = rule(f"{CONTAINERS}[*].image", title="wide")
    narrow = rule(f"{CONTAINERS}[name=web].image", title="narrow")
    assert [one.rule for one in assessed(GIT, GIT, there, wide, narrow).ignored] == ["wide"]
    assert [one.rule for one in assessed(GIT, GIT, there, narrow, wide).ignored] == ["narrow"]


def test_extras_below_an_ignored_path_are_ignored() -> None:
    git = deployment(pods({"name": "web", "image": "a"}, replicas=1), labels={"a": "1"})
    there = live(
        deployment(pods({"name": "web", "image": "a"}, replicas=1), labels={"a": "1", "b": "1"}),
        OWNED,
        entry("kubectl-label", "f:metadata f:labels f:b"),
    )
    drifted = assessed(git, git, there)
    assert [(text(one.path), one.verdict) for one in drifted.fields] == [("metadata.labels.b", Verdict.EXTRA)]
    found = assessed(git, git, there, rule("metadata.labels.b"))
    assert (found.state, found.fields) == (State.SYNCED, ())
    assert found.ignored == (IgnoredField(("metadata", "labels", "b"), "gitops.yaml:7", "because", MISSING, "1"),)


def test_undeclared_replicas_and_restarts_are_ignored_by_themselves() -> None:
    git = deployment(pods({"name": "web", "image": "a"}))
    there = live(
        restarted({**git["spec"], "replicas": 5}),
        OWNED | ours(f"{POD} {WEB} f:image"),
        entry("kubectl", "f:spec f:replicas", subresource="scale"),
        entry("kubectl-rollout", RESTART),
    )
    found = assessed(git, git, there)
    assert (found.state, found.fields) == (State.SYNCED, ())
    assert [(one.path, one.rule, one.removable) for one in found.ignored] == [
        (REPLICAS, "built in", True),
        (RESTARTED_AT, "built in", True),
    ]
    assert all("--remove-extra=all" in one.reason for one in found.ignored)
    ruled = assessed(git, git, there, rule("spec.replicas"))
    assert [(one.path, one.rule, one.removable) for one in ruled.ignored] == [
        (REPLICAS, "gitops.yaml:7", False),
        (RESTARTED_AT, "built in", True),
    ]


def test_declared_replicas_and_restarts_are_drift() -> None:
    git = restarted({**GIT["spec"]}, at="then")
    there = live(restarted({**GIT["spec"], "replicas": 5}), entry("kubectl-rollout", RESTART), OWNED)
    found = assessed(git, git, there)
    assert found.state is State.DRIFTED
    assert {one.path for one in found.fields} == {REPLICAS, RESTARTED_AT}


def test_replicas_that_git_dropped_are_removed() -> None:
    git = deployment(pods({"name": "web", "image": "a"}))
    there = live(GIT, OWNED)
    found = Assessment(KEY, State.SYNCED, None, git, there, live(git), DEPLOYMENT)
    found = compare(found, GIT)
    assert [(one.path, one.verdict) for one in found.fields] == [(REPLICAS, Verdict.REMOVED)]
    assert found.state is State.PENDING


@pytest.mark.parametrize(("base", "based"), [(GIT, True), (None, False)])
def test_whether_there_was_a_base(base: dict[str, Any] | None, based: bool) -> None:
    assert assessed(base, GIT, live(GIT, OWNED)).based is based


def test_another_managers_list_of_people() -> None:
    there = live(deployment(GIT["spec"], labels={"b": "1"}), OWNED, entry("our-console", "f:metadata f:labels f:b"))
    found = Assessment(KEY, State.SYNCED, None, GIT, there, there, DEPLOYMENT)
    assert compare(found, GIT).state is State.SYNCED
    assert compare(found, GIT, people=frozenset({"our-console"})).state is State.DRIFTED


def test_an_extra_item_is_not_covered_by_a_rule_on_one_of_its_fields() -> None:
    env = item(name="A")
    there = live(
        deployment(pods({"name": "web", "image": "a", "env": [{"name": "A", "value": "1"}]}, replicas=1)),
        OWNED,
        entry("kubectl-set", f"{POD} {WEB} f:env {env} f:name", f"{POD} {WEB} f:env {env} f:value"),
    )
    found = assessed(GIT, GIT, there, rule(f"{CONTAINERS}[*].env[name=A].value"))
    assert [text(one.path) for one in found.fields] == [f"{CONTAINERS}[name=web].env[name=A]"]


def test_a_field_that_a_person_changed_and_a_rule_ignores_is_listed_once() -> None:
    scale = entry("kubectl", "f:spec f:replicas", subresource="scale")
    there = live(deployment(pods({"name": "web", "image": "a"}, replicas=5)), ours(f"{POD} {WEB} f:image"), scale)
    found = assessed(GIT, GIT, there, rule("spec.replicas"))
    assert (found.state, [one.path for one in found.ignored]) == (State.SYNCED, [REPLICAS])


def test_a_part_of_an_atomic_list_that_is_ignored_does_not_look_like_a_change_of_gits() -> None:
    def args(*values: str) -> dict[str, Any]:
        return deployment(pods({"name": "web", "args": list(values)}))

    there = live(args("person", "cluster"), entry("kubectl-edit", f"{POD} {WEB} f:args"))
    found = assessed(args("git", "1"), args("git", "1"), there, rule(f"{CONTAINERS}[name=web].args[1]"))
    assert [(one.verdict, one.desired) for one in found.fields] == [(Verdict.LIVE_CHANGED, ["git", "cluster"])]
    found = assessed(args("old", "1"), args("git", "2"), there, rule(f"{CONTAINERS}[name=web].args[1]"))
    assert [one.verdict for one in found.fields] == [Verdict.CONFLICT]
