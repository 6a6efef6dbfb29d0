"""What stands in a cell of a table, on a page and on the terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["NONE", "Cell", "Estimate", "number", "rows_under", "text"]

NONE = "–"
"""What stands where there is no figure."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the interval it lies in; `digits` after the point."""

    value: float
    low: float
    high: float
    digits: int = 3

    def __str__(self) -> str:
        if math.isnan(self.value):
            return NONE
        if math.isnan(self.low) or math.isnan(self.high):
            return f"{self.value:.{self.digits}f}"
        value, low, high = (
            f"{figure:.{self.digits}f}" for figure in (self.value, self.low, self.high)
        )
        # a dash between negative numbers would read like a sign
        return f"{value} ({low} to {high})" if self.low < 0 else f"{value} ({low}–{high})"


Cell = object
"""Text, whole number, float, `Estimate`, `Html`, or None."""


def rows_under(head: Sequence[object], rows: Iterable[Sequence[Cell]]) -> list[tuple[Cell, ...]]:
    """The rows of a table; ValueError for one that has not a cell for each heading."""
    body = [tuple(row) for row in rows]
    for row in body:
        if len(row) != len(head):
            raise ValueError(f"a row of {len(row)} cells under {len(head)} headings")
    return body


def text(cell: Cell, digits: int = 3) -> str:
    """The cell as people read it: floats with `digits`, whole numbers grouped, a dash for none."""
    if cell is None:
        return NONE
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else "no"
    if isinstance(cell, int | np.integer):
        return f"{int(cell):,}"
    if isinstance(cell, float | np.floating):
        return NONE if math.isnan(cell) else f"{float(cell):,.{digits}f}"
    return str(cell)


def number(cell: Cell) -> float | None:
    """By what a cell is sorted, None for text; NaN where it has no figure."""
    if cell is None:
        return math.nan
    if isinstance(cell, Estimate):
        return cell.value
    if isinstance(cell, int | float | np.integer | np.floating | np.bool_):
        return float(cell)
    return None
