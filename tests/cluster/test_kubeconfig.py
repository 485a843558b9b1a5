"""Which context, cluster, user and namespace the flags and files come to, as kubectl has it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from kubectl_gitops.cluster import ConnectOptions, connect, context_namespace, current_context
from kubectl_gitops.cluster.kubeconfig import load, select
from kubectl_gitops.errors import ConnectionFailed


def write(file: Path, **content: Any) -> str:
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "Config"} | content))
    return str(file)


def full(name: str, namespace: str = "") -> dict[str, Any]:
    context = {"cluster": name, "user": name} | ({"namespace": namespace} if namespace else {})
    return {
        "contexts": [{"name": name, "context": context}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.invalid"}}],
        "users": [{"name": name, "user": {"token": f"token-of-{name}"}}],
    }


def options_for(*files: str, **flags: Any) -> ConnectOptions:
    os.environ["KUBECONFIG"] = os.pathsep.join(files)
    return ConnectOptions(**flags)


def test_the_first_file_that_sets_something_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "")
    one = write(tmp_path / "one", **{"current-context": ""}, **full("a", "in-one"))
    two = write(tmp_path / "two", **{"current-context": "a"}, **full("a", "in-two"))
    three = write(tmp_path / "three", **{"current-context": "b"}, **full("b", "in-three"))
    options = options_for(str(tmp_path / "missing"), one, two, three)
    assert current_context(options) == "a"
    assert context_namespace(options) == "in-one"
    other = options_for(one, two, three, context="b")
    assert (current_context(other), context_namespace(other)) == ("b", "in-three")


def test_a_context_without_a_namespace(tmp_path: Path) -> None:
    file = write(tmp_path / "one", **{"current-context": "a"}, **full("a"))
    assert context_namespace(ConnectOptions(kubeconfig=file)) == ""


def test_flags_replace_single_settings(tmp_path: Path) -> None:
    a, b = full("a", "team"), full("b")
    file = write(tmp_path / "one", **{"current-context": "a"}, **{key: a[key] + b[key] for key in a})
    config = load(ConnectOptions(kubeconfig=file))
    assert config is not None
    chosen = select(config, ConnectOptions(cluster="b", user="b"))
    assert (chosen.namespace, chosen.cluster.value["server"]) == ("team", "https://b.invalid")
    assert chosen.user.value == {"token": "token-of-b"}
    flags = ConnectOptions(server="https://c.invalid", token="t", certificate_authority="ca.crt")
    chosen = select(config, flags)
    assert chosen.cluster.value == {
        "server": "https://c.invalid",
        "insecure-skip-tls-verify": False,
        "certificate-authority": str(Path.cwd() / "ca.crt"),
    }
    assert chosen.user.value == {"token": "t"}


def test_relative_paths_start_at_the_file_that_holds_them(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "token").write_text("from-a-file\n")
    content = full("a")
    content["users"] = [{"name": "a", "user": {"tokenFile": "token"}}]
    content["clusters"] = [{"name": "a", "cluster": {"server": "https://a.invalid", "certificate-authority": "no.crt"}}]
    file = write(folder / "config", **{"current-context": "a"}, **content)
    with pytest.raises(ConnectionFailed, match=f"File does not exist: {folder}/no.crt"):
        connect(ConnectOptions(kubeconfig=file))


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"context": "x"}, "there is no context 'x' in .*one; it has a$"),
        ({"cluster": "x"}, "the context 'a' names the cluster 'x', which is not in .*one; it has a$"),
        ({"user": "x"}, "the context 'a' names the user 'x', which is not in .*one; it has a$"),
    ],
)
def test_names_that_are_not_there(tmp_path: Path, flags: dict[str, str], message: str) -> None:
    file = write(tmp_path / "one", **{"current-context": "a"}, **full("a"))
    with pytest.raises(ConnectionFailed, match=message):
        connect(ConnectOptions(kubeconfig=file, **flags))  # type: ignore[arg-type]


def test_no_current_context(tmp_path: Path) -> None:
    file = write(tmp_path / "one", **full("a"))
    assert current_context(ConnectOptions(kubeconfig=file)) == ""
    with pytest.raises(ConnectionFailed, match=r"no current context is set in .*one; choose one with --context"):
        connect(ConnectOptions(kubeconfig=file))


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match=r"there is no kubeconfig /nowhere/config; check --kubeconfig"):
        connect(ConnectOptions(kubeconfig="/nowhere/config"))


def test_no_kubeconfig_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG")
    assert current_context(ConnectOptions()) == ""
    with pytest.raises(ConnectionFailed, match=r"there is no kubeconfig: ~/.kube/config does not exist"):
        connect(ConnectOptions())
    with pytest.raises(ConnectionFailed, match=r"no kubeconfig that --context, --cluster or --user"):
        connect(ConnectOptions(context="x"))


@pytest.mark.parametrize(
    "text",
    [
        "users: [{name: a, user: {token: s3cret}",
        "just text s3cret",
        "- s3cret",
        "users: s3cret",
        "users: [{user: {token: s3cret}}]",
        "contexts: [s3cret]",
        "\x00s3cret",
        "",
    ],
)
def test_a_file_that_is_no_kubeconfig_is_named_and_not_quoted(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad").write_text(text)
    with pytest.raises(ConnectionFailed, match="bad") as caught:
        connect(ConnectOptions(kubeconfig=str(tmp_path / "bad")))
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cluster_without_a_server_is_named_and_no_token_quoted(tmp_path: Path) -> None:
    content = full("a") | {"clusters": [{"name": "a", "cluster": {}}]}
    file = write(tmp_path / "one", **{"current-context": "a"}, **content)
    with pytest.raises(ConnectionFailed, match=r"the cluster 'a' in .*one has no server") as caught:
        connect(ConnectOptions(kubeconfig=file))
    assert "token-of" not in str(caught.value)
