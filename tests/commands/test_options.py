from __future__ import annotations

from typing import Any

import pytest

from kubectl_gitops.commands.options import repeated, target_request
from kubectl_gitops.errors import UsageError

NOTHING: dict[str, Any] = dict.fromkeys(
    ("path", "name", "rev", "kubeconfig", "context", "cluster", "user", "server", "as_user", "namespace"), ""
) | {"as_groups": ()}


def test_the_next_command_meets_the_same_source_and_cluster() -> None:
    assert repeated(NOTHING, ".", "") == ""
    assert repeated({**NOTHING, "namespace": "night", "rev": "HEAD~1"}, "my apps", "") == (
        "'my apps' --rev 'HEAD~1' --namespace night"
    )
    assert repeated({**NOTHING, "as_user": "ada", "as_groups": ("ops", "dev")}, ".", "prod") == (
        "-t prod --as ada --as-group ops --as-group dev"
    )


def test_a_target_goes_with_neither_path_nor_context() -> None:
    assert repeated({**NOTHING, "path": "apps"}, ".", "prod") == "-t prod"
    assert repeated({**NOTHING, "path": "apps", "context": "eu"}, ".", "prod") == "--path apps --context eu"


@pytest.mark.parametrize("chosen", [{"targets": ("prod",), "all_targets": False}, {"targets": (), "all_targets": True}])
def test_a_path_beside_a_target_is_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="--path can't go with -t"):
        target_request({**chosen, "path": "apps"})
