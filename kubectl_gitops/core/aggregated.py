"""ClusterRoles whose rules a controller gathers from others."""

from __future__ import annotations

from kubectl_gitops.core.objects import Body, group_of


def leave_out_gathered_rules(body: Body) -> Body:
    """A ClusterRole with an ``aggregationRule`` without its ``rules``; any other object unchanged.

    The controller overwrites them (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles),
    so sending them would only fight it.
    """
    gathered = (
        body.get("kind") == "ClusterRole"
        and group_of(body.get("apiVersion") or "") == "rbac.authorization.k8s.io"
        and body.get("aggregationRule")
        and "rules" in body
    )
    return {name: item for name, item in body.items() if name != "rules"} if gathered else body
