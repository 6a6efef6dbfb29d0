"""Pictures over http(s): redirects followed by hand, size and time bounded, no cookies kept.

Speaks through httpcore, the wire layer of httpx, because the guard must sit where connections are
made; httpx itself only reads and joins addresses. Nothing is taken from the environment: a proxy
would resolve and connect in our place, where no guard stands.
"""

from __future__ import annotations

import base64
import http
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import httpcore
import httpx

from prelabel.errors import CancelledError, DeadlineError, FetchError, FetchRefused
from prelabel.fetch import guard
from prelabel.fetch.body import OK, PARTIAL, Body
from prelabel.fetch.network import Guarded, Resolver, resolve
from prelabel.tickets import Ticket

if TYPE_CHECKING:
    from prelabel.fetch import Policy

__all__ = ["Credentials", "Web", "shown"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
UNAUTHORIZED = 401
CONNECTIONS = 64
AGENT = "prelabel"
HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)")


class Credentials(Protocol):
    """Who may read more than others, at one host; see `prelabel.clients.tokens.Tokens`."""

    def headers(self, address: str = "") -> Mapping[str, str]:
        """What tells so; empty for every other host."""

    def refused(self, headers: Mapping[str, str]) -> bool:
        """These were answered with 401: whether there are others now."""


@dataclass(slots=True)
class Trip:
    """One picture's way through redirects: where it is, and who asks, as long as that is told.

    Credentials are for a trip that begins at their host and end where it leaves that host: who
    sends us elsewhere and back again does not get them.
    """

    url: httpx.URL
    credentials: Credentials | None = None
    renewed: bool = False

    def headers(self) -> Mapping[str, str]:
        """The headers that tell who asks."""
        found = self.credentials.headers(str(self.url)) if self.credentials else {}
        if not found:
            self.credentials = None
        return found

    def renew(self, headers: Mapping[str, str]) -> bool:
        """After a 401: whether it is worth asking once more."""
        if self.renewed or self.credentials is None:
            return False
        self.renewed = True
        return self.credentials.refused(headers)


