"""The local engine: threads of this process, a bounded number of units ahead."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from threadpoolctl import threadpool_limits

from prelabel import lookahead

__all__ = ["map"]

Unit = TypeVar("Unit")
Result = TypeVar("Result")


def map(  # noqa: A001 - the seam's name
    work: Callable[[Unit], Result], units: Iterable[Unit], *, workers: int
) -> Generator[tuple[Unit, Result | Exception], None, None]:
    """(unit, what `work` returned or raised) for every unit, in their order.

    Matrix products stay on the worker's own core meanwhile: threads of BLAS would wait for each
    other and for the workers.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield from lookahead.ordered(work, units, workers)
