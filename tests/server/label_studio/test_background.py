"""The background: each picture once, what is waited for first, a bounded number, no polling."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager

import pytest
from fake_models import until

from prelabel.errors import BusyError, ImageError
from server.protocols.label_studio.background import Background


class Work:
    """Doubles numbers, when it may; remembers the order."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.may = threading.Event()
        self.may.set()
        self.busy: Counter[int] = Counter()
        self.failing: dict[int, Exception] = {}

    def __call__(self, unit: int) -> int:
        assert self.may.wait(20)
        if self.busy[unit]:
            self.busy[unit] -= 1
            raise BusyError("not now")
        if unit in self.failing:
            raise self.failing[unit]
        self.done.append(unit)
        return 2 * unit


@contextmanager
def running(
    work: Callable[[int], int], threads: int = 1, places: int = 100
) -> Iterator[Background]:
    background: Background[int, int] = Background(work, threads, places)
    try:
        yield background
    finally:
        background.close()


@pytest.fixture
def work() -> Iterator[Work]:
    made = Work()
    yield made
    made.may.set()


def units(*numbers: int) -> list[tuple[str, int]]:
    return [(str(number), number) for number in numbers]


def test_every_unit_has_its_result_in_its_place(work: Work) -> None:
    with running(work, threads=4) as background:
        futures = background.want(units(*range(50)))
        assert [future.result(20) for future in futures] == [2 * i for i in range(50)]
    assert sorted(work.done) == list(range(50))


def test_a_unit_that_is_there_is_not_entered_twice(work: Work) -> None:
    work.may.clear()
    with running(work, threads=2) as background:
        first = background.want(units(1, 2, 3, 2))
        until(lambda: background.running == 2)
        second = background.want(units(3, 1))
        assert background.waiting == 1
        assert second == [first[2], first[0]]
        assert first[1] is first[3]
        work.may.set()
        assert [future.result(20) for future in first] == [2, 4, 6, 4]
    assert sorted(work.done) == [1, 2, 3]


def test_what_is_done_can_be_wanted_again(work: Work) -> None:
    with running(work) as background:
        for _ in range(2):
            (future,) = background.want(units(1))
            assert future.result(20) == 2
    assert work.done == [1, 1]


def test_beyond_its_places_nothing_is_taken(work: Work) -> None:
    work.may.clear()
    with running(work, places=3) as background:
        (first,) = background.want(units(0))
        until(lambda: background.running == 1)
        futures = background.want(units(1, 2, 3, 4, 5, 1))
        assert [future is None for future in futures] == [False] * 3 + [True, True, False]
        work.may.set()
        assert [f.result(20) for f in (first, *futures) if f is not None] == [0, 2, 4, 6, 2]


def test_without_places_nothing_waits(work: Work) -> None:
    with running(work, places=0) as background:
        assert background.want(units(1, 2)) == [None, None]
    assert work.done == []


def test_what_a_request_waits_for_goes_before_what_nobody_waits_for(work: Work) -> None:
    work.may.clear()
    with running(work) as background:
        background.want(units(0))
        until(lambda: background.running == 1)
        background.want(units(1, 2, 3, 4))
        background.leave(["1", "2", "3", "4"])
        wanted = background.want(units(5, 3))
        work.may.set()
        assert [future.result(20) for future in wanted] == [10, 6]
        until(lambda: len(work.done) == 6)
    assert work.done == [0, 5, 3, 1, 2, 4]


def test_it_stays_urgent_while_another_request_waits(work: Work) -> None:
    work.may.clear()
    with running(work) as background:
        background.want(units(0))
        until(lambda: background.running == 1)
        background.want(units(1, 2))
        background.want(units(2))
        background.leave(["1", "2"])
        work.may.set()
        until(lambda: len(work.done) == 3)
    assert work.done == [0, 2, 1]


def test_an_error_is_the_units_own(work: Work) -> None:
    work.failing = {1: ImageError("is not a picture"), 2: ZeroDivisionError("a fault")}
    with running(work) as background:
        futures = background.want(units(0, 1, 2, 3))
        assert [type(future.exception(20)) for future in futures] == [
            type(None),
            ImageError,
            ZeroDivisionError,
            type(None),
        ]


def test_a_fault_is_logged_with_its_traceback(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    work.failing = {1: ZeroDivisionError("a fault")}
    with running(work) as background:
        background.want(units(1))[0].exception(20)
    assert "ZeroDivisionError: a fault" in caplog.text


def test_busy_is_tried_again(work: Work) -> None:
    work.busy = Counter({1: 2})
    with running(work, threads=2) as background:
        futures = background.want(units(1, 2))
        assert [future.result(20) for future in futures] == [2, 4]


def test_close_finishes_what_runs_and_drops_the_rest(work: Work) -> None:
    work.may.clear()
    background: Background[int, int] = Background(work, 1, 10)
    first, second = background.want(units(1, 2))
    until(lambda: background.running == 1)
    closing = threading.Thread(target=background.close)
    closing.start()
    with pytest.raises(CancelledError):
        second.result(20)
    work.may.set()
    closing.join(20)
    assert not closing.is_alive()
    assert first.result(0) == 2
    assert background.want(units(3)) == [None]
    assert work.done == [1]


def test_idle_threads_do_nothing(work: Work) -> None:
    with running(work, threads=8) as background:
        background.want(units(1))[0].result(20)
        before = time.process_time()
        time.sleep(0.5)
        assert time.process_time() - before < 0.05
