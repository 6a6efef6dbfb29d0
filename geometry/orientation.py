"""On which side of a line a point lies: exact signs, so that decisions never contradict each other.

The determinant is taken in float64; where it is nearer to 0 than rounding can be wrong by
(Shewchuk 1997, "Adaptive precision floating-point arithmetic"), it is taken again exactly.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["turns"]

Floats = NDArray[np.float64]

ROUNDING = (3 + 16 * 2.0**-53) * 2.0**-53
"""Shewchuk's bound on the error of the determinant, relative to the sum of its two terms."""
SPLIT = 2.0**27 + 1
"""Cuts a float64 into two halves whose products are exact."""


def turns(start: Floats, stop: Floats, point: Floats) -> Floats:
    """``cross(stop - start, point - start)``, (N,) from (2, N) each, with its exact sign.

    Above 0 the point lies left of the line where y goes up, 0 is on the line, exactly.
    """
    along, away = stop - start, point - start
    left, right = along[0] * away[1], along[1] * away[0]
    value = left - right
    unsure = np.flatnonzero(np.abs(value) <= ROUNDING * (np.abs(left) + np.abs(right)))
    if len(unsure):
        value[unsure] = _exactly(start[:, unsure], stop[:, unsure], point[:, unsure])
    return value


def _exactly(start: Floats, stop: Floats, point: Floats) -> Floats:
    along, along_rest = _difference(stop, start)
    away, away_rest = _difference(point, start)
    left, left_rest = _product(along[0], away[1])
    right, right_rest = _product(along[1], away[0])
    value = (left - right) + (left_rest - right_rest)
    rounded = along_rest.any(axis=0) | away_rest.any(axis=0)
    for k in np.flatnonzero(rounded):
        value[k] = _slowly(*start[:, k], *stop[:, k], *point[:, k])
    return value


def _slowly(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> float:
    """The determinant written out in six products, which are summed without rounding."""
    one = np.array([bx, -bx, -ax, -by, by, ay])
    other = np.array([cy, ay, cy, cx, ax, cx])
    return math.fsum(np.concatenate(_product(one, other)).tolist())


def _difference(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """``a - b`` and what rounding took off (Knuth)."""
    value = a - b
    back = a - value
    return value, (a - (value + back)) + (back - b)


def _product(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """``a * b`` and what rounding took off (Dekker)."""
    value = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rest = ((a_high * b_high - value) + a_high * b_low + a_low * b_high) + a_low * b_low
    return value, rest


def _halves(a: Floats) -> tuple[Floats, Floats]:
    big = SPLIT * a
    high = big - (big - a)
    return high, a - high
