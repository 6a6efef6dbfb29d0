"""Work ahead of the reader: many threads, results in source order, a bounded number in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["ordered"]

Unit = TypeVar("Unit")
Result = TypeVar("Result")


def ordered(
    work: Callable[[Unit], Result], units: Iterable[Unit], workers: int, ahead: int = 0
) -> Generator[tuple[Unit, Result | Exception], None, None]:
    """(unit, what `work` returned or raised) for every unit, in the order of `units`.

    At most `ahead` units (0: twice the workers and two) are read from `units` and not yet handed
    out, so memory is bounded however long the source is. An exception of one unit is its result;
    the others go on. Closing the iterator cancels what has not started and waits for what has.
    """
    window = max(workers, ahead or 2 * workers + 2)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="prelabel")
    pending: deque[tuple[Unit, Future[Result | Exception]]] = deque()
    try:
        for unit in units:
            pending.append((unit, pool.submit(_attempt, work, unit)))
            if len(pending) >= window:
                yield _first(pending)
        while pending:
            yield _first(pending)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _attempt(work: Callable[[Unit], Result], unit: Unit) -> Result | Exception:
    try:
        return work(unit)
    except Exception as error:  # noqa: BLE001 - the error is the unit's result
        return error


def _first(
    pending: deque[tuple[Unit, Future[Result | Exception]]],
) -> tuple[Unit, Result | Exception]:
    unit, future = pending.popleft()
    return unit, future.result()
