"""How a frame is turned for display: the display matrix of its file."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["orientation"]

MATRIX = "DISPLAYMATRIX"
SLANT = 0.01
"""Shares of a matrix this far from whole numbers are a turn that is no quarter."""
TURNS: dict[tuple[int, ...], int] = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
"""EXIF orientation of the signs of a, b, c, d, where x' = a x + c y and y' = b x + d y."""


def orientation(frame: Any) -> int | None:
    """EXIF orientation 1..8 of a decoded frame; None for a turn that is no quarter.

    The matrix holds nine integers, a b u c d v x y w, as in ISO/IEC 14496-12, 8.3.2; only a, b, c
    and d turn the picture.
    """
    found = frame.side_data.get(MATRIX)
    if found is None:
        return 1
    a, b, _, c, d, *_ = struct.unpack("=9i", bytes(found))
    largest = max(map(abs, (a, b, c, d))) or 1
    shares = [value / largest for value in (a, b, c, d)]
    if any(abs(share - round(share)) > SLANT for share in shares):
        return None
    return TURNS.get(tuple(map(round, shares)))
