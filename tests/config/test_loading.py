import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kubectl_gitops.config import load
from kubectl_gitops.core.path import parse
from kubectl_gitops.core.prune import DEFAULT_LIMIT, Limit
from kubectl_gitops.core.targets import Config, IgnoreRule, Target
from kubectl_gitops.errors import GitOpsError, UsageError

HEAD = "apiVersion: kubectl-gitops/v1\nkind: GitOps\n"
SCHEMA = Path(__file__).parents[2] / "schemas" / "gitops.json"

FULL = """\
# what the shop deploys
apiVersion: kubectl-gitops/v1
kind: GitOps
name: shop
targets:
- {name: dev, path: envs/dev/, context: kind-dev, namespace: shop-dev}
- name: prod
  path: ./envs/prod
  context: prod-eu
  cluster: 0d3f
  namespace: shop
  ref: main
  release: web
  values: [values/all.yaml, values/prod.yaml]
  signatures: {allowedSigners: .gitops/allowed_signers}
ignore:
- {kind: Deployment, name: "web-*", path: 'metadata.annotations["example.com/restarted"]', reason: "restarts",
   expires: 2027-06-30}
- path: spec.replicas
  namespace: shop-*
  reason: scaled by hand
prune: {limit: 10%}
people: [my-cli]
check:
  kubernetes: "1.36"
  policies: [policies/]
  enforce: [schema]
  rules: {pod-security: restricted, images/latest-tag: error, resources/limits: off}
"""


def test_everything() -> None:
    assert load(FULL.encode()) == Config(
        name="shop",
        targets=(
            Target("dev", "envs/dev", "kind-dev", namespace="shop-dev"),
            Target(
                "prod", "envs/prod", "prod-eu", "0d3f", "shop", "main", "web",
                ("values/all.yaml", "values/prod.yaml"), ".gitops/allowed_signers",
            ),
        ),
        ignore=(
            IgnoreRule(
                "Deployment", "web-*", "", parse('metadata.annotations["example.com/restarted"]'),
                'metadata.annotations["example.com/restarted"]', "restarts", date(2027, 6, 30), 17,
            ),
            IgnoreRule("", "", "shop-*", ("spec", "replicas"), "spec.replicas", "scaled by hand", None, 19),
        ),
        prune_limit=Limit(10, percent=True),
        people=("my-cli",),
        check={
            "kubernetes": "1.36",
            "policies": ["policies"],
            "enforce": ["schema"],
            "rules": {"pod-security": "restricted", "images/latest-tag": "error", "resources/limits": "off"},
        },
    )  # fmt: skip


def test_nothing_but_the_head() -> None:
    assert load(HEAD.encode()) == Config()
    assert load(HEAD.encode()).prune_limit == DEFAULT_LIMIT
    assert load((HEAD + "prune: {limit: 12}\n").encode()).prune_limit == Limit(12, percent=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "gitops.yaml:1: the file is empty; write apiVersion and kind"),
        ("[1]", "gitops.yaml:1: the file must hold one mapping and nothing else"),
        (HEAD + "---\na: 1\n", "gitops.yaml:1: the file must hold one mapping and nothing else"),
        ("kind: GitOps\n", "gitops.yaml:1: 'apiVersion' is missing; add it"),
        ("apiVersion: v1\nkind: GitOps\n", "gitops.yaml:1: apiVersion: must be 'kubectl-gitops/v1', not \"v1\""),
        (HEAD + "target: []\n", "gitops.yaml:3: unknown key 'target'; did you mean 'targets'?"),
        (HEAD + "xyz: 1\n", "gitops.yaml:3: unknown key 'xyz'; there are apiVersion, kind, name, "),
        (HEAD + "targets:\n- name: a\n  path: x\n  contxt: y\n", "gitops.yaml:6: unknown key 'contxt'; did you mean"),
        (HEAD + "targets:\n- name: a\n", "gitops.yaml:4: targets[0]: 'path' is missing; add it"),
        (HEAD + "targets:\n- {name: A, path: x}\n", 'gitops.yaml:4: targets[0].name: "A" does not fit: What -t takes'),
        (HEAD + "targets: {a: x}\n", "gitops.yaml:3: targets: must be a list, not a mapping"),
        (HEAD + "name: 12\n", "gitops.yaml:3: name: must be text, not the number 12"),
        (HEAD + "name:\n", "gitops.yaml:3: name: must be text, not empty"),
        (HEAD + "targets:\n- {name: a, path: ../x}\n", "gitops.yaml:4: the path '../x' leaves the repository"),
        (HEAD + "targets:\n- {name: a, path: /x}\n", "gitops.yaml:4: the path '/x' leaves the repository"),
        (
            HEAD + "targets:\n- {name: a, path: x,\n   values: [v, a/../../z]}\n",
            "gitops.yaml:5: the path 'a/../../z' leaves the repository",
        ),
        (HEAD + "check:\n  policies: [../p]\n", "gitops.yaml:4: the path '../p' leaves the repository"),
        (
            HEAD + "targets:\n- {name: a, path: x}\n- {name: b, path: x}\n- name: a\n  path: z\n",
            "gitops.yaml:6: there is a target 'a' already; rename one",
        ),
        (HEAD + "ignore:\n- {path: 'a[', reason: r}\n", "gitops.yaml:4: can't read the path 'a['"),
        (HEAD + "ignore:\n- {reason: r}\n", "gitops.yaml:4: ignore[0]: 'path' is missing; add it"),
        (HEAD + "ignore:\n- {path: a, reason: r, expires: 2027-02-30}\n", "gitops.yaml:4: there is no day 2027-02-30"),
        (HEAD + "ignore:\n- {path: a, reason: r, expires: soon}\n", 'gitops.yaml:4: ignore[0].expires: "soon" does'),
        (HEAD + "prune:\n  limit: 120%\n", "gitops.yaml:4: '120%' is no prune limit"),
        (HEAD + "prune:\n  limit: many\n", "gitops.yaml:4: 'many' is no prune limit"),
        (HEAD + "prune:\n  limit: -1\n", "gitops.yaml:4: '-1' is no prune limit"),
        (HEAD + "check: {kubernetes: 1.36}\n", "gitops.yaml:3: check.kubernetes: must be text, not the number 1.36"),
        (HEAD + "targets:\n- {name: a, path: x, ref: --upload-pack=x}\n", "gitops.yaml:4: targets[0].ref: "),
    ],
)  # fmt: skip
def test_mistakes_say_where_and_what(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        load(text.encode())
    assert str(raised.value).startswith(message)


def test_all_mistakes_at_once() -> None:
    with pytest.raises(UsageError) as raised:
        load((HEAD + "nam: x\nprun: {}\n").encode())
    assert len(str(raised.value).splitlines()) == 2


def test_bad_yaml() -> None:
    with pytest.raises(GitOpsError, match=r"^gitops\.yaml:4:1: "):
        load((HEAD + "a: [1\n").encode())


def schema_parts(part: Any) -> list[dict[str, Any]]:
    nested = [*part.get("properties", {}).values()]
    nested += [part[key] for key in ("items", "additionalProperties") if isinstance(part.get(key), dict)]
    return [part] + [deeper for one in nested for deeper in schema_parts(one)]


def test_the_schema_documents_every_key_and_allows_no_other() -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    for part in schema_parts(schema):
        assert part["description"]
        if part.get("type") == "object":
            assert "additionalProperties" in part
