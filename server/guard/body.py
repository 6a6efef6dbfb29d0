"""`Body`: the request's body as it streams in, up to a limit."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope

from server.errors import TooLargeError

__all__ = ["Body"]


class Body:
    """An ASGI `receive` that counts: TooLargeError for one byte more than `limit`.

    What the client states as the length is believed only where it is too large already.
    """

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._stated = _stated(scope)
        self._seen = 0

    def check(self) -> None:
        """TooLargeError where the client states too large a length."""
        if self._stated > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise self._too_large()
        return message

    def _too_large(self) -> TooLargeError:
        return TooLargeError(f"the body has more than {self._limit} bytes", hint="setting max_body")


def _stated(scope: Scope) -> int:
    """``Content-Length``, 0 where there is none or it is no number."""
    values = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(values[0]) if len(values) == 1 and values[0].isdigit() else 0
