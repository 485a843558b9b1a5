"""A connected cluster, as the rest of the program sees it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_gitops.cluster.options import ConnectOptions
from kubectl_gitops.core.objects import Json

if TYPE_CHECKING:
    from kubectl_gitops.cluster.transport import Query, Response, Transport


class Cluster:
    """One API server, seen with one login. Safe to use from several threads.

    ``context`` is "" for a connection without a kubeconfig; ``namespace`` is the context's own, "" where it
    sets none; ``cache`` is the folder for what may be kept between runs (never anything of a Secret).
    """

    def __init__(self, transport: Transport, context: str, server: str, namespace: str, cache: Path) -> None:
        self.context = context
        self.server = server
        self.namespace = namespace
        self.cache = cache
        self._transport = transport
        self._version = ""

    @property
    def requests(self) -> int:
        """How many requests were sent so far, retries included."""
        return self._transport.requests

    def version(self) -> str:
        """The server's version, like ``v1.36.3``. Costs a request the first time. Raises ApiError,
        ConnectionFailed.
        """
        if not self._version:
            self._version = str(self.get("/version").get("gitVersion", ""))
        return self._version

    def get(self, path: str, query: Query = ()) -> Json:
        """GET a path (without server and query) and return the decoded body. Raises ApiError,
        ConnectionFailed.
        """
        return self._transport.request("GET", path, query=query).body

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Json = None,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send any request; ``body`` is encoded as JSON, the answer decoded. Raises ApiError,
        ConnectionFailed.
        """
        return self._transport.request(method, path, query=query, body=body, content_type=content_type, headers=headers)

    def close(self) -> None:
        """Close the idle connections. The cluster can still be used: it opens new ones."""
        self._transport.close()


def connect(options: ConnectOptions) -> Cluster:
    """Read the kubeconfig, log in, and set up the connection pool. Nothing is sent yet, except by
    credential plugins.

    Raises ConnectionFailed when there is no usable kubeconfig or the credentials can't be had.
    """
    from kubectl_gitops.cluster.login import log_in
    from kubectl_gitops.cluster.transport import Transport

    if options.verbosity >= 6:
        _log_requests()
    login = log_in(options)
    transport = Transport(login, options.concurrency, options.request_timeout)
    return Cluster(transport, login.context, login.server, login.namespace, options.cache)


def _log_requests() -> None:
    """kubectl's ``-v=6``: a line per request on stderr, never a header or a body."""
    log = logging.getLogger("kubectl_gitops.cluster")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.propagate = False
    log.setLevel(logging.INFO)
