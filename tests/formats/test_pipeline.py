"""Work by several processes: results and errors are those of one."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterator

import pytest

from formats.errors import FormatError
from formats.pipeline import in_order


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_jobs(workers):
    assert list(in_order(operator.neg, range(9), workers)) == [-k for k in range(9)]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_first_fault_in_order_is_raised(workers):
    def jobs() -> Iterator[object]:
        yield from (4, -1, "no number")
        raise OSError("no more jobs")

    with pytest.raises(ValueError):  # of the square root of -1
        list(in_order(math.sqrt, jobs(), workers))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_of_the_jobs_themselves_is_raised(workers):
    def jobs() -> Iterator[int]:
        yield 1
        raise OSError("no more jobs")

    found: list[int] = []
    with pytest.raises(OSError, match="no more jobs"):
        found.extend(in_order(operator.neg, jobs(), workers))


def test_a_worker_that_dies_is_told():
    with pytest.raises(FormatError, match="a worker process ended"):
        list(in_order(os._exit, [3], 2))


def test_few_jobs_are_made_beforehand():
    made = []

    def jobs() -> Iterator[int]:
        for k in range(50):
            made.append(k)
            yield k

    walk = in_order(operator.neg, jobs(), 2)
    next(walk)
    assert len(made) <= 4
    walk.close()
