"""Work on chunks by several processes, whose results come in the order of the chunks.

Processes and not threads: half of the work on a chunk is Python's own, which threads do one after
the other (measured: two threads took longer than one).
"""

from __future__ import annotations

import copyreg
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import MappingProxyType
from typing import Any, TypeVar

from formats.errors import FormatError

__all__ = ["in_order"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def _proxy(mapping: MappingProxyType[Any, Any]) -> tuple[Any, tuple[Any]]:
    """How a read-only mapping, as columns hold them, goes to another process."""
    return MappingProxyType, (dict(mapping),)


copyreg.pickle(MappingProxyType, _proxy)


def in_order(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int = 1
) -> Iterator[Result]:
    """`work` of every job. The caller makes the jobs, `workers` - 1 other processes do them.

    At most one job more than there are workers waits. What fails first in the order of the jobs is
    raised, so that results and errors are those of one process. `work`, jobs and results are
    pickled; a program that asks for more than one worker starts under ``__name__ == "__main__"``.
    """
    if workers <= 1:
        yield from map(work, jobs)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers - 1, context) as pool:
        pending: deque[Future[Result]] = deque()
        try:
            for job in _after(jobs, pending):
                pending.append(pool.submit(work, job))
                if len(pending) > workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BrokenProcessPool as error:
            raise FormatError("a worker process ended", hint="--workers 1 needs none") from error
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
