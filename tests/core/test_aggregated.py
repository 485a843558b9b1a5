from __future__ import annotations

from typing import Any

import pytest

from kubectl_gitops.core.aggregated import leave_out_gathered_rules

ROLE: dict[str, Any] = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "r"}}
GATHERED = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}


def test_rules_that_a_controller_gathers_are_not_sent() -> None:
    body = {**ROLE, "aggregationRule": GATHERED, "rules": []}
    assert leave_out_gathered_rules(body) == {**ROLE, "aggregationRule": GATHERED}
    assert "rules" in body


@pytest.mark.parametrize(
    "body",
    [
        {**ROLE, "rules": []},
        {**ROLE, "aggregationRule": None, "rules": []},
        {**ROLE, "aggregationRule": GATHERED},
        {"apiVersion": "example.com/v1", "kind": "ClusterRole", "aggregationRule": GATHERED, "rules": []},
    ],
)
def test_other_objects_stay_as_they_are(body: dict[str, Any]) -> None:
    assert leave_out_gathered_rules(body) is body
