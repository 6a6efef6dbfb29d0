"""Until when a request is to be answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request
from starlette.types import Scope

from prelabel.errors import DeadlineError
from server.guard.answer import Answer, nothing

__all__ = ["GRACE", "begin", "ends", "kept"]

GRACE = 1.0
"""Seconds that a route has after the deadline to answer by itself."""
KEY = "prelabel.deadline"


def begin(scope: Scope, seconds: float) -> None:
    """The request is to be answered within so many seconds from now."""
    scope[KEY] = time.monotonic() + seconds


def ends(request: Request) -> float:
    """The value of `time.monotonic` at which the answer to a request is due."""
    found: float = request.scope[KEY]
    return found


@asynccontextmanager
async def kept(request: Request, answer: Answer) -> AsyncIterator[None]:
    """DeadlineError where no answer was begun in time; one that was may take as long as it does."""
    seconds = max(0.0, ends(request) + GRACE - time.monotonic())
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
