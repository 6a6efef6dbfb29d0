"""Numbers as texts of label files."""

from __future__ import annotations

__all__ = ["is_number", "short"]


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
