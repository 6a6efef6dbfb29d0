"""The answers in memory: what is kept, what goes, and that nothing is made twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from formats.annotations import Annotations
from geometry import masks
from geometry.rings import Rings
from prelabel.cache import Flights, Memory, weight
from prelabel.errors import CancelledError, DeadlineError, ImageError
from prelabel.tickets import Priority, Ticket


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        threading.Event().wait(0.001)


def test_what_was_not_used_for_longest_goes_first() -> None:
    memory: Memory[str] = Memory(100)
    for key in "abc":
        memory.put(key, key.upper(), 30)
    assert memory.get("a") == "A"
    memory.put("d", "D", 30)
    assert [memory.get(key) for key in "abcd"] == ["A", None, "C", "D"]
    assert (len(memory), memory.held) == (3, 90)


def test_one_large_value_pushes_out_several() -> None:
    memory: Memory[int] = Memory(100)
    for key in range(10):
        memory.put(key, key, 10)
    memory.put("large", 1, 85)
    assert [key for key in range(10) if memory.get(key) is not None] == [9]
    assert memory.held == 95


def test_what_is_larger_than_everything_is_not_kept_and_pushes_nothing_out() -> None:
    memory: Memory[int] = Memory(100)
    memory.put("a", 1, 60)
    memory.put("b", 2, 101)
    assert (memory.get("a"), memory.get("b")) == (1, None)
    memory.put("a", 3, 101)
    assert (memory.get("a"), memory.held) == (None, 0)


def test_a_value_is_replaced() -> None:
    memory: Memory[int] = Memory(100)
    memory.put("a", 1, 60)
    memory.put("a", 2, 70)
    assert (memory.get("a"), memory.held, len(memory)) == (2, 70, 1)


def test_without_room_nothing_is_kept() -> None:
    memory: Memory[int] = Memory(0)
    memory.put("a", 1, 1)
    assert memory.get("a") is None


def test_many_threads_never_break_the_count() -> None:
    memory: Memory[int] = Memory(1000)
    rng = np.random.default_rng(1)
    plans = rng.integers(0, 40, (8, 500))

    def work(plan: np.ndarray) -> None:
        for key in plan.tolist():
            if memory.get(key) is None:
                memory.put(key, key, 20 + key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, plans))
    kept = [key for key in range(40) if memory.get(key) == key]
    assert memory.held == sum(20 + key for key in kept) <= 1000
    assert len(memory) == len(kept)


class Slow:
    """A computation that stays under way until it is told what comes of it."""

    def __init__(self, value: int = 7, error: Exception | None = None) -> None:
        self.value, self.error = value, error
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.ticket: Ticket | None = None

    def __call__(self, ticket: Ticket) -> int:
        self.ticket = ticket
        self.begun.set()
        assert self.go_on.wait(10)
        ticket.check()
        if self.error:
            raise self.error
        return self.value


def never(ticket: Ticket) -> int:
    raise AssertionError("computed a second time")


def test_who_comes_second_gets_the_first_ones_value() -> None:
    flights: Flights[int] = Flights()
    slow = Slow()
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(flights.do, "key", slow, Ticket())
        assert slow.begun.wait(10)
        others = [pool.submit(flights.do, "key", never, Ticket()) for _ in range(8)]
        until(lambda: flights.waiting == 8)
        slow.go_on.set()
        assert first.result(10) == (7, False)
        assert [other.result(10) for other in others] == [(7, True)] * 8
    assert (len(flights), flights.waiting) == (0, 0)


def test_other_keys_do_not_wait() -> None:
    flights: Flights[int] = Flights()
    slow = Slow()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.do, "key", slow, Ticket())
        assert slow.begun.wait(10)
        assert flights.do("other", lambda ticket: 8, Ticket()) == (8, False)
        slow.go_on.set()
        assert first.result(10) == (7, False)


def followed(flights: Flights[int], slow: Slow, ticket: Ticket, follower: Slow, own: Ticket):
    """The outcomes of a first caller that is under way and of a second that waits for it."""
    pool = ThreadPoolExecutor(2)
    first = pool.submit(flights.do, "key", slow, ticket)
    assert slow.begun.wait(10)
    second = pool.submit(flights.do, "key", follower, own)
    until(lambda: flights.waiting == 1)
    pool.shutdown(wait=False)
    return first, second


def test_where_the_first_fails_the_second_computes_itself() -> None:
    flights: Flights[int] = Flights()
    slow, follower = Slow(error=ImageError("broken")), Slow(9)
    first, second = followed(flights, slow, Ticket(), follower, Ticket())
    follower.go_on.set()
    assert not follower.begun.is_set()
    slow.go_on.set()
    with pytest.raises(ImageError):
        first.result(10)
    assert second.result(10) == (9, False)


def test_where_the_first_is_cancelled_the_second_computes_itself() -> None:
    flights: Flights[int] = Flights()
    slow, follower, given_up = Slow(), Slow(9), Ticket()
    first, second = followed(flights, slow, given_up, follower, Ticket())
    given_up.cancel()
    slow.go_on.set()
    follower.go_on.set()
    with pytest.raises(CancelledError):
        first.result(10)
    assert second.result(10) == (9, False)


def test_the_second_waits_within_its_own_ticket() -> None:
    flights: Flights[int] = Flights()
    slow = Slow()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(flights.do, "key", slow, Ticket())
        assert slow.begun.wait(10)
        with pytest.raises(DeadlineError):
            flights.do("key", never, Ticket.within(0.02))
        given_up = Ticket()
        second = ThreadPoolExecutor(1).submit(flights.do, "key", never, given_up)
        until(lambda: flights.waiting == 1)
        given_up.cancel()
        with pytest.raises(CancelledError):
            second.result(10)
        slow.go_on.set()
        assert first.result(10) == (7, False)


def test_somebody_more_urgent_raises_the_priority_of_the_first() -> None:
    flights: Flights[int] = Flights()
    slow, bulk = Slow(), Ticket(Priority.BULK)
    first, second = followed(flights, slow, bulk, Slow(), Ticket(Priority.INTERACTIVE))
    assert slow.ticket is not None
    assert slow.ticket.priority == Priority.INTERACTIVE
    assert bulk.priority == Priority.BULK
    slow.go_on.set()
    assert (first.result(10), second.result(10)) == ((7, False), (7, True))


def test_the_weight_is_that_of_the_arrays() -> None:
    empty = weight(Annotations.empty())
    boxes = Annotations.of(1000, boxes=np.zeros((1000, 4)))
    plain = sum(column.nbytes for column in boxes.columns().values())
    assert weight(boxes) == empty + plain
    stripes = np.zeros((200, 300), bool)
    stripes[::2] = True
    mask = masks.encode(stripes)
    assert weight(boxes.with_columns(masks=np.array([mask] * 1000, object))) > (
        empty + plain + 1000 * mask.runs.nbytes
    )
    rings = Rings.of([[[np.zeros((50, 2))]]] * 1000)
    assert weight(boxes.with_columns(rings=rings)) > empty + plain + 1000 * 50 * 16
