"""Local web sites: paths are answered by functions; requests and connections are counted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40
"""Bytes that start like a JPEG."""

Page = Callable[[BaseHTTPRequestHandler], None]


class Site(ThreadingHTTPServer):
    """A local site: paths are answered by functions; requests and connections are counted."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Page] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.connections = 0
        super().__init__((host, 0), Handler)

    def process_request(self, request: socket.socket, client_address: object) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        try:
            self.server.pages.get(self.path.partition("?")[0], answer(404, b"none"))(self)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


def answer(status: int, body: bytes = b"", **headers: str) -> Page:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return page


class Site6(Site):
    """The same on an IPv6 address."""

    address_family = socket.AF_INET6


@contextmanager
def served(host: str = "127.0.0.1") -> Iterator[Site]:
    """A site on an address of this machine, at a port that was free."""
    server = (Site6 if ":" in host else Site)(host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
