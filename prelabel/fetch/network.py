"""Connections of the fetcher: to addresses that the guard has seen, and within a deadline.

The guard stands where the connection is made. The name is resolved once and that very address is
connected to, so that a name server cannot answer the check with one address and the connection
with another (DNS rebinding); TLS and the Host header keep the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import httpcore

from prelabel.errors import FetchError
from prelabel.fetch import guard
from prelabel.tickets import Ticket

__all__ = ["Guarded", "Resolver", "resolve"]

Resolver = Callable[[str, int], list[str]]
"""Host and port -> its addresses as texts; raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guarded(httpcore.NetworkBackend):
    """Connects to guarded addresses only; every wait ends at the deadline of its thread."""

    def __init__(
        self,
        allowed: guard.Allowed,
        resolver: Resolver = resolve,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._inner = inner or httpcore.SyncBackend()
        self._clock = threading.local()

    @contextmanager
    def within(self, seconds: float, ticket: Ticket) -> Iterator[None]:
        """All that this thread does inside ends after so many seconds, and with its ticket."""
        self._clock.end, self._clock.ticket = time.monotonic() + seconds, ticket
        try:
            yield
        finally:
            del self._clock.end, self._clock.ticket

    def left(self) -> float:
        """Seconds that this thread may wait; ReadTimeout, or the ticket's error, for none."""
        ticket: Ticket = self._clock.ticket
        ticket.check()
        seconds: float = self._clock.end - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout
        remaining = ticket.remaining()
        return seconds if remaining is None else min(seconds, max(remaining, 0.001))

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that answers."""
        addresses = guard.check(host, port, self._addresses(host, port), self._allowed)
        for address in addresses[:-1]:
            try:
                return self._connect(str(address), port, socket_options)
            except httpcore.ConnectError:
                continue
        return self._connect(str(addresses[-1]), port, socket_options)

    def _connect(self, address: str, port: int, options: Iterable[Any] | None) -> _Stream:
        stream = self._inner.connect_tcp(address, port, self.left(), socket_options=options)
        return _Stream(stream, self)

    def _addresses(self, host: str, port: int) -> list[guard.Address]:
        number = guard.literal(host)
        if number is not None:
            return [number]
        try:
            texts = in_time(lambda: self._resolver(host, port), self.left())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise FetchError(f"the name {host} cannot be resolved") from error
        return [ipaddress.ip_address(text) for text in texts]


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, network: Guarded) -> None:
        self._inner = inner
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._network.left())
        return _Stream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def in_time(call: Callable[[], list[str]], seconds: float) -> list[str]:
    """What `call` returns, or TimeoutError; for calls without a time limit of their own."""
    future: Future[list[str]] = Future()

    def attempt() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised again by result()
            future.set_exception(error)

    threading.Thread(target=attempt, name="prelabel-resolve", daemon=True).start()
    return future.result(timeout=seconds)