class Web:
    """Kept connections and the rules they obey; for any number of threads."""

    def __init__(
        self,
        policy: Policy,
        resolver: Resolver | None = None,
        network: httpcore.NetworkBackend | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        allowed = guard.Allowed.of(policy.allowed_hosts, policy.allowed_places)
        self._network = Guarded(allowed, resolver or resolve, network)
        self._pool = httpcore.ConnectionPool(
            ssl_context=trust,
            max_connections=CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=self._network,
        )

    def close(self) -> None:
        """Close kept connections."""
        self._pool.close()

    def read(
        self,
        address: str,
        ticket: Ticket | None = None,
        credentials: Credentials | None = None,
    ) -> bytes:
        """The bytes at the end of the redirects.

        FetchRefused, FetchError; DeadlineError and CancelledError when the ticket ends meanwhile.
        """
        ticket, trip = ticket or Ticket(), Trip(parse(address), credentials)
        with self._network.within(self._policy.timeout, ticket), self._told(trip.url, ticket):
            for _ in range(self._policy.max_redirects + 1):
                found = self._get(trip)
                if isinstance(found, bytes):
                    return found
                trip.url = found
        raise FetchError(f"more than {self._policy.max_redirects} redirects", where=shown(trip.url))

    def _get(self, trip: Trip) -> bytes | httpx.URL:
        """The body at one address, or where it sends us.

        An answer that breaks off is gone on with as long as that brings more. Without more it is
        tried once again: a kept connection may have been closed meanwhile.
        """
        body, failures = Body(shown(trip.url), self._policy.max_bytes), 0
        while True:
            before = len(body)
            try:
                found = self._attempt(trip, body)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
                failures = 0 if body.resumable and len(body) > before else failures + 1
                if failures > 1:
                    raise
                continue
            if found is not None:
                return found
            if body.whole:
                return body.finished()
            if len(body) <= before:
                raise FetchError("answers with less than was asked for", where=shown(trip.url))
            failures = 0

    def _attempt(self, trip: Trip, body: Body) -> httpx.URL | None:
        """Ask once; where a redirect leads, or None with more in the body."""
        url, ours = trip.url, trip.headers()
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        extra = [(name.encode(), value.encode()) for name, value in ours.items()]
        asked = [*_headers(url, bool(ours)), *extra, *body.missing()]
        limits = {"timeout": {"pool": self._network.left()}}
        with self._pool.stream("GET", target, headers=asked, extensions=limits) as answer:
            headers = {name.lower(): value for name, value in answer.headers}
            if answer.status in REDIRECTS:
                return _next(url, headers.get(b"location", b""))
            if answer.status != UNAUTHORIZED or not trip.renew(ours):
                self._receive(url, answer, headers, body)
                return None
        return self._attempt(trip, body)

    def _receive(
        self, url: httpx.URL, answer: httpcore.Response, headers: dict[bytes, bytes], body: Body
    ) -> None:
        if answer.status not in ((OK, PARTIAL) if len(body) else (OK,)):
            name = http.HTTPStatus(answer.status).phrase if answer.status in _STATUSES else ""
            raise FetchError(f"answers {answer.status} {name}".rstrip(), where=shown(url))
        body.begin(answer.status, headers)
        for part in answer.iter_stream():
            body.add(part)
            self._network.left()

    @contextmanager
    def _told(self, start: httpx.URL, ticket: Ticket) -> Iterator[None]:
        """httpcore's and the guard's errors as ours, with the address."""
        seconds = self._policy.timeout
        try:
            yield
        except (DeadlineError, CancelledError):
            raise
        except (FetchRefused, FetchError) as error:
            raise type(error)(error.what, error.where or shown(start), error.hint) from error
        except (httpcore.TimeoutException, TimeoutError) as error:
            ticket.check()  # its end may be what was waited for
            raise FetchError(f"did not arrive within {seconds:g} s", where=shown(start)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FetchError(f"cannot be had: {reason[:200]}", where=shown(start)) from error


_STATUSES = frozenset(int(status) for status in http.HTTPStatus)


def parse(address: str) -> httpx.URL:
    """An http(s) address; FetchRefused where it is none."""
    _clear(address)
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise FetchRefused(f"is no address: {error}", where=_bare(address)) from error
    if url.port is not None and not 0 < url.port < 1 << 16:
        raise FetchRefused("expected a port from 1 to 65535", where=shown(url))
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise FetchRefused("expected an http or https address with a host", where=shown(url))
    return url


def _clear(address: str) -> None:
    """FetchRefused where readers of addresses differ about the host: some take ``\\`` for ``/``."""
    host = HOST.match(address)
    if host and "\\" in host[1]:
        raise FetchRefused("has a backslash in its host", where=_bare(address))


def _bare(address: str) -> str:
    """What may be printed of a text that is no address."""
    text = re.sub(r"//[^/?#]*@", "//", re.split("[?#]", address, maxsplit=1)[0])[:100]
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def shown(url: httpx.URL) -> str:
    """The address as it may be printed: without password, query and fragment."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))[:200]


def _headers(url: httpx.URL, known: bool) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"Host", url.netloc),
        (b"User-Agent", AGENT.encode()),
        (b"Accept", b"image/*, */*;q=0.5"),  # Label Studio knows no image types: 406
        (b"Accept-Encoding", b"identity"),
    ]
    if url.userinfo and not known:
        pair = f"{url.username}:{url.password}".encode()
        headers.append((b"Authorization", b"Basic " + base64.b64encode(pair)))
    return headers


def _next(url: httpx.URL, location: bytes) -> httpx.URL:
    """Where a redirect leads; a password goes no further than the host it was for."""
    if not location:
        raise FetchError("redirects without saying where", where=shown(url))
    try:
        text = location.decode("latin-1")
        _clear(text)
        target = url.join(text)
    except httpx.InvalidURL as error:
        raise FetchRefused("redirects to what is no address", where=shown(url)) from error
    return parse(str(target))
