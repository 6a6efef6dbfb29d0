"""What tools show between two keyframes of boxes and rotated boxes.

A blend takes a column of shapes, the rows `start` and `stop` (Q,) of the keyframes around each
wanted row, and `share` (Q,), how far the wanted row is from the one to the other, 0 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "arc",
    "cvat_arc",
    "from_corner",
    "linear",
    "turned",
    "turned_about_corner",
    "turned_as_cvat",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FULL = 2 * np.pi
HALF = 1e-12
"""Radians by which a turn may go beyond half of one from rounding alone."""


def linear(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """Every number of (T, ...) on the straight line from `start` to `stop`, (Q, ...)."""
    first, out = column.take(start, axis=0), column.take(stop, axis=0)
    out -= first
    out *= share.reshape(-1, *[1] * (column.ndim - 1))
    out += first
    return out


def turned(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """Rotated boxes (T, 5): centre and sides linear, the angle on the shorter arc."""
    out = linear(column, start, stop, share)
    out[:, 4] = column[start, 4] + arc(column[start, 4], column[stop, 4]) * share
    return out


def turned_as_cvat(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """As `turned`, with CVAT's arc for half a turn."""
    out = linear(column, start, stop, share)
    out[:, 4] = column[start, 4] + cvat_arc(column[start, 4], column[stop, 4]) * share
    return out


def turned_about_corner(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """Rotated boxes (T, 5) as Label Studio shows them.

    The top left corner (of the unrotated box, after turning) and the sides are linear, the angle
    goes the shorter way. That is what its editor does; its exports of interpolated keyframes take
    the angle as a plain number.
    """
    out = linear(from_corner(column, -0.5), start, stop, share)
    out[:, 4] = column[start, 4] + arc(column[start, 4], column[stop, 4]) * share
    exact = share == 0
    shown = from_corner(out, 0.5)
    shown[exact] = column[start[exact]]
    return shown


def from_corner(column: Floats, part: float) -> Floats:
    """Rotated boxes with their place moved by `part` of the sides along the box's own axes."""
    x, y = column[:, 2] * part, column[:, 3] * part
    c, s = np.cos(column[:, 4]), np.sin(column[:, 4])
    out = column.copy()
    out[:, 0] += x * c - y * s
    out[:, 1] += x * s + y * c
    return out


def arc(start: Floats, stop: Floats) -> Floats:
    """The turn from one angle to another on the shorter arc, radians; half a turn is positive."""
    turn = np.mod(stop - start, FULL)
    return np.where(turn > np.pi + HALF, turn - FULL, turn)


def cvat_arc(start: Floats, stop: Floats) -> Floats:
    """The turn as CVAT's export has it: half a turn becomes a single degree, and so a jump.

    CVAT counts in degrees, so angles that are half a turn apart are found in degrees here, too.
    """
    turn = np.mod(np.degrees(stop) - np.degrees(start) + 180, 360) - 180
    return np.where(np.abs(turn) >= 180 - 1e-9, np.radians(1), np.radians(turn))
