"""Which cluster, as whom: kubeconfig files read and merged as kubectl does, and the login that comes of it.

The kubernetes package reads the files and does the authentication (client certificates, tokens with their
refresh, exec plugins, OIDC). What it does otherwise than kubectl is put right here: the first file that
sets ``current-context`` wins, not the last; flags replace single settings; a plugin's failure is an error,
not a log line; credentials never go over plain http. It is imported when first needed, because that takes a
quarter of a second.

Source: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kubectl_gitops.cluster.options import ConnectOptions
from kubectl_gitops.errors import ConnectionFailed

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_CLUSTER_AUTHORITY = ("certificate-authority", "certificate-authority-data")
_OTHER_CREDENTIALS = ("tokenFile", "exec", "auth-provider", "username", "password")


class Entry(NamedTuple):
    """One named entry of a kubeconfig and the file that it is in, which relative paths in it start from."""

    name: str
    value: dict[str, Any]
    file: str


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """The merged files. ``persist`` writes refreshed tokens back, as kubectl does for OIDC."""

    files: tuple[str, ...]
    current: str
    contexts: tuple[Entry, ...]
    clusters: tuple[Entry, ...]
    users: tuple[Entry, ...]
    persist: Any


@dataclass(frozen=True, slots=True)
class Selected:
    """The one context, cluster and user that the flags and the files come to."""

    context: str
    namespace: str
    cluster: Entry
    user: Entry


def current_context(options: ConnectOptions) -> str:
    """The context that a connection would use: ``--context``, else the kubeconfig's, else "".

    Raises ConnectionFailed when a kubeconfig can't be read.
    """
    if options.context:
        return options.context
    config = load(options)
    return config.current if config else ""


def context_namespace(options: ConnectOptions) -> str:
    """The namespace of that context, or of the Pod that this runs in; "" where none is set.

    Raises ConnectionFailed when a kubeconfig can't be read or has no such context.
    """
    config = load(options)
    return select(config, options).namespace if config else in_cluster_namespace()


def in_cluster_namespace() -> str:
    file = SERVICE_ACCOUNT / "namespace"
    return file.read_text().strip() if file.is_file() else ""


def load(options: ConnectOptions) -> Kubeconfig | None:
    """Read ``--kubeconfig``, else the files in ``$KUBECONFIG``, else ``~/.kube/config``; None if none of
    them exists.

    Raises ConnectionFailed when a file can't be read or is no kubeconfig.
    """
    files = _files(options)
    if not files:
        return None
    from kubernetes.config import kube_config

    library: Any = kube_config  # without types
    try:
        merger = library.KubeConfigMerger(library.ENV_KUBECONFIG_PATH_SEPARATOR.join(files))
        contents = [merger.config_files[file] for file in files]
        return Kubeconfig(
            files,
            next((str(found) for content in contents if (found := content.get("current-context"))), ""),
            _entries(files, contents, "contexts", "context"),
            _entries(files, contents, "clusters", "cluster"),
            _entries(files, contents, "users", "user"),
            merger.save_changes,
        )
    except stumbles() as error:
        raise ConnectionFailed(f"can't read the kubeconfig {', '.join(files)}: {reason(error)}") from None


def _files(options: ConnectOptions) -> tuple[str, ...]:
    if options.kubeconfig:
        path = Path(options.kubeconfig).expanduser()
        if not path.is_file():
            raise ConnectionFailed(f"there is no kubeconfig {options.kubeconfig}; check --kubeconfig")
        return (str(path.absolute()),)
    listed = os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser())
    paths = [Path(name).expanduser().absolute() for name in listed.split(os.pathsep) if name]
    return tuple(dict.fromkeys(str(path) for path in paths if path.is_file()))


def _entries(files: tuple[str, ...], contents: list[Any], plural: str, singular: str) -> tuple[Entry, ...]:
    """The first file that has a name wins. Entries are never put into messages: they may hold tokens."""
    found: dict[str, Entry] = {}
    for file, content in zip(files, contents, strict=True):
        for item in content.get(plural) or ():
            found.setdefault(item["name"], Entry(item["name"], item.get(singular) or {}, file))
    return tuple(found.values())


def select(config: Kubeconfig, options: ConnectOptions) -> Selected:
    """Choose context, cluster and user, and lay the flags over them.

    Raises ConnectionFailed when the context, cluster or user chosen is not in the files.
    """
    name = options.context or config.current
    context = _find(config.contexts, name)
    if context is None and name:
        raise ConnectionFailed(f"there is no context {name!r} in {_where(config)}; it has {_names(config.contexts)}")
    if context is None and not (options.cluster or options.server):
        raise ConnectionFailed(f"no current context is set in {_where(config)}; choose one with --context")
    chosen = context.value if context else {}
    cluster = _chosen(config, config.clusters, "cluster", options.cluster or chosen.get("cluster") or "", name)
    user = _chosen(config, config.users, "user", options.user or chosen.get("user") or "", name)
    cluster = cluster._replace(value=_with_cluster_flags(cluster.value, options))
    user = user._replace(value=_with_user_flags(user.value, options))
    if not cluster.value.get("server"):
        raise ConnectionFailed(
            f"the cluster {cluster.name!r} in {_where(config)} has no server; set it, or use --server"
        )
    return Selected(name, str(chosen.get("namespace") or ""), cluster, user)


def select_without_files(options: ConnectOptions) -> Selected:
    """What ``--server`` and the other flags say by themselves."""
    here = str(Path.cwd() / "kubeconfig")
    cluster = Entry("", _with_cluster_flags({}, options), here)
    return Selected("", "", cluster, Entry("", _with_user_flags({}, options), here))


def _chosen(config: Kubeconfig, entries: tuple[Entry, ...], what: str, name: str, context: str) -> Entry:
    entry = _find(entries, name)
    if entry is None and name:
        asked = f"the context {context!r} names" if context else "asked for is"
        raise ConnectionFailed(
            f"{asked} the {what} {name!r}, which is not in {_where(config)}; it has {_names(entries)}"
        )
    return entry or Entry("", {}, config.files[0])


def _with_cluster_flags(cluster: dict[str, Any], options: ConnectOptions) -> dict[str, Any]:
    changed = dict(cluster)
    if options.server:
        secured = options.certificate_authority or options.insecure_skip_tls_verify
        scheme = "https" if secured else "http"
        changed["server"] = options.server if "://" in options.server else f"{scheme}://{options.server}"
    if options.certificate_authority or options.insecure_skip_tls_verify:
        changed = {key: value for key, value in changed.items() if key not in _CLUSTER_AUTHORITY}
        changed["insecure-skip-tls-verify"] = options.insecure_skip_tls_verify
    if options.certificate_authority and not options.insecure_skip_tls_verify:
        changed["certificate-authority"] = str(Path(options.certificate_authority).expanduser().absolute())
    return changed


def _with_user_flags(user: dict[str, Any], options: ConnectOptions) -> dict[str, Any]:
    if not options.token:
        return user
    return {key: value for key, value in user.items() if key not in _OTHER_CREDENTIALS} | {"token": options.token}


def _find(entries: tuple[Entry, ...], name: str) -> Entry | None:
    return next((entry for entry in entries if entry.name == name), None)


def _where(config: Kubeconfig) -> str:
    return ", ".join(config.files)


def _names(entries: tuple[Entry, ...]) -> str:
    return ", ".join(sorted(entry.name for entry in entries)) or "none"


def stumbles() -> tuple[type[Exception], ...]:
    """What the library raises over a file that is no kubeconfig, no YAML, or not there."""
    from kubernetes.config import kube_config

    library: Any = kube_config
    shape = (AttributeError, LookupError, TypeError, ValueError)
    return (library.ConfigException, library.yaml.YAMLError, OSError, *shape)


def reason(error: Exception) -> str:
    """What a library's error says, without the excerpt of the file that YAML errors carry: it may show a
    token.
    """
    from kubernetes.config.config_exception import ConfigException

    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"line {mark.line + 1}: {getattr(error, 'problem', None) or 'it is no YAML'}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
    if isinstance(error, ConfigException):
        return " ".join(str(error).split())
    return f"it does not have the shape of a kubeconfig ({type(error).__name__})"
