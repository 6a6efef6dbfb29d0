"""Work on chunks by several threads, whose results come in the order of the chunks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 1
) -> Iterator[Result]:
    """`work` of every job. The caller's thread makes the jobs, `workers` - 1 others do them.

    At most one job more than there are threads waits. What fails first in the order of the jobs is
    raised, so that results and errors are those of one thread.
    """
    if workers <= 1:
        yield from map(work, jobs)
        return
    with ThreadPoolExecutor(workers - 1, "formats") as pool:
        pending: deque[Future[Result]] = deque()
        try:
            for job in _after(jobs, pending):
                pending.append(pool.submit(work, job))
                if len(pending) > workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def _after(jobs: Iterable[Job], pending: Iterable[Future[Result]]) -> Iterator[Job]:
    """The jobs; where making one fails, what failed before it is raised instead."""
    try:
        yield from jobs
    except Exception:
        for future in pending:
            future.result()
        raise
