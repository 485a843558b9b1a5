"""Being somebody to a cluster: TLS settings and credentials, kept fresh by the kubernetes package."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from kubectl_gitops.cluster import kubeconfig
from kubectl_gitops.cluster.kubeconfig import Entry, Selected
from kubectl_gitops.cluster.options import ConnectOptions
from kubectl_gitops.errors import ConnectionFailed

_logging_lock = threading.Lock()


class Login:
    """A server and the credentials for it.

    ``configuration`` is the kubernetes package's; only this package sees it. ``impersonation`` are the
    headers that ``--as`` and the kubeconfig's ``as`` come to.
    """

    def __init__(
        self,
        selected: Selected,
        configure: Callable[[], Any],
        impersonation: tuple[tuple[str, str], ...],
    ) -> None:
        """``configure`` reads the credentials, and reads them anew each time it is called."""
        self.context = selected.context
        self.namespace = selected.namespace
        self.user = selected.user.name
        self.configuration = configure()
        self._configure = configure
        self.impersonation = impersonation
        self._plugin = _plugin(selected.user)
        self._refreshing = threading.Lock()

    @property
    def server(self) -> str:
        return str(self.configuration.host)

    def authorization(self) -> str:
        """The Authorization header for now, "" for none; an expired token is renewed first.

        Raises ConnectionFailed when the credential plugin fails.
        """
        if not self.server.startswith("https://"):
            return ""  # kubectl sends no credentials over plain http either
        with self._refreshing:
            return self._header()

    def renew(self, refused: str) -> bool:
        """Read the credentials anew after the server refused this header; whether there is another one now.

        Plugins may give tokens without saying when they expire, and files of tokens are rewritten by others;
        client-go renews both after a 401 too. Raises ConnectionFailed.
        """
        if not refused:
            return False
        with self._refreshing:
            if self._header() == refused:
                fresh = self._configure()
                self.configuration.api_key = fresh.api_key
                self.configuration.refresh_api_key_hook = fresh.refresh_api_key_hook
            return self._header() != refused

    def _header(self) -> str:
        collecting: AbstractContextManager[list[str]] = _logged_errors() if self._plugin else nullcontext([])
        with collecting as logged:
            value = self.configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        if logged:
            raise _plugin_failed(self._plugin, self.user, logged)
        # Tokens read from files may end in a newline, which no header may have.
        return " ".join(str(value or "").split())


def log_in(options: ConnectOptions) -> Login:
    """Find the cluster and the credentials that kubectl would use with these flags.

    Without any kubeconfig and without ``--server`` it is the cluster that this runs in. Raises
    ConnectionFailed.
    """
    config = kubeconfig.load(options)
    if config is not None:
        selected, persist = kubeconfig.select(config, options), config.persist
        return Login(selected, lambda: _from_files(selected, persist), _impersonation(selected.user.value, options))
    if options.context or options.cluster or options.user:
        raise ConnectionFailed("there is no kubeconfig that --context, --cluster or --user could choose from")
    if options.server:
        alone = kubeconfig.select_without_files(options)
        return Login(alone, lambda: _from_files(alone, None), _impersonation({}, options))
    nobody = Entry("", {}, "")
    selected = Selected("", kubeconfig.in_cluster_namespace(), nobody, nobody)
    return Login(selected, lambda: _in_cluster(options), _impersonation({}, options))


def _from_files(selected: Selected, persist: Any) -> Any:
    from kubernetes.client import Configuration
    from kubernetes.config import kube_config

    library: Any = kube_config  # without types

    def node(kind: str, entry: Entry) -> Any:
        return library.ConfigNode(f"{kind} {entry.name}", {"name": "it", kind: entry.value}, entry.file)

    context = Entry("", {"cluster": "it", "user": "it"}, selected.cluster.file)
    document = {
        "current-context": "it",
        "contexts": [node("context", context)],
        "clusters": [node("cluster", selected.cluster)],
        "users": [node("user", selected.user)],
    }
    configuration = Configuration()
    with _logged_errors() as logged:
        try:
            root = library.ConfigNode("kubeconfig", document)
            loader = library.KubeConfigLoader(root, config_persister=persist, config_base_path=None)
            loader.load_and_set(configuration)
        except kubeconfig.stumbles() as error:
            raise ConnectionFailed(
                f"can't use the user {selected.user.name!r} and the cluster {selected.cluster.name!r} "
                f"of the kubeconfig: {kubeconfig.reason(error)}"
            ) from None
    if logged:
        raise _plugin_failed(_plugin(selected.user), selected.user.name, logged)
    return configuration


def _in_cluster(options: ConnectOptions) -> Any:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, incluster_config

    library: Any = incluster_config  # without types
    configuration = Configuration()
    try:
        library.load_incluster_config(configuration)
    except (ConfigException, OSError):
        listed = os.environ.get("KUBECONFIG", "")
        tried = f"$KUBECONFIG ({listed})" if listed else "~/.kube/config"
        raise ConnectionFailed(
            f"there is no kubeconfig: {tried} does not exist, and this does not run in a cluster; "
            "name one with --kubeconfig or $KUBECONFIG"
        ) from None
    if options.token:
        configuration.api_key["BearerToken"] = f"Bearer {options.token}"
        configuration.refresh_api_key_hook = None
    return configuration


def _impersonation(user: dict[str, Any], options: ConnectOptions) -> tuple[tuple[str, str], ...]:
    """Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation"""
    name = options.as_user or user.get("as")
    if not name:
        if options.as_groups:
            raise ConnectionFailed("--as-group needs --as: groups alone can't be impersonated")
        return ()
    if options.as_user:
        groups: Any = options.as_groups
        return (("Impersonate-User", name), *(("Impersonate-Group", str(group)) for group in groups))
    groups = options.as_groups or user.get("as-groups") or ()
    extra = user.get("as-user-extra") or {}
    return (
        ("Impersonate-User", str(name)),
        *((("Impersonate-Uid", str(user["as-uid"])),) if user.get("as-uid") else ()),
        *(("Impersonate-Group", str(group)) for group in groups),
        *((f"Impersonate-Extra-{key}", str(value)) for key, values in extra.items() for value in values),
    )


def _plugin(user: Entry) -> str:
    return str((user.value.get("exec") or {}).get("command") or "")


def _plugin_failed(plugin: str, user: str, logged: list[str]) -> ConnectionFailed:
    said = " ".join(" ".join(logged).split())[:500]
    program = f"credential plugin {plugin!r}" if plugin else "login"
    return ConnectionFailed(f"the {program} of the user {user!r} failed: {said}; log in again, or check the kubeconfig")


@contextmanager
def _logged_errors() -> Iterator[list[str]]:
    """Collect what the kubernetes package logs to the root logger, where it puts the failures of plugins.

    A handler has to be there, because ``logging.error`` else installs one that prints.
    """
    found: list[str] = []
    this_thread = threading.get_ident()

    def collect(record: logging.LogRecord) -> bool:
        if record.thread != this_thread or record.levelno < logging.ERROR:
            return True
        found.append(record.getMessage())
        return False

    root = logging.getLogger()
    silent = logging.NullHandler()
    with _logging_lock:
        root.addHandler(silent)
        root.addFilter(collect)
    try:
        yield found
    finally:
        with _logging_lock:
            root.removeFilter(collect)
            root.removeHandler(silent)
