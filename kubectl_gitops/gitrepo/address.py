"""Git addresses as people write them: telling them from folders, naming them, hiding their secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "git": 9418}
_SSH = ("ssh", "git+ssh", "ssh+git")
_SCP_LIKE = re.compile(r"(?:(?P<user>[^@/:\s]+)@)?(?P<host>\[[0-9A-Fa-f:]+\]|[^/:\s]+):(?P<path>[^\s].*)")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_CREDENTIALS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/'\"]+@")
_QUERY = re.compile(r"(?P<address>[A-Za-z][A-Za-z0-9+.-]*://[^\s?#'\"]+)[?#][^\s'\"]*")


def is_url(source: str) -> bool:
    """Whether SOURCE is an address: a URL, ``host:path``, or a transport helper's ``helper::address``.

    A folder of that name wins over the ``host:path`` form, as it does for ``git clone``
    (https://git-scm.com/docs/git-clone#_git_urls).
    """
    if "://" in source or _HELPER.match(source):
        return True
    return bool(_SCP_LIKE.fullmatch(source)) and not source.startswith("-") and not Path(source).exists()


def helper(source: str) -> str:
    """The transport helper that ``ext::sh -c …`` asks for, here ``ext``; "" for an ordinary address."""
    found = _HELPER.match(source)
    return found[0][:-2].lower() if found else ""


def without_credentials(text: str) -> str:
    """The text with the user information and the query removed from every URL in it.

    The user of an ``ssh://`` address stays: it is part of the address, not a secret.
    """
    shown = _CREDENTIALS.sub(_without_user, text)
    return _QUERY.sub(lambda found: found["address"], shown)


def _without_user(found: re.Match[str]) -> str:
    if found["scheme"][:-3].lower() in _SSH:
        user = found[0][len(found["scheme"]) : -1].partition(":")[0]
        return f"{found['scheme']}{user}@"
    return found["scheme"]


class Rewrite(NamedTuple):
    """``shown`` may be stored; git puts ``secret`` in its place when it connects (``url.*.insteadOf``)."""

    shown: str
    secret: str


def split_credentials(url: str) -> Rewrite:
    """The URL without its password, and the one to connect with; equal if there is nothing to hide."""
    return Rewrite(_CREDENTIALS.sub(_without_user, url), url)


def normalised(url: str) -> str:
    """One name for all the ways to write the same repository's address.

    ``git@github.com:org/shop.git``, ``https://token@github.com/org/shop`` and
    ``ssh://git@github.com:22/org/shop.git/`` are all ``github.com/org/shop``. Folders become
    ``file:///srv/git/shop``.
    """
    if _HELPER.match(url):
        return url.partition("?")[0]
    if "://" not in url:
        scp_like = _SCP_LIKE.fullmatch(url)
        if scp_like is None or url.startswith("/"):
            return "file://" + _bare(str(Path(url).resolve()))
        return f"{scp_like['host'].lower()}/{_bare(scp_like['path']).lstrip('/')}"
    parts = urlsplit(url)
    if parts.scheme.lower() == "file":
        return "file://" + _bare(unquote(parts.path))
    return f"{_host(parts)}/{_bare(unquote(parts.path)).lstrip('/')}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    try:
        port = parts.port
    except ValueError:
        port = None
    scheme = parts.scheme.lower()
    # An SSH port says nothing about which repository it is: the same server shows it over HTTPS elsewhere.
    if port is None or scheme in _SSH or port == _DEFAULT_PORTS.get(scheme):
        return host
    return f"{host}:{port}"


def _bare(path: str) -> str:
    path = path.rstrip("/")
    for suffix in ("/.git", ".git"):
        if path.endswith(suffix):
            return path[: -len(suffix)].rstrip("/")
    return path
