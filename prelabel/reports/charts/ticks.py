"""Round numbers along an axis."""

from __future__ import annotations

import math

__all__ = ["label", "ticks"]


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most `most` + 1 round numbers (1, 2 or 5 times a power of ten apart) from low to high.

    One number where the two are equal.
    """
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def label(value: float) -> str:
    """A number of an axis as short as it goes."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"
