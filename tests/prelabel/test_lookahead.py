"""Looking ahead: order, bounds, errors, and stopping early."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from prelabel.lookahead import ordered


def test_source_order_whatever_finishes_first() -> None:
    def work(unit: int) -> int:
        time.sleep(0.02 if unit % 3 == 0 else 0)
        return unit * 10

    assert list(ordered(work, range(20), workers=4)) == [(i, i * 10) for i in range(20)]


def test_nothing_to_do() -> None:
    assert list(ordered(str, [], workers=2)) == []


def test_an_exception_is_the_result_of_its_unit() -> None:
    outcomes = [found for _, found in ordered(lambda unit: 6 // unit, [1, 0, 3], workers=2)]
    assert outcomes[::2] == [6, 2]
    assert isinstance(outcomes[1], ZeroDivisionError)


def test_workers_work_at_once() -> None:
    barrier = threading.Barrier(3, timeout=5)
    assert [n for _, n in ordered(lambda _: barrier.wait() >= 0, range(3), workers=3)] == [True] * 3


def test_no_more_are_read_than_the_window() -> None:
    read: list[int] = []

    def units() -> Iterator[int]:
        for unit in range(1000):
            read.append(unit)
            yield unit

    found = ordered(lambda unit: unit, units(), workers=2, ahead=5)
    for handed in range(20):
        assert next(found) == (handed, handed)
        assert len(read) <= handed + 5
    found.close()
    assert len(read) < 30


def test_closing_cancels_what_has_not_started_and_waits_for_the_rest() -> None:
    done: list[int] = []

    def work(unit: int) -> int:
        time.sleep(0.01)
        done.append(unit)
        return unit

    found = ordered(work, range(1000), workers=2, ahead=50)
    next(found)
    found.close()
    count = len(done)
    assert count < 50
    time.sleep(0.05)
    assert len(done) == count
    assert not [t for t in threading.enumerate() if t.name.startswith("prelabel")]


def test_an_error_of_the_source_ends_it() -> None:
    def units() -> Iterator[int]:
        yield 1
        raise OSError("the list is gone")

    with pytest.raises(OSError, match="the list is gone"):
        list(ordered(str, units(), workers=2))
    assert not [t for t in threading.enumerate() if t.name.startswith("prelabel")]
