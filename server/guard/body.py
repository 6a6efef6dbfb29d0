"""`Body`: a request's body as it streams in, up to a limit; `Bodies`: all of them together."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope

from prelabel.errors import BusyError
from server.errors import TooLargeError

__all__ = ["Bodies", "Body"]


@dataclass(slots=True)
class Bodies:
    """The bodies of all requests in flight: `held` bytes of at most `most`."""

    most: int
    held: int = 0

    def take(self, size: int) -> None:
        """So many bytes more; BusyError where that is too many."""
        if self.held + size > self.most:
            raise BusyError("too many large requests at once", hint="try again later")
        self.held += size


class Body:
    """An ASGI `receive` that counts: TooLargeError for one byte more than `limit`.

    What the client states as the length is believed only where it is too large already. What came
    is held in `bodies` until `release`. `whole`: nothing more comes.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int, bodies: Bodies) -> None:
        heads = scope["headers"]
        self._receive = receive
        self._limit = limit
        self._bodies = bodies
        self._stated = _stated(scope)
        self._seen = 0
        self.whole = not any(name in (b"content-length", b"transfer-encoding") for name, _ in heads)

    def check(self) -> None:
        """TooLargeError where the client states too large a length."""
        if self._stated > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        size = len(message.get("body", b""))
        if self._seen + size > self._limit:
            raise self._too_large()
        self._bodies.take(size)
        self._seen += size
        self.whole = self.whole or not message.get("more_body", False)
        return message

    async def drain(self, seconds: float) -> None:
        """Take what is left and forget it, for so long at most.

        A client that is still sending when its connection ends may lose the answer (RFC 9112, 9.6).
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.whole:
                    message = await self._receive()
                    self.whole = not message.get("more_body", False)

    def release(self) -> None:
        """The request is over, and its body is gone."""
        self._bodies.held -= self._seen
        self._seen = 0

    def _too_large(self) -> TooLargeError:
        return TooLargeError(f"the body has more than {self._limit} bytes", hint="setting max_body")


def _stated(scope: Scope) -> int:
    """``Content-Length``, 0 where there is none or it is no number; of 19 digits at most."""
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(values[0][:19]) if len(values) == 1 and values[0].isdigit() else 0
