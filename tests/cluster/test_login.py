"""Credentials: tokens, exec plugins, client certificates, impersonation."""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import ApiError, ConnectOptions
from kubectl_gitops.cluster.writing import self_subject
from kubectl_gitops.errors import ConnectionFailed
from tests.cluster.conftest import Connect
from tests.harness import Cluster

AsUser = Callable[[dict[str, Any]], ConnectOptions]


@pytest.fixture
def as_user(options: ConnectOptions, tmp_path: Path) -> AsUser:
    """The options with the admin's user entry replaced by another."""

    def rewrite(user: dict[str, Any]) -> ConnectOptions:
        content = json.loads(Path(options.kubeconfig).read_text())
        content["users"][0]["user"] = user
        file = tmp_path / "rewritten"
        file.write_text(json.dumps(content))
        return replace(options, kubeconfig=str(file))

    return rewrite


def admin_token(options: ConnectOptions) -> str:
    return str(json.loads(Path(options.kubeconfig).read_text())["users"][0]["user"]["token"])


def plugin(tmp_path: Path, script: str) -> dict[str, Any]:
    file = tmp_path / "plugin.py"
    file.write_text(script)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": sys.executable, "args": [str(file)],
                     "interactiveMode": "Never"}}  # fmt: skip


def credential(status: dict[str, Any]) -> str:
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"print({json.dumps(answer)!r})"


def test_a_token_flag_and_its_refusal(connecting: Connect, options: ConnectOptions, as_user: AsUser) -> None:
    assert self_subject(connecting(replace(as_user({}), token=admin_token(options)))) == "admin"
    connection = connecting(replace(options, token="wrong"))
    expected = rf"{connection.server} \(context test\) does not accept the credentials of the user 'admin'"
    with pytest.raises(ConnectionFailed, match=f"{expected}; log in again") as caught:
        connection.version()
    assert "wrong" not in str(caught.value)


def test_a_token_file_that_ends_in_a_newline(
    connecting: Connect, options: ConnectOptions, as_user: AsUser, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(admin_token(options) + "\n")
    assert self_subject(connecting(as_user({"tokenFile": "token"}))) == "admin"


def test_a_plugin_gives_the_token(
    connecting: Connect, options: ConnectOptions, as_user: AsUser, tmp_path: Path
) -> None:
    script = credential({"token": admin_token(options)})
    assert self_subject(connecting(as_user(plugin(tmp_path, script)))) == "admin"


def test_a_plugin_runs_again_when_its_token_has_expired(
    connecting: Connect, options: ConnectOptions, as_user: AsUser, tmp_path: Path
) -> None:
    script = f"open({str(tmp_path / 'runs')!r}, 'a').write('x')\n"
    script += credential({"token": admin_token(options), "expirationTimestamp": "2020-01-01T00:00:00Z"})
    connection = connecting(as_user(plugin(tmp_path, script)))
    connection.version()
    assert (tmp_path / "runs").read_text() == "xx"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('session expired,\\nrun: cloud login')", "session expired, run: cloud login"),
        ("print('no json')", "failed to decode process output"),
        (credential({}), "missing token or clientCertificateData"),
        (credential({"clientCertificateData": "x"}), "missing clientKeyData"),
    ],
)
def test_a_plugin_that_fails_is_one_sentence(
    connecting: Connect,
    as_user: AsUser,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    script: str,
    said: str,
) -> None:
    handlers = list(logging.getLogger().handlers)
    with pytest.raises(ConnectionFailed, match=f"credential plugin .* of the user 'admin' failed: .*{said}") as caught:
        connecting(as_user(plugin(tmp_path, script)))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger().handlers == handlers


def test_a_plugin_that_is_not_installed(connecting: Connect, as_user: AsUser) -> None:
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}}
    with pytest.raises(ConnectionFailed, match=r"credential plugin 'no-such-plugin' .*No such file or directory"):
        connecting(as_user(user))


def test_a_plugin_that_fails_later(
    connecting: Connect, options: ConnectOptions, as_user: AsUser, tmp_path: Path
) -> None:
    script = f"import os, sys\nif os.path.exists({str(tmp_path / 'ran')!r}): sys.exit('logged out')\n"
    script += f"open({str(tmp_path / 'ran')!r}, 'w').close()\n"
    script += credential({"token": admin_token(options), "expirationTimestamp": "2020-01-01T00:00:00Z"})
    connection = connecting(as_user(plugin(tmp_path, script)))
    with pytest.raises(ConnectionFailed, match="logged out"):
        connection.version()


def test_a_token_that_is_refused_is_asked_for_again(
    connecting: Connect, options: ConnectOptions, as_user: AsUser, tmp_path: Path
) -> None:
    """A plugin need not say when its token expires, and a token file is rewritten while we run."""
    (tmp_path / "current").write_text(json.dumps("old"))
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    script = f"import json\ntoken = json.load(open({str(tmp_path / 'current')!r}))\n"
    script += f"print(json.dumps({answer!r} | {{'status': {{'token': token}}}}))"
    connection = connecting(as_user(plugin(tmp_path, script)))
    with pytest.raises(ConnectionFailed, match="does not accept the credentials"):
        connection.version()
    assert connection.requests == 1
    (tmp_path / "current").write_text(json.dumps(admin_token(options)))
    assert self_subject(connection) == "admin"
    assert connection.requests == 3

    (tmp_path / "token").write_text("old")
    connection = connecting(as_user({"tokenFile": "token"}))
    (tmp_path / "token").write_text(admin_token(options))
    assert self_subject(connection) == "admin"


def test_impersonation_by_flags_and_by_the_kubeconfig(
    connecting: Connect, options: ConnectOptions, as_user: AsUser
) -> None:
    ada = connecting(replace(options, as_user="ada", as_groups=("devs", "system:authenticated")))
    assert self_subject(ada) == "ada"
    with pytest.raises(ApiError) as caught:
        ada.get("/api/v1/namespaces")
    assert caught.value.is_forbidden
    admin = replace(options, as_user="ada", as_groups=("system:masters", "devs"))
    connecting(admin).get("/api/v1/namespaces")
    bob = {"token": admin_token(options), "as": "bob", "as-groups": ["devs", "system:authenticated"], "as-uid": "7",
           "as-user-extra": {"reason": ["test"]}}  # fmt: skip
    assert self_subject(connecting(as_user(bob))) == "bob"
    with pytest.raises(ConnectionFailed, match="--as-group needs --as"):
        connecting(replace(options, as_groups=("devs",)))


def test_tls_is_verified(connecting: Connect, options: ConnectOptions, tmp_path: Path, cluster: Cluster) -> None:
    other = Path(__file__).with_name("other-ca.crt")
    connection = connecting(replace(options, certificate_authority=str(other)))
    expected = f"no trusted connection to {connection.server} .*certificate.*; check certificate-authority"
    with pytest.raises(ConnectionFailed, match=expected):
        connection.version()
    unverified = replace(options, certificate_authority=str(other), insecure_skip_tls_verify=True)
    assert connecting(unverified).version().startswith("v1.")


def test_a_certificate_authority_that_is_no_certificate(
    connecting: Connect, options: ConnectOptions, tmp_path: Path
) -> None:
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(ConnectionFailed, match="certificate"):
        connecting(replace(options, certificate_authority=str(tmp_path / "ca"))).version()
