from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from kubectl_gitops.core.ignore import (
    FieldRule,
    MayBeScaled,
    Rule,
    ScaledByAutoscaler,
    active,
    expired,
    field_rules,
    hpa_rules,
    rule_for,
    rules_of,
)
from kubectl_gitops.core.objects import Key
from kubectl_gitops.core.path import Pattern, parse
from kubectl_gitops.core.targets import IgnoreRule

WEB = Key("apps", "Deployment", "shop", "web")


@dataclass(frozen=True)
class FromFile:
    kind: str = ""
    name: str = ""
    namespace: str = ""
    path: Pattern = ("spec", "replicas")
    reason: str = "because"
    expires: date | None = None
    title: str = "gitops.yaml:3"


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        (FromFile(), True),
        (FromFile("Deployment", "web", "shop"), True),
        (FromFile("*", "*", "*"), True),
        (FromFile("Deployment", "w*", "s?op"), True),
        (FromFile("deployment"), False),
        (FromFile("StatefulSet"), False),
        (FromFile(name="api-*"), False),
        (FromFile(name="WEB"), False),
        (FromFile(namespace="prod"), False),
        (IgnoreRule("", "", "", ("spec", "replicas"), "spec.replicas", "", None, 3), True),
        (IgnoreRule("Deployment", "web-*", "", ("spec", "replicas"), "spec.replicas", "", None, 3), False),
        (MayBeScaled("shop"), True),
        (MayBeScaled("other"), False),
        (ScaledByAutoscaler("apps", "Deployment", "shop", "web", "h"), True),
        (ScaledByAutoscaler("example.com", "Deployment", "shop", "web", "h"), False),
        (ScaledByAutoscaler("apps", "Deployment", "shop", "we*", "h"), False),
        (ScaledByAutoscaler("apps", "Deployment", "other", "web", "h"), False),
    ],
)
def test_which_objects_a_rule_concerns(rule: Rule, applies: bool) -> None:
    assert rules_of([rule], WEB) == ((rule,) if applies else ())
    assert rule_for([rule], WEB, ("spec", "replicas")) == (rule if applies else None)


@pytest.mark.parametrize(
    ("pattern", "path", "applies"),
    [
        ("spec.replicas", ("spec", "replicas"), True),
        ("spec", ("spec", "replicas"), True),
        ("spec.replicas", ("spec",), False),
        ("metadata.annotations[*]", ("metadata", "annotations", "a"), True),
        ("metadata.annotations[*]", ("metadata", "labels", "a"), False),
    ],
)
def test_which_fields_a_rule_names(pattern: str, path: tuple[str, ...], applies: bool) -> None:
    rule = FromFile(path=parse(pattern))
    assert rule_for([rule], WEB, path) == (rule if applies else None)


def test_the_first_rule_wins() -> None:
    first, second = FromFile(reason="first"), FromFile(reason="second")
    assert rule_for([first, second], WEB, ("spec", "replicas")) == first


def test_field_rules_say_who_ignores() -> None:
    rules = [FromFile(), FromFile(reason=""), FromFile("Job")]
    assert field_rules(rules, WEB) == (
        FieldRule(("spec", "replicas"), "because", "gitops.yaml:3"),
        FieldRule(("spec", "replicas"), "no reason is given", "gitops.yaml:3"),
    )


def test_a_rule_holds_through_its_last_day() -> None:
    rules = [FromFile(), FromFile(expires=date(2027, 6, 30))]
    assert active(rules, date(2027, 6, 30)) == tuple(rules)
    assert expired(rules, date(2027, 6, 30)) == ()
    assert active(rules, date(2027, 7, 1)) == (rules[0],)
    assert expired(rules, date(2027, 7, 1)) == (rules[1],)


def autoscaler(name: str, target: dict[str, str] | None) -> dict[str, Any]:
    spec = {} if target is None else {"scaleTargetRef": target}
    metadata = {"name": name, "namespace": "shop"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata,
        "spec": spec,
    }


def test_an_autoscaler_ignores_the_replicas_that_it_sets() -> None:
    web = autoscaler("h", {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})
    core = autoscaler("c", {"kind": "ReplicationController", "name": "old"})
    broken = [
        autoscaler("x", None),
        autoscaler("x", {"kind": "Deployment"}),
        {"kind": "HorizontalPodAutoscaler"},
    ]
    rules = hpa_rules([web, *broken, core, web])
    assert rules == (
        ScaledByAutoscaler("", "ReplicationController", "shop", "old", "c"),
        ScaledByAutoscaler("apps", "Deployment", "shop", "web", "h"),
    )
    rule = rule_for(rules, WEB, ("spec", "replicas"))
    assert rule is not None
    assert (rule.title, rule.reason) == ("HorizontalPodAutoscaler shop/h", "an autoscaler scales it")
    assert rule_for(rules, WEB, ("spec", "paused")) is None
    assert active(rules, date(9999, 1, 1)) == rules
