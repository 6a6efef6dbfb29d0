"""What stands before every route: key, origin, size of the body, requests in flight, deadline.

Plain ASGI, so that bodies stream through it and a client that goes away is seen. Whatever fails,
here or behind, is answered by the protocol whose path was asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from prelabel.errors import BusyError, CancelledError, DeadlineError
from server import failing
from server.errors import AccessError
from server.guard import origin
from server.guard.answer import Answer, nothing
from server.guard.body import Body
from server.protocols import Protocol, below, of_path
from server.state import State

__all__ = ["GRACE", "Guard", "ends"]

GRACE = 2.0
"""Seconds that a route has after the deadline to answer by itself."""
DEADLINE = "prelabel.deadline"


def ends(request: Request) -> float:
    """The value of `time.monotonic` at which the answer to a request is due."""
    found: float = request.scope[DEADLINE]
    return found


class Guard:
    """Lets through what may pass; answers the rest, and what went wrong behind it."""

    def __init__(self, app: ASGIApp, state: State, protocols: Sequence[Protocol]) -> None:
        self.app = app
        self.state = state
        self.protocols = tuple(protocols)
        self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; other kinds of ASGI traffic pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        protocol = of_path(scope["path"], self.protocols) or self.protocols[-1]
        settings = self.state.settings
        body = Body(scope, receive, getattr(settings, protocol.body_limit))
        scope[DEADLINE] = time.monotonic() + getattr(settings, protocol.deadline)
        answer = Answer(send)
        request = Request(scope, body)
        with self.state.metrics.request(protocol.name, scope, answer):
            try:
                await self._through(protocol, request, body, answer)
            except Exception as error:  # noqa: BLE001 - answered in the protocol's way, and logged
                await failing.answer(protocol, request, error, answer)

    async def _through(
        self, protocol: Protocol, request: Request, body: Body, answer: Answer
    ) -> None:
        self._check(protocol, request)
        with self._place(protocol, request):
            async with _until(ends(request) + GRACE, answer):
                try:
                    body.check()
                    await self.app(request.scope, body, answer)
                except ClientDisconnect as error:
                    raise CancelledError("the client went away") from error

    def _check(self, protocol: Protocol, request: Request) -> None:
        """ForeignError, AccessError where the request may not pass."""
        origin.check(request, keyless=not (self.state.keys.needed or self._is_public))
        if _among(request, protocol.open) or protocol.admits(request):
            return
        if not self.state.keys.open(_authorization(request)):
            raise AccessError("a key is needed", hint="send it as Bearer, Token or Basic")

    @property
    def _is_public(self) -> bool:
        return self.state.settings.open_access

    @contextmanager
    def _place(self, protocol: Protocol, request: Request) -> Iterator[None]:
        """One of the places in flight; BusyError where all are taken."""
        if _among(request, protocol.light):
            yield
            return
        if self.inside >= self.state.settings.in_flight:
            raise BusyError("too many requests at once", hint="try again later")
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


@asynccontextmanager
async def _until(end: float, answer: Answer) -> AsyncIterator[None]:
    """DeadlineError where no answer was begun in time; one that was may take as long as it does."""
    seconds = max(0.0, end - time.monotonic())
    try:
        async with asyncio.timeout(seconds) as clock:
            answer.at_start = lambda: clock.reschedule(None)
            yield
    except TimeoutError as error:
        if not clock.expired():
            raise
        raise DeadlineError("the time for the request is over") from error
    finally:
        answer.at_start = nothing


def _among(request: Request, paths: Sequence[str]) -> bool:
    """Whether the request's path is one of `paths`, or lies below one that ends in ``/*``."""
    path = request.scope["path"]
    return path in paths or any(below(path, p[:-2]) for p in paths if p.endswith("/*"))


def _authorization(request: Request) -> bytes:
    """The header's bytes; nothing where it is missing or there are several."""
    found = [value for name, value in request.scope["headers"] if name == b"authorization"]
    return found[0] if len(found) == 1 else b""
