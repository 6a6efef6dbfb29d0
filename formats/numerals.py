"""Numbers as texts of label files, and as values of JSON."""

from __future__ import annotations

import sys
from typing import TypeGuard

__all__ = ["FAR", "is_double", "is_number", "short"]

FAR = 1e12
"""Numbers of a label file that are larger are taken for a fault: their squares must be numbers."""


def short(value: float, decimals: int = 9) -> str:
    """A number with up to so many decimals and no more than it needs: ``10``, ``0.25``."""
    return repr(round(float(value), decimals) + 0.0).removesuffix(".0")


def is_number(text: str) -> bool:
    """Whether a text is a number, as Python reads it."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_double(value: object) -> TypeGuard[float]:
    """Whether a value of JSON is a finite number that a double holds, and no truth."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max
