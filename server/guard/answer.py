"""`Answer`: what goes out; it knows how far it is, and carries the headers of every answer."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

__all__ = ["HEADERS", "Answer", "nothing"]

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
}
"""Of every answer that does not say otherwise; a page brings its own policy."""


def nothing() -> None:
    """Do nothing."""


class Answer:
    """An ASGI `send`. `status` is 0 until the answer was begun; then `at_start` is called."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.at_start: Callable[[], None] = nothing

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            self.at_start()
        await self._send(message)
