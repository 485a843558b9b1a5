"""A server between the program and the API server that holds one object's write back until it is let go."""

import http.client
import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.controlplane import ControlPlane

MOST_SECONDS = 60
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOT_PASSED = {"host", "accept-encoding", "connection", "authorization"}


class HoldingServer:
    """Passes requests on with an admin's token; one with ``method`` and ``held`` in its path waits for ``release``.

    ``reached`` is set when such a request has come.
    """

    def __init__(self, plane: ControlPlane, held: str, method: str = "PATCH") -> None:
        self.reached = threading.Event()
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.command == method and held in self.path:
                    outer.reached.set()
                    outer.release.wait(MOST_SECONDS)
                headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED}
                status, kind, data = _ask(plane, self.command, self.path, body, headers)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        for name in METHODS:
            setattr(Handler, f"do_{name}", Handler.pass_on)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _ask(plane: ControlPlane, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
    """Status, content type and body of the API server's answer."""
    address = urlsplit(plane.server)
    token = json.loads(plane.kubeconfig.read_text())["users"][0]["user"]["token"]
    headers["Authorization"] = f"Bearer {token}"
    context = ssl.create_default_context(cafile=str(plane.ca_file))
    connection = http.client.HTTPSConnection(address.hostname or "", address.port, timeout=30, context=context)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read()
    finally:
        connection.close()
