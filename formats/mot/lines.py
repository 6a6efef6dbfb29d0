"""Lines of MOTChallenge's text files as numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.losses import Losses
from formats.numerals import FAR
from formats.tracks.clip import MOST_FRAMES

__all__ = ["COLUMNS", "numbers"]

Floats = NDArray[np.float64]
COLUMNS = ("frame", "id", "left", "top", "width", "height", "confidence", "class", "visibility")
LEAST = 6
MOST_ID = 1 << 53
MOST = 10
"""Ten columns end in world coordinates instead of class and visibility."""


def numbers(text: str, where: str, losses: Losses) -> tuple[Floats, Floats]:
    """The nine columns (N, 9) of `COLUMNS`, NaN where a line has none, and x y z (N, 3).

    Values are divided by commas or blanks. A line that is not 6 to 10 numbers, or whose frame is
    not 1 or more, is left out and counted with its place.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        row = _row(line)
        if row is None:
            losses.add("line that cannot be read", example=f"{where}:{number}: {line[:60]!r}")
        else:
            rows.append(row)
    whole = np.array(rows, dtype=np.float64).reshape(-1, MOST)
    ten = ~np.isnan(whole[:, 9])
    world = np.where(ten[:, None], whole[:, 7:], np.nan)
    whole[ten, 7:9] = np.nan
    return whole[:, :9], world


def _row(line: str) -> list[float] | None:
    cells = line.replace(",", " ").split()
    try:
        row = [float(cell) for cell in cells]
    except ValueError:
        return None
    whole = len(row) >= 2 and 1 <= row[0] <= MOST_FRAMES and abs(row[1]) < MOST_ID
    whole = whole and row[0] % 1 == 0 and row[1] % 1 == 0
    near = all(abs(value) < FAR for value in row[2:LEAST])
    if not LEAST <= len(row) <= MOST or not whole or not near:
        return None
    return row + [np.nan] * (MOST - len(row))
