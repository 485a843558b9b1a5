import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_gitops.core.targets import Config, Target, choose_targets, inventory_name
from kubectl_gitops.errors import UsageError

DEV = Target("dev", "envs/dev", "kind-dev")
PROD = Target("prod", "envs/prod", "prod-eu")
EDGE = Target("edge", "envs/edge", "prod-eu")
CONFIG = Config(targets=(DEV, PROD, EDGE))


def choose(
    config: Config = CONFIG,
    names: tuple[str, ...] = (),
    every: bool = False,
    context: str = "prod-eu",
    source: str = "",
    flag: bool = False,
) -> tuple[Target, ...]:
    return choose_targets(
        config, names, all_targets=every, current_context=context, source_subpath=source, connection_flag=flag
    )


@pytest.mark.parametrize(
    ("names", "every", "context", "source", "flag", "chosen"),
    [
        (("dev",), False, "prod-eu", "", False, (DEV,)),
        (("dev",), False, "", "elsewhere", False, (DEV,)),
        (("edge", "dev", "edge"), False, "", "", False, (EDGE, DEV)),
        ((), True, "other", "", False, (DEV, PROD, EDGE)),
        ((), False, "kind-dev", "", False, (DEV,)),
        ((), False, "kind-dev", "", True, (DEV,)),
        ((), False, "kind-dev", "envs/dev", False, (DEV,)),
        ((), False, "prod-eu", "envs/prod", False, (PROD,)),
        ((), False, "prod-eu", "envs/edge/deep/down", False, (EDGE,)),
    ],
)
def test_chosen(
    names: tuple[str, ...], every: bool, context: str, source: str, flag: bool, chosen: tuple[Target, ...]
) -> None:
    assert choose(CONFIG, names, every, context, source, flag) == chosen


@pytest.mark.parametrize(
    ("names", "every", "context", "source", "flag", "message"),
    [
        (("dev",), False, "kind-dev", "", True, "-t can't go with --context or --cluster"),
        ((), True, "kind-dev", "", True, "--all-targets can't go with"),
        (("dev",), True, "kind-dev", "", False, "exclude each other"),
        (("prd",), False, "", "", False, "there is no target 'prd' in gitops.yaml; did you mean 'prod'?"),
        (("zzz",), False, "", "", False, "there are dev, prod, edge"),
        (("dev", "zzz"), False, "", "", False, "no target 'zzz'"),
        ((), False, "prod-eu", "", False, "several targets fit the context 'prod-eu'; choose with -t from prod ("),
        ((), False, "other", "", False, "no target fits the context 'other'; choose with -t from dev (context kind"),
        ((), False, "", "", False, "no target fits no current context; choose with -t from dev"),
        ((), False, "kind-dev", "envs/prod", False, "no target fits the context 'kind-dev' and the path 'envs/prod'"),
        ((), False, "kind-dev", "envs", False, "no target fits"),
        ((), False, "kind-dev", "envs/development", False, "no target fits"),
    ],
)  # fmt: skip
def test_refused(names: tuple[str, ...], every: bool, context: str, source: str, flag: bool, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        choose(CONFIG, names, every, context, source, flag)


def test_targets_without_a_context_or_path() -> None:
    anywhere = Config(targets=(Target("all"),))
    assert choose(anywhere, context="x", source="deep/down") == anywhere.targets
    with pytest.raises(UsageError, match=re.escape("choose with -t from a, b")):
        choose(Config(targets=(Target("a"), Target("b"))))


def test_a_repository_without_targets() -> None:
    assert choose(Config(), source="apps", flag=True) == (Target(path="apps"),)
    assert choose(Config(), every=True) == (Target(),)
    with pytest.raises(UsageError, match="declares none"):
        choose(Config(), names=("dev",))


def test_inventory_names() -> None:
    assert inventory_name(Config("shop"), PROD, "x-12345678") == "gitops-shop-prod"
    assert inventory_name(Config("shop"), Target(), "x-12345678") == "gitops-shop"
    assert inventory_name(Config(), Target(), "x-12345678") == "gitops-x-12345678"
    assert inventory_name(Config(), PROD, "x-12345678") == "gitops-x-12345678-prod"
    assert inventory_name(Config("shop"), PROD, "x", override="other") == "gitops-other-prod"
    for bad in ("Upper", "a b", "-a", "a.", "a" * 254):
        with pytest.raises(UsageError, match="--name"):
            inventory_name(Config(), Target(), "x", override=bad)


_NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,250}[a-z0-9])?", fullmatch=True)


@given(_NAMES, _NAMES)
def test_inventory_names_are_valid(name: str, target: str) -> None:
    found = inventory_name(Config(name), Target(target), "")
    assert len(found) <= 253
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", found)
    assert found != inventory_name(Config(name), Target(target + "x"), "")
