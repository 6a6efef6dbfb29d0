"""uvicorn as this server runs it: its own socket, one line at the start, an orderly end."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from prelabel.errors import SettingsError

__all__ = ["address", "is_loopback", "listen", "log_to_stderr", "run"]

BACKLOG = 1024
LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
QUIET = ("python_multipart", "uvicorn.error", "uvicorn.access")
"""Loggers that would write a line for every odd request."""


class Runner(uvicorn.Server):
    """Finishes what was accepted at the first signal, stops at once at the second."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        if self.should_exit:
            sys.stderr.flush()
            os._exit(128 + sig)
        self.should_exit = True


def run(app: ASGIApp, listener: socket.socket, started: Callable[[], None]) -> None:
    """Serve until a signal comes; `started` is called when connections are accepted."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
    )
    runner = Runner(config)

    async def main() -> None:
        serving = asyncio.ensure_future(runner.serve(sockets=[listener]))
        while not (runner.started or serving.done()):
            await asyncio.sleep(0.01)
        if runner.started:
            started()
        await serving

    asyncio.run(main())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; SettingsError where the address cannot be had.

    What it accepts sends at once: the head and the body of an answer are two small packets, and the
    second would wait for the client's word about the first, 40 ms (Nagle's algorithm). asyncio sees
    to that only for sockets that it makes itself.
    """
    try:
        family, _, _, _, place = _resolved(host, port)[0]
        both = family == socket.AF_INET6 and place[0] == "::" and socket.has_dualstack_ipv6()
        made = socket.create_server(place[:2], family=family, backlog=BACKLOG, dualstack_ipv6=both)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made
    except OSError as error:
        unknown = isinstance(error, socket.gaierror)
        reason = error.strerror if unknown else os.strerror(error.errno or 0)
        raise SettingsError(
            f"cannot listen: {reason}",
            where=f"{host}:{port}",
            hint="take another --port or --host; --port 0 takes any that is free",
        ) from error
    except OverflowError as error:
        raise SettingsError(f"is {port}, expected 0 to 65535", where="--port") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`, by every address that it has."""
    try:
        found = _resolved(host, 0)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(entry[4][0])).is_loopback for entry in found)


def address(listener: socket.socket) -> str:
    """The address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def log_to_stderr() -> None:
    """Warnings and errors, a line each; no line for a request."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=LINE)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _resolved(host: str, port: int) -> list[tuple]:
    kind, passive = socket.SOCK_STREAM, socket.AI_PASSIVE
    return list(socket.getaddrinfo(host or None, port, type=kind, flags=passive))
