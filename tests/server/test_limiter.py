"""Threads for what takes time: results, errors, bounds, and an orderly end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request

from prelabel.errors import BusyError, CancelledError
from prelabel.tickets import Ticket
from server.limiter import Limiter


def request(gone: asyncio.Event) -> Request:
    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


def test_results_and_errors_come_back() -> None:
    def fail() -> None:
        raise KeyError("why")

    async def main() -> None:
        assert await limiter.run(lambda a, b: a + b, 2, 3) == 5
        with pytest.raises(KeyError, match="why"):
            await limiter.run(fail)

    limiter = Limiter(1)
    asyncio.run(main())
    assert limiter.inside == 0
    limiter.close()


def test_one_call_more_than_threads_is_refused() -> None:
    go = threading.Event()

    async def main() -> None:
        held = [asyncio.ensure_future(limiter.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="too many requests at once"):
            await limiter.run(int)
        go.set()
        assert await asyncio.gather(*held) == [True, True]
        assert await limiter.run(int) == 0

    limiter = Limiter(2)
    asyncio.run(main())
    limiter.close()


@pytest.mark.parametrize("how", ["gone", "cancelled"])
def test_the_ticket_is_cancelled_with_the_request(how: str) -> None:
    ticket, begun = Ticket(), threading.Event()

    def work() -> None:
        begun.set()
        woken = threading.Event()
        with ticket.watch(woken.set):
            assert woken.wait(20)

    async def main() -> None:
        gone = asyncio.Event()
        call = asyncio.ensure_future(limiter.run(work, ticket=ticket, request=request(gone)))
        await asyncio.to_thread(begun.wait, 20)
        if how == "gone":
            gone.set()
            with pytest.raises(CancelledError, match="the client went away"):
                await call
        else:
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call

    limiter = Limiter(1)
    asyncio.run(main())
    assert ticket.cancelled
    limiter.close()
    assert limiter.inside == 0


def test_a_ticket_outlives_a_call_that_came_back() -> None:
    ticket = Ticket()

    async def main() -> None:
        assert await limiter.run(int, ticket=ticket, request=request(asyncio.Event())) == 0

    limiter = Limiter(1)
    asyncio.run(main())
    assert not ticket.cancelled
    limiter.close()


def test_close_finishes_what_was_accepted_and_takes_no_more() -> None:
    go, done = threading.Event(), threading.Event()

    def work() -> None:
        assert go.wait(20)
        done.set()

    async def main() -> None:
        call = asyncio.ensure_future(limiter.run(work))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(asyncio.to_thread(limiter.close))
        await refused(lambda: limiter.run(int))
        go.set()
        await asyncio.gather(call, closing)

    limiter = Limiter(2)
    asyncio.run(main())
    assert done.is_set()


async def refused(call: Callable[[], Any]) -> None:
    """Wait until a call is refused, which it is as soon as the other thread closes."""

    async def again() -> None:
        for _ in range(2000):
            await call()
            await asyncio.sleep(0.005)

    with pytest.raises(BusyError, match="being stopped"):
        await again()
