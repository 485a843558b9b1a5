"""Plain requests to the API server, with nothing of the code under test in between."""

import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class ApiError(Exception):
    """The API server answered 400 or more. ``status`` is the code, ``body`` the answer (a Status)."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('message', body)}")
        self.status = status
        self.body = body


class Api:
    """One kept-alive connection with one token. Not for use by two threads at once."""

    def __init__(self, server: str, ca_file: Path, token: str, timeout: float = 30) -> None:
        address = urlsplit(server)
        context = ssl.create_default_context(cafile=str(ca_file))
        self._connection = http.client.HTTPSConnection(
            address.hostname or "", address.port, timeout=timeout, context=context
        )
        self._token = token

    def request(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """Send ``body`` as JSON and return the answer's JSON (``{"text": …}`` for plain text).

        Raises ApiError for an answer of 400 or more, OSError when there is no answer.
        """
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Content-Type": content_type,
        }
        data = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            text = response.read().decode()
        except http.client.HTTPException as error:
            self._connection.close()
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        except OSError:
            self._connection.close()
            raise
        plain = not response.headers.get_content_type().endswith("json")
        answer: dict[str, Any] = {"text": text} if plain else json.loads(text)
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return answer

    def close(self) -> None:
        self._connection.close()
