"""`Guard`: key, origin, requests in flight, deadline and size of the body, before every route.

Plain ASGI, so that bodies stream through it and a client that goes away is seen. Whatever fails,
here or behind, is answered by the protocol whose path was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from prelabel.errors import BusyError, CancelledError
from server import failing
from server.errors import AccessError
from server.guard import deadline, origin
from server.guard.answer import Answer
from server.guard.body import Bodies, Body
from server.protocols import Protocol, below, of_path
from server.state import State

__all__ = ["Guard"]

BODIES = 8
"""Bodies of the largest size that may be held at once; of smaller ones as many more."""


class Guard:
    """Lets through what may pass; answers the rest, and what went wrong behind it."""

    def __init__(self, app: ASGIApp, state: State, protocols: Sequence[Protocol]) -> None:
        self.app = app
        self.state = state
        self.protocols = tuple(protocols)
        self.inside = 0
        self.bodies = Bodies(BODIES * max(_limit(state, p) for p in protocols))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; other kinds of ASGI traffic pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        protocol = of_path(scope["path"], self.protocols) or self.protocols[-1]
        body = Body(scope, receive, _limit(self.state, protocol), self.bodies)
        deadline.begin(scope, getattr(self.state.settings, protocol.deadline))
        answer = Answer(send)
        request = Request(scope, body)
        with self.state.metrics.request(protocol.name, scope, answer):
            try:
                await self._through(protocol, request, body, answer)
            except Exception as error:  # noqa: BLE001 - answered in the protocol's way, and logged
                await failing.answer(protocol, request, error, body, answer)
            finally:
                body.release()

    async def _through(
        self, protocol: Protocol, request: Request, body: Body, answer: Answer
    ) -> None:
        self._check(protocol, request)
        with self._place(protocol, request):
            async with deadline.kept(request, answer):
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


def _limit(state: State, protocol: Protocol) -> int:
    """The most bytes of a body."""
    found: int = getattr(state.settings, protocol.body_limit)
    return found


def _among(request: Request, paths: Sequence[str]) -> bool:
    """Whether the request's path is one of `paths`, or lies below one that ends in ``/*``."""
    path = request.scope["path"]
    return path in paths or any(below(path, p[:-2]) for p in paths if p.endswith("/*"))


def _authorization(request: Request) -> bytes:
    """The header's bytes; nothing where it is missing or there are several."""
    found = [value for name, value in request.scope["headers"] if name == b"authorization"]
    return found[0] if len(found) == 1 else b""
