"""The schemas of the server's kinds: OpenAPI v3, one document for each group and version, kept on disk.

The index names each document by a hash of its content, so a document that is kept never goes stale. Only
the schemas are kept, without descriptions: a tenth of what the server sends.

Source: KEP-2896; https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

from kubectl_gitops import diskcache
from kubectl_gitops.cluster.api_error import ApiError
from kubectl_gitops.cluster.connection import Cluster
from kubectl_gitops.core.objects import Json
from kubectl_gitops.core.schema import Schemas

CACHE_LIMIT = 200 * 1024 * 1024
_FORMAT = "1"  # of the files kept; another number makes older ones unused
_CONCURRENCY = 4


class OpenApi:
    """The schemas of one server. Safe to use from several threads."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._folder = cluster.cache / "openapi" / _FORMAT
        server = hashlib.sha256(cluster.server.encode()).hexdigest()[:32]
        self._index_file = cluster.cache / "discovery" / server / "openapi.json"
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._paths: dict[str, str] | None = None
        self._schemas: dict[str, Schemas | None] = {}

    def schema(self, api_version: str) -> Schemas | None:
        """The schemas of a group and version; None if the server publishes none for it.

        Raises ApiError, ConnectionFailed.
        """
        with self._lock:
            lock = self._locks.setdefault(api_version, threading.Lock())
        with lock:
            if api_version not in self._schemas:
                path = self._index().get(_key(api_version))
                self._schemas[api_version] = None if path is None else Schemas(self._definitions(path))
            return self._schemas[api_version]

    def digest(self, api_version: str) -> str:
        """A hash that changes whenever the document does; "" if the server publishes none. For keys of
        caches.
        """
        path = self._index().get(_key(api_version), "")
        return (parse_qs(urlsplit(path).query).get("hash") or [""])[0]

    def prefetch(self, api_versions: Iterable[str]) -> None:
        """Get several documents at once. Raises ApiError, ConnectionFailed."""
        self._index()
        with ThreadPoolExecutor(_CONCURRENCY) as pool:
            for _ in pool.map(self.schema, dict.fromkeys(api_versions)):
                pass

    def refresh(self) -> frozenset[str]:
        """Look at the index again, and say of which of the schemas in use the document is another one now.

        Documents that did not change are not read again. Raises ApiError, ConnectionFailed.
        """
        before = self._index()
        now = self._read_index()
        with self._lock:
            self._paths = now
            changed = {name for name in self._schemas if before.get(_key(name)) != now.get(_key(name))}
            for api_version in changed:
                del self._schemas[api_version]
        return frozenset(changed)

    def _index(self) -> dict[str, str]:
        """The index of the last run where there was one: ``refresh`` tells afterwards whether it still held."""
        with self._lock:
            if self._paths is None:
                kept = diskcache.read(self._index_file)
                self._paths = kept if _is_index(kept) else None
            if self._paths is None:
                self._paths = self._read_index()
            return self._paths

    def _read_index(self) -> dict[str, str]:
        listed = self._cluster.get("/openapi/v3").get("paths") or {}
        paths = {key: str(entry["serverRelativeURL"]) for key, entry in listed.items()}
        diskcache.write(self._index_file, paths)
        return paths

    def _definitions(self, path: str) -> dict[str, Json]:
        hashed = "hash" in parse_qs(urlsplit(path).query)
        file = self._folder / f"{hashlib.sha256(path.encode()).hexdigest()}.json"
        if hashed:
            kept = _kept(diskcache.read(file), path)
            if kept is not None:
                return kept
        answer = self._cluster.request("GET", path)
        if answer.status == 301:
            # The document changed since the index was read; what comes now belongs to another hash.
            hashed = False
            answer = self._cluster.request("GET", answer.location)
        if not isinstance(answer.body, dict):
            raise ApiError(answer.status, f"the schema document {path} is no JSON object", path)
        definitions = {
            name: stripped(schema)
            for name, schema in ((answer.body.get("components") or {}).get("schemas") or {}).items()
        }
        if hashed:
            diskcache.write(file, {"source": path, "schemas": definitions})
            diskcache.trim(self._folder, CACHE_LIMIT)
        return definitions


def _is_index(kept: Json) -> bool:
    return isinstance(kept, dict) and all(isinstance(path, str) for path in kept.values())


def _kept(content: Json, path: str) -> dict[str, Json] | None:
    """The schemas in a cached file, None if it isn't what was written there."""
    if not isinstance(content, dict) or content.get("source") != path:
        return None
    schemas = content.get("schemas")
    if not isinstance(schemas, dict) or not all(isinstance(schema, dict) for schema in schemas.values()):
        return None
    return schemas


def _key(api_version: str) -> str:
    return f"apis/{api_version}" if "/" in api_version else f"api/{api_version}"


_NAMED = ("properties", "patternProperties", "definitions")
_NESTED = ("items", "additionalProperties", "not")
_LISTED = ("allOf", "anyOf", "oneOf")


def stripped(schema: Json) -> Json:
    """A schema without the prose. A field that is called ``description`` stays, as do defaults that hold
    one.
    """
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Json] = {}
    for key, value in schema.items():
        if key in ("description", "example", "externalDocs"):
            continue
        if key in _NAMED and isinstance(value, dict):
            result[key] = {name: stripped(below) for name, below in value.items()}
        elif key in _NESTED:
            result[key] = stripped(value)
        elif key in _LISTED and isinstance(value, list):
            result[key] = [stripped(below) for below in value]
        else:
            result[key] = value
    return result
