"""One HTTP request to the API server and its retries, on the connection pool that the kubernetes package
sets up.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
import urllib3
from kubernetes.client.rest import RESTClientObject

from kubectl_gitops.cluster.api_error import LOST, ApiError
from kubectl_gitops.cluster.login import Login
from kubectl_gitops.core.objects import Json
from kubectl_gitops.errors import ConnectionFailed

log = logging.getLogger("kubectl_gitops.cluster")

MOST_RETRIES = 5
MOST_WAITING = 30.0  # seconds, over all retries of one request
_CONNECT_TIMEOUT = 30.0  # client-go's own
_READ_TIMEOUT = 90.0  # kube-apiserver gives up on a request after 60 s, see its --request-timeout

Query = Sequence[tuple[str, str]]


class Response(NamedTuple):
    """An answer below 400. ``body`` is decoded JSON, None for an empty one; ``etag`` and ``location`` are
    "" if unset.
    """

    status: int
    body: Json
    etag: str
    location: str


class Transport:
    """Requests of one login. Safe to use from several threads."""

    def __init__(self, login: Login, concurrency: int, request_timeout: float) -> None:
        """``request_timeout`` is in seconds for a request with all its retries; 0 for no limit."""
        configuration = login.configuration
        configuration.connection_pool_maxsize = concurrency
        configuration.keep_alive = True
        if not configuration.verify_ssl:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        try:
            self._pool: urllib3.PoolManager = RESTClientObject(configuration).pool_manager
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ConnectionFailed(f"can't set up the connection to {login.server}: {error}") from None
        # More threads than connections wait for one, instead of opening and throwing away another.
        self._pool.connection_pool_kw["block"] = True
        self._login = login
        self._request_timeout = request_timeout
        self._sent = 0
        self._counting = threading.Lock()

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""
        return self._sent

    def close(self) -> None:
        self._pool.clear()

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
        """Send a request, with retries where they are safe, and decode the answer.

        429 and 503 are retried after the time that the server names, a GET also when the connection breaks.
        Raises ApiError for an answer of 400 or above, ConnectionFailed when there is no way to the server
        or it refuses the credentials.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        payload = None if body is None else orjson.dumps(body)
        fields = {"Accept": "application/json", "User-Agent": "kubectl-gitops"}
        if method == "GET":
            fields["Accept-Encoding"] = "gzip"
        if payload is not None:
            fields["Content-Type"] = content_type
        fields |= headers or {}
        started = time.monotonic()
        attempt = 0
        renewed = False
        while True:
            attempt += 1
            authorization = self._login.authorization()
            sent = fields | ({"Authorization": authorization} if authorization else {})
            try:
                answer = self._send(method, target, payload, sent, self._timeout(started))
            except ConnectionResetError as error:
                if method == "GET" and attempt <= MOST_RETRIES and self._may_wait(started, 0.1 * attempt):
                    time.sleep(0.1 * attempt)
                    continue
                if method == "GET":
                    raise ConnectionFailed(
                        f"{self._whom()} broke the connection {attempt} times ({error}); try again"
                    ) from None
                text = f"no answer to {method} {path}, so whether it was done is unknown: {error}"
                raise ApiError(0, {"reason": LOST, "message": text}, path) from None
            if answer.status == 401 and not renewed and self._login.renew(authorization):
                renewed = True
                continue
            pause = _retry_after(answer)
            if pause is not None and attempt <= MOST_RETRIES and self._may_wait(started, pause):
                time.sleep(pause)
                continue
            return self._judge(method, path, answer, pause)

    def _send(
        self,
        method: str,
        target: str,
        payload: bytes | None,
        fields: Mapping[str, str],
        timeout: urllib3.Timeout,
    ) -> urllib3.BaseHTTPResponse:
        sent = urllib3.HTTPHeaderDict(fields)
        for name, value in self._login.impersonation:
            sent.add(name, value)
        with self._counting:
            self._sent += 1
        begun = time.monotonic()
        status: object = "no answer"
        try:
            answer = self._pool.urlopen(
                method,
                self._login.server + target,
                body=payload,
                headers=sent,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=True,
            )
            status = answer.status
        except urllib3.exceptions.HTTPError as error:
            raise self._no_answer(method, error) from None
        finally:
            log.info("%s %s%s %s in %d ms", method, self._login.server, target, status, _ms(begun))
        return answer

    def _timeout(self, started: float) -> urllib3.Timeout:
        if not self._request_timeout:
            return urllib3.Timeout(connect=_CONNECT_TIMEOUT, read=_READ_TIMEOUT)
        left = max(0.001, self._request_timeout - (time.monotonic() - started))
        return urllib3.Timeout(total=left)

    def _may_wait(self, started: float, pause: float) -> bool:
        limit = min(self._request_timeout or MOST_WAITING, MOST_WAITING)
        return time.monotonic() - started + pause < limit

    def _whom(self) -> str:
        return self._login.server + (f" (context {self._login.context})" if self._login.context else "")

    def _no_answer(self, method: str, error: urllib3.exceptions.HTTPError) -> Exception:
        """ConnectionResetError where the request may have been done, else the sentence to print."""
        match error:
            case urllib3.exceptions.ProxyError():
                said = f"can't reach {self._whom()} through its proxy: {_cause(error)}"
                return ConnectionFailed(f"{said}; check proxy-url in the kubeconfig and $HTTPS_PROXY")
            case urllib3.exceptions.NewConnectionError() | urllib3.exceptions.ConnectTimeoutError():
                said = f"can't reach {self._whom()}: {_cause(error)}"
                return ConnectionFailed(
                    f"{said}; check that the cluster runs and the network leads there, or use --context"
                )
            case urllib3.exceptions.SSLError():
                said = f"no trusted connection to {self._whom()}: {_cause(error)}"
                return ConnectionFailed(f"{said}; check certificate-authority and client-certificate in the kubeconfig")
            case urllib3.exceptions.ReadTimeoutError():
                limit = self._request_timeout or _READ_TIMEOUT
                if method != "GET":
                    return ConnectionResetError(f"it did not come within {limit:g} s")
                return ConnectionFailed(f"{self._whom()} did not answer within {limit:g} s; see --request-timeout")
            case urllib3.exceptions.ProtocolError():
                return ConnectionResetError(_cause(error))
        return ConnectionFailed(f"can't talk to {self._whom()}: {_cause(error)}")

    def _judge(self, method: str, path: str, answer: urllib3.BaseHTTPResponse, pause: float | None) -> Response:
        body = _decoded(answer.data)
        if answer.status == 401:
            user = f" of the user {self._login.user!r}" if self._login.user else ""
            raise ConnectionFailed(
                f"{self._whom()} does not accept the credentials{user}; "
                "log in again, or choose others with --user or --token"
            )
        if answer.status >= 400:
            raise ApiError(answer.status, body, path, retry_after=pause)
        if isinstance(body, str):
            raise ApiError(
                answer.status,
                f"the answer to {method} {path} is no JSON; is {self._whom()} an API server?",
                path,
            )
        return Response(answer.status, body, answer.headers.get("ETag", ""), answer.headers.get("Location", ""))


def _decoded(data: bytes) -> Json:
    """The JSON of a body, None for an empty one, and for anything else its text."""
    if not data:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return data.decode(errors="replace")


def _retry_after(answer: urllib3.BaseHTTPResponse) -> float | None:
    """Seconds to wait when the server asks to try again; 503 without a time is an outage, not an overload."""
    if answer.status not in (429, 503):
        return None
    try:
        return max(0.0, float(answer.headers["Retry-After"]))
    except (KeyError, ValueError):
        return 1.0 if answer.status == 429 else None


def _cause(error: BaseException) -> str:
    """The innermost reason that the chain of errors gives, without the addresses of objects."""
    inner: Any = error
    while True:
        below = getattr(inner, "original_error", None) or getattr(inner, "reason", None)
        if not isinstance(below, BaseException):
            below = inner.__cause__ or next((arg for arg in inner.args if isinstance(arg, BaseException)), None)
        if below is None or below is inner:
            break
        inner = below
    if isinstance(inner, ssl.SSLCertVerificationError):
        return str(inner.verify_message)
    if isinstance(inner, OSError) and inner.strerror:
        return str(inner.strerror)
    return str(inner).rpartition(">: ")[2] or type(inner).__name__


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
