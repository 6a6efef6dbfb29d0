"""Which lines can be read: numbers throughout, a class that exists, the right number of values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.yolo.problems import Problems
from formats.yolo.rows import Rows

__all__ = ["LIMIT", "classes", "finite", "in_picture", "widths"]

LIMIT = 0.01
"""How far outside 0..1 a value may lie before ultralytics leaves the whole picture out."""

HUGE = 1e12


def finite(rows: Rows, names: Sequence[str], problems: Problems) -> Rows:
    """The lines that hold numbers alone, and none so large that it is as good as infinite."""
    bad = ~np.isfinite(rows.classes)
    usable = np.abs(rows.values) < HUGE
    if not usable.all():
        broken = rows.owners()[~usable]
        bad[broken] = True
    return problems.drop(rows, bad, names, lambda _: "a value is no finite number")


def classes(
    rows: Rows, ranks: dict[int, int], names: Sequence[str], problems: Problems
) -> tuple[Rows, NDArray[np.int32]]:
    """The lines whose class is in the table, and the rank of that class."""
    whole = rows.classes.astype(np.int64)
    known = np.isin(whole, list(ranks)) & (whole == rows.classes)
    span = f"{min(ranks)}..{max(ranks)}" if ranks else "none"

    def detail(row: int) -> str:
        return f"class {rows.classes[row]:g}, the data set has {len(ranks)} classes ({span})"

    kept = problems.drop(rows, ~known, names, detail)
    table = np.zeros(max(ranks, default=0) + 1, dtype=np.int32)
    table[list(ranks)] = list(ranks.values())
    return kept, table[kept.classes.astype(np.int64)]


def widths(
    rows: Rows, good: NDArray[np.bool_], expected: str, names: Sequence[str], problems: Problems
) -> Rows:
    """The lines with a number of values that the task knows."""

    def detail(row: int) -> str:
        count = int(rows.counts[row]) + 1
        return f"{count} value{'s' if count != 1 else ''} ({expected})"

    return problems.drop(rows, ~good, names, detail)


def in_picture(
    rows: Rows, bounds: NDArray[np.float64], names: Sequence[str], problems: Problems
) -> None:
    """Report lines for whose sake ultralytics would leave their picture out; they are kept.

    `bounds` (N, 4) are cx cy w h of what the line covers, in 0..1.
    """
    low, high = bounds.min(axis=1, initial=0), bounds.max(axis=1, initial=0)
    out = (low < -LIMIT) | (high > 1 + LIMIT)
    if out.any():
        first = int(np.flatnonzero(out)[0])
        place = f"{names[int(rows.files[first])]}:{int(rows.numbers[first])}"
        problems.kept("line outside its picture, as read", int(out.sum()), place)
