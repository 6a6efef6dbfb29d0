"""Label files whose values have six decimals each, as most tools write them.

Behind the class of a line, every value ``d.dddddd`` and the space before it take nine characters,
so where values begin is known without looking for each space.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats import decimals

__all__ = ["read"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SPACE = 32
WIDTH = 1 + decimals.CELL


def read(
    text: bytes, letters: NDArray[np.uint8], newlines: Ints
) -> tuple[Ints, Floats, Floats] | None:
    """How many words stand on each line, the first of each as a number, the others.

    None for a text of any other form. `letters` is `text` as an array, `newlines` are the places
    of its line ends, of which `decimals.LONGEST` stand behind the last word.
    """
    begins = np.append(0, newlines[:-1] + 1)
    full = begins < newlines
    starts = begins[full]
    heads = starts + _class_width(letters, starts)
    counts, rest = np.divmod(newlines[full] - heads, WIDTH)
    if rest.any():
        return None
    before = np.repeat(heads - WIDTH * (np.cumsum(counts) - counts), counts)
    before += WIDTH * np.arange(len(before))
    if np.count_nonzero(letters <= SPACE) != len(newlines) + len(before):
        return None
    values = decimals.cells(letters, before + 1) if (letters[before] == SPACE).all() else None
    if values is None:
        return None
    per_line = np.zeros(len(newlines), dtype=np.int64)
    per_line[full] = counts + 1
    return per_line, decimals.read(text, letters, starts, heads), values


def _class_width(letters: NDArray[np.uint8], starts: Ints) -> Ints:
    """Characters up to the first space of each line, if they are fewer than three, else three."""
    second = np.where(letters[starts + 2] == SPACE, 2, 3)
    return np.where(letters[starts + 1] == SPACE, 1, second)
