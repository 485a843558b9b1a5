"""Retries, faults and what is logged. The faults come from a local server."""

import logging
import socket
import time
from pathlib import Path

import pytest

from kubectl_gitops.cluster import ApiError, ConnectOptions
from kubectl_gitops.errors import ConnectionFailed
from tests.cluster.conftest import Connect
from tests.cluster.faulty import Answer, FaultyServer


def at(server: FaultyServer, cache: Path, timeout: float = 0) -> ConnectOptions:
    return ConnectOptions(server=server.url, cache=cache, request_timeout=timeout)


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_too_many_requests_are_retried_after_the_time_named(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path, method: str
) -> None:
    faulty.answers = [Answer(429, headers={"Retry-After": "0"}), Answer(429, headers={"Retry-After": "1"}),
                      Answer(200, b'{"a":1}')]  # fmt: skip
    connection = connecting(at(faulty, tmp_path))
    started = time.monotonic()
    assert connection.request(method, "/x").body == {"a": 1}
    assert time.monotonic() - started >= 1
    assert connection.requests == len(faulty.requests) == 3


def test_unavailable_is_retried_only_when_the_server_names_a_time(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path
) -> None:
    connection = connecting(at(faulty, tmp_path))
    faulty.answers = [Answer(503, headers={"Retry-After": "0"}), Answer(200)]
    assert connection.get("/x") == {}
    faulty.answers = [Answer(503, b'{"kind":"Status","message":"no endpoints"}')]
    with pytest.raises(ApiError, match=r"no endpoints"):
        connection.get("/x")
    assert connection.requests == 3


def test_retries_end(faulty: FaultyServer, connecting: Connect, tmp_path: Path) -> None:
    faulty.answers = [Answer(429, headers={"Retry-After": "0"})]
    connection = connecting(at(faulty, tmp_path))
    with pytest.raises(ApiError) as caught:
        connection.get("/x")
    assert caught.value.status == 429
    assert caught.value.retry_after == 0
    assert connection.requests == 6


def test_a_wait_longer_than_the_request_may_take_is_not_begun(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path
) -> None:
    faulty.answers = [Answer(429, headers={"Retry-After": "7"})]
    started = time.monotonic()
    with pytest.raises(ApiError) as caught:
        connecting(at(faulty, tmp_path, timeout=2)).get("/x")
    assert time.monotonic() - started < 2
    assert caught.value.retry_after == 7


def test_a_broken_connection_is_retried_when_reading(faulty: FaultyServer, connecting: Connect, tmp_path: Path) -> None:
    faulty.answers = [Answer(0), Answer(0), Answer(200, b'{"a":1}')]
    assert connecting(at(faulty, tmp_path)).get("/x") == {"a": 1}


def test_a_broken_connection_is_not_retried_when_writing(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path
) -> None:
    faulty.answers = [Answer(0), Answer(200)]
    with pytest.raises(ApiError, match="whether it was done is unknown") as caught:
        connecting(at(faulty, tmp_path)).request("PATCH", "/x", body={})
    assert caught.value.is_lost
    assert len(faulty.requests) == 1


def test_a_connection_that_keeps_breaking_is_given_up(
    faulty: FaultyServer, connecting: Connect, tmp_path: Path
) -> None:
    faulty.answers = [Answer(0)]
    with pytest.raises(ConnectionFailed, match="broke the connection 6 times"):
        connecting(at(faulty, tmp_path)).get("/x")


@pytest.mark.parametrize("body", [b"<html>a login page</html>", b'{"half":'])
def test_an_answer_that_is_no_json(faulty: FaultyServer, connecting: Connect, tmp_path: Path, body: bytes) -> None:
    faulty.answers = [Answer(200, body)]
    with pytest.raises(ApiError, match=r"no JSON; is .* an API server"):
        connecting(at(faulty, tmp_path)).get("/x")


def test_an_error_that_is_no_status_object(faulty: FaultyServer, connecting: Connect, tmp_path: Path) -> None:
    faulty.answers = [Answer(502, b"Bad Gateway\n<html>")]
    with pytest.raises(ApiError) as caught:
        connecting(at(faulty, tmp_path)).get("/x")
    assert (caught.value.status, str(caught.value)) == (502, "Bad Gateway")


def test_a_server_that_never_answers(connecting: Connect, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        connection = connecting(ConnectOptions(server=url, cache=tmp_path, request_timeout=0.2))
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.2 s; see --request-timeout"):
            connection.get("/x")
        with pytest.raises(
            ApiError, match=r"no answer to PATCH /x, so .* unknown: it did not come within 0\.2 s"
        ) as caught:
            connection.request("PATCH", "/x", body={})
        assert caught.value.is_lost


def test_nobody_listens(connecting: Connect, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with pytest.raises(ConnectionFailed, match=f"can't reach {url}: Connection refused; check"):
        connecting(ConnectOptions(server=url, cache=tmp_path)).get("/x")


def test_an_unknown_host(connecting: Connect, tmp_path: Path) -> None:
    options = ConnectOptions(server="https://nowhere.invalid", cache=tmp_path, request_timeout=5)
    with pytest.raises(ConnectionFailed, match=r"can't reach https://nowhere\.invalid: \S+"):
        connecting(options).get("/x")


def test_no_credentials_go_over_plain_http(faulty: FaultyServer, connecting: Connect, tmp_path: Path) -> None:
    connecting(ConnectOptions(server=faulty.url, token="s3cret", cache=tmp_path)).get("/x")
    assert "Authorization" not in faulty.requests[0].headers


def test_requests_are_logged_without_bodies_and_headers(
    connecting: Connect, options: ConnectOptions, capfd: pytest.CaptureFixture[str]
) -> None:
    log = logging.getLogger("kubectl_gitops.cluster")
    verbose = ConnectOptions(kubeconfig=options.kubeconfig, cache=options.cache, verbosity=6)
    try:
        connection = connecting(verbose)
        connection.request("GET", "/version", query=[("timeout", "10s")])
    finally:
        log.handlers.clear()
        log.propagate = True
        log.setLevel(logging.NOTSET)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith(f"GET {connection.server}/version?timeout=10s 200 in ")
    assert err.count("\n") == 1
