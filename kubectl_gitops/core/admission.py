"""Which objects an admission step may change on their way into the cluster, beyond what local comparison can know.

MutatingWebhookConfiguration and MutatingAdmissionPolicy match by group, version, resource and operation first
(admissionregistration.k8s.io/v1 RuleWithOperations). Their selectors and conditions are not evaluated here: an object
that they would leave out is only asked about once more than needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kubectl_gitops.core.objects import Body, Json


class MutationRule(NamedTuple):
    """Groups and resources that a step may change; ``*`` stands for all.

    ``source`` names the configuration and its state, "" where that is not known.
    """

    groups: tuple[str, ...]
    resources: tuple[str, ...]
    source: str = ""

    def matches(self, group: str, plural: str) -> bool:
        groups = "*" in self.groups or group in self.groups
        # A rule for all subresources takes in the resource itself (k8s.io/apiserver, webhook/predicates/rules).
        return groups and any(name in ("*", "*/*", plural, f"{plural}/*") for name in self.resources)


EVERYTHING = MutationRule(("*",), ("*",))


def mutation_rules(configurations: Iterable[Body]) -> tuple[MutationRule, ...]:
    """The rules of MutatingWebhookConfiguration and MutatingAdmissionPolicy objects.

    A webhook with matchPolicy Equivalent, the default, also gets what is written through another group or version of
    the same resource; hence versions are not looked at, and a group only where the policy says Exact.
    """
    found: list[MutationRule] = []
    for body in configurations:
        metadata = body.get("metadata") or {}
        source = f"{metadata.get('uid')}/{metadata.get('resourceVersion')}"
        for hook in body.get("webhooks") or ():
            found.extend(_rules(hook.get("rules"), hook.get("matchPolicy"), source))
        constraints = (body.get("spec") or {}).get("matchConstraints") or {}
        found.extend(_rules(constraints.get("resourceRules"), constraints.get("matchPolicy"), source))
    return tuple(dict.fromkeys(found))


def _rules(rules: Json, match_policy: Json, source: str) -> Iterable[MutationRule]:
    for rule in rules or ():
        if not {"*", "CREATE", "UPDATE"} & set(rule.get("operations") or ()):
            continue
        groups = tuple(rule.get("apiGroups") or ()) if match_policy == "Exact" else ("*",)
        yield MutationRule(groups, tuple(rule.get("resources") or ()), source)


def mutating(rules: Iterable[MutationRule], group: str, plural: str) -> tuple[MutationRule, ...]:
    """The rules by which some step may change a written object of that resource; none means that none can."""
    return tuple(rule for rule in rules if rule.matches(group, plural))
