"""Threads for what takes time, apart from the event loop, which is left to what does not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.requests import Request

from prelabel.errors import BusyError, CancelledError
from prelabel.tickets import Ticket

__all__ = ["Limiter"]

Result = TypeVar("Result")


class Limiter:
    """At most `threads` calls at once; one more is a BusyError, none waits here.

    Predictions wait in the service's gate, which knows their priorities; so there is a thread for
    each request that the guard lets in.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.inside = 0
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="prelabel-request")

    async def run(
        self,
        call: Callable[..., Result],
        *args: Any,
        ticket: Ticket | None = None,
        request: Request | None = None,
    ) -> Result:
        """What `call` returns, computed in a thread.

        `ticket` is cancelled when this coroutine is (the guard's deadline), and when the client of
        `request` went away, which is then a CancelledError. The request's body must have been read.
        """
        future = self._submit(call, *args)
        answer = asyncio.wrap_future(future)
        answer.add_done_callback(_retrieved)
        gone = asyncio.ensure_future(_gone(request)) if request is not None else None
        try:
            both: list[asyncio.Future[Any]] = [answer, gone] if gone is not None else [answer]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise CancelledError("the client went away")
        finally:
            if gone is not None:
                gone.cancel()
            if not answer.done():
                future.cancel()
                if ticket is not None:
                    ticket.cancel()

    def _submit(self, call: Callable[..., Result], *args: Any) -> Future[Result]:
        with self._lock:
            if self.inside >= self.threads:
                raise BusyError("too many requests at once", hint="try again later")
            self.inside += 1
        try:
            future = self._pool.submit(call, *args)
        except RuntimeError as error:
            self._left()
            raise BusyError("the server is being stopped") from error
        future.add_done_callback(self._left)
        return future

    def _left(self, future: Future[Any] | None = None) -> None:
        with self._lock:
            self.inside -= 1

    def close(self) -> None:
        """Take no more calls and finish those accepted."""
        self._pool.shutdown(wait=True)


async def _gone(request: Request) -> None:
    """Wait until the client has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _retrieved(answer: asyncio.Future[Any]) -> None:
    """An error that nobody waits for any more is not reported as lost."""
    if not answer.cancelled():
        answer.exception()
