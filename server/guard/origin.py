"""Requests that a page of another site makes a browser send.

A browser adds stored Basic credentials to them, and a server without a key has nothing else to tell
friend from foe. So what changes something is refused where the browser says that it comes from
another site. A server without a key answers only to names of this machine: a page whose own name
was made to point at 127.0.0.1 (DNS rebinding) uses another.
"""

from __future__ import annotations

import ipaddress

from starlette.requests import Request

from server.errors import ForeignError

__all__ = ["check"]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN = frozenset({"same-origin", "none"})
"""Of ``Sec-Fetch-Site``; "same-site" is also another port of this machine."""


def check(request: Request, *, keyless: bool) -> None:
    """ForeignError for a request of another site; `keyless`: the server of this machine alone."""
    site = request.headers.get("sec-fetch-site", "none")
    if request.method not in SAFE and site not in OWN:
        raise ForeignError("a page of another site sent this request")
    if keyless and not _is_own_name(_name(request.headers.get("host", ""))):
        raise ForeignError(
            "this server has no key, so it answers only to names of this machine",
            hint="settings api_keys, open_access",
        )


def _name(host: str) -> str:
    """A ``Host`` header without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_own_name(name: str) -> bool:
    """Whether a name can only mean this machine (RFC 6761); no name at all is no browser's."""
    if not name or name.lower().rstrip(".").rpartition(".")[2] == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
