from typing import Any

import pytest

from kubectl_gitops.core.admission import EVERYTHING, MutationRule, mutating, mutation_rules


def rule(resources: list[str] | None, *operations: str, groups: tuple[str, ...] = ("apps",)) -> dict[str, Any]:
    return {"operations": list(operations), "apiGroups": list(groups), "apiVersions": ["v1"], "resources": resources}


def webhook(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "MutatingWebhookConfiguration", "webhooks": [{"rules": list(rules), **more}]}


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "MutatingAdmissionPolicy", "spec": {"matchConstraints": {"resourceRules": list(rules), **more}}}


@pytest.mark.parametrize(
    ("configuration", "matches"),
    [
        (webhook(rule(["deployments"], "CREATE")), True),
        (webhook(rule(["deployments"], "UPDATE")), True),
        (webhook(rule(["deployments"], "*")), True),
        (webhook(rule(["deployments"], "DELETE", "CONNECT")), False),
        (webhook(rule(["deployments"])), False),
        (webhook(rule(["*"], "CREATE")), True),
        (webhook(rule(["*/*"], "CREATE")), True),
        (webhook(rule(["deployments/*"], "CREATE")), True),
        (webhook(rule(["deployments/scale"], "CREATE")), False),
        (webhook(rule(["*/scale"], "CREATE")), False),
        (webhook(rule(["pods"], "CREATE")), False),
        (webhook(rule(None, "CREATE")), False),
        (webhook(rule(["pods"], "CREATE"), rule(["deployments"], "CREATE")), True),
        # The default, Equivalent, also matches the same resource of another group or version.
        (webhook(rule(["deployments"], "CREATE", groups=("extensions",))), True),
        (webhook(rule(["deployments"], "CREATE", groups=("extensions",)), matchPolicy="Exact"), False),
        (webhook(rule(["deployments"], "CREATE"), matchPolicy="Exact"), True),
        (webhook(rule(["deployments"], "CREATE", groups=("*",)), matchPolicy="Exact"), True),
        (policy(rule(["deployments"], "UPDATE")), True),
        (policy(rule(["deployments"], "UPDATE", groups=("extensions",)), matchPolicy="Exact"), False),
        (policy(rule(["pods"], "UPDATE")), False),
        ({"kind": "MutatingWebhookConfiguration"}, False),
        ({"kind": "MutatingWebhookConfiguration", "webhooks": [{}]}, False),
        ({"kind": "MutatingAdmissionPolicy", "spec": {}}, False),
        ({"kind": "MutatingAdmissionPolicy", "spec": None}, False),
    ],
)
def test_which_configurations_may_change_a_deployment(configuration: dict[str, Any], matches: bool) -> None:
    assert bool(mutating(mutation_rules([configuration]), "apps", "deployments")) is matches


def test_rules_are_read_once_and_name_their_configuration() -> None:
    metadata = {"uid": "u", "resourceVersion": "7"}
    one = policy(rule(["pods"], "CREATE"), rule(["pods"], "UPDATE")) | {"metadata": metadata}
    other = webhook(rule(["pods"], "UPDATE")) | {"metadata": metadata | {"uid": "v"}}
    assert mutation_rules([one, other]) == (
        MutationRule(("*",), ("pods",), "u/7"),
        MutationRule(("*",), ("pods",), "v/7"),
    )


def test_where_configurations_cannot_be_read_everything_may_change() -> None:
    assert mutating([EVERYTHING], "", "configmaps")
    assert not mutating([], "", "configmaps")
