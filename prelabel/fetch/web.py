"""Pictures over http(s): redirects followed by hand, size and time bounded, no cookies kept.

Speaks through httpcore, the wire layer of httpx, because the guard must sit where connections are
made; httpx itself only reads and joins addresses. Nothing is taken from the environment.
"""

from __future__ import annotations

import base64
import http
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpcore
import httpx

from prelabel.errors import FetchError, FetchRefused
from prelabel.fetch import guard
from prelabel.fetch.network import Guarded, Resolver, resolve

if TYPE_CHECKING:
    from prelabel.fetch import Policy

__all__ = ["Web", "looks_like_picture", "shown"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CONNECTIONS = 64
AGENT = "prelabel"

STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"),
)
"""First bytes of JPEG, PNG, GIF, BMP, TIFF and PNM."""


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
        allowed = guard.Allowed.of(policy.allowed_hosts)
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

    def read(self, address: str) -> bytes:
        """The bytes at the end of the redirects; FetchRefused, FetchError."""
        url = parse(address)
        with self._network.within(self._policy.timeout), self._told(url):
            for _ in range(self._policy.max_redirects + 1):
                found = self._get(url)
                if isinstance(found, bytes):
                    return found
                url = found
        raise FetchError(f"more than {self._policy.max_redirects} redirects", where=shown(url))

    def _get(self, url: httpx.URL) -> bytes | httpx.URL:
        """The body of one answer, or where it sends us."""
        try:
            return self._attempt(url)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            return self._attempt(url)  # a kept connection may have been closed meanwhile

    def _attempt(self, url: httpx.URL) -> bytes | httpx.URL:
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        limits = {"timeout": {"pool": self._network.left()}}
        with self._pool.stream("GET", target, headers=_headers(url), extensions=limits) as answer:
            headers = {name.lower(): value for name, value in answer.headers}
            if answer.status in REDIRECTS:
                return _next(url, headers.get(b"location", b""))
            self._check(url, answer.status, headers)
            return self._body(url, answer)

    def _check(self, url: httpx.URL, status: int, headers: dict[bytes, bytes]) -> None:
        if status != 200:
            name = http.HTTPStatus(status).phrase if status in _STATUSES else ""
            raise FetchError(f"answers {status} {name}".rstrip(), where=shown(url))
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise FetchError("answers compressed, which was not asked for", where=shown(url))
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > self._policy.max_bytes:
            raise self._too_large(url)

    def _body(self, url: httpx.URL, answer: httpcore.Response) -> bytes:
        body = bytearray()
        for part in answer.iter_stream():
            if len(body) < 16 <= len(body) + len(part):
                _must_look_like_picture(url, bytes(body[:16] + part[:16]))
            body += part
            if len(body) > self._policy.max_bytes:
                raise self._too_large(url)
            self._network.left()
        _must_look_like_picture(url, bytes(body[:16]))
        return bytes(body)

    def _too_large(self, url: httpx.URL) -> FetchError:
        return FetchError(f"more than {self._policy.max_bytes} bytes", where=shown(url))

    @contextmanager
    def _told(self, start: httpx.URL) -> Iterator[None]:
        """httpcore's and the guard's errors as ours, with the address."""
        seconds = self._policy.timeout
        try:
            yield
        except (FetchRefused, FetchError) as error:
            raise type(error)(error.what, error.where or shown(start), error.hint) from error
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise FetchError(f"did not arrive within {seconds:g} s", where=shown(start)) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FetchError(f"cannot be had: {reason[:200]}", where=shown(start)) from error


_STATUSES = frozenset(int(status) for status in http.HTTPStatus)


def parse(address: str) -> httpx.URL:
    """An http(s) address; FetchRefused where it is none."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise FetchRefused(f"is no address: {error}", where=address[:100]) from error
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise FetchRefused("expected an http or https address with a host", where=shown(url))
    return url


def shown(url: httpx.URL) -> str:
    """The address as it may be printed: without password, query and fragment."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))[:200]


def looks_like_picture(start: bytes) -> bool:
    """Whether bytes start like a picture of a kind that `image.decode` takes or names."""
    if start.startswith(STARTS):
        return True
    return (start[:4] == b"RIFF" and start[8:12] == b"WEBP") or start[4:8] == b"ftyp"


def _must_look_like_picture(url: httpx.URL, start: bytes) -> None:
    if not looks_like_picture(start):
        raise FetchError("is not a picture", where=shown(url))


def _headers(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"Host", url.netloc),
        (b"User-Agent", AGENT.encode()),
        (b"Accept", b"image/*"),
        (b"Accept-Encoding", b"identity"),
    ]
    if url.userinfo:
        pair = f"{url.username}:{url.password}".encode()
        headers.append((b"Authorization", b"Basic " + base64.b64encode(pair)))
    return headers


def _next(url: httpx.URL, location: bytes) -> httpx.URL:
    """Where a redirect leads; a password goes no further than the host it was for."""
    if not location:
        raise FetchError("redirects without saying where", where=shown(url))
    try:
        target = url.join(location.decode("latin-1"))
    except httpx.InvalidURL as error:
        raise FetchRefused("redirects to what is no address", where=shown(url)) from error
    return parse(str(target))
