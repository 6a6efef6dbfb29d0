"""Numbers as texts of label files."""

from __future__ import annotations

__all__ = ["short"]


def short(value: float, decimals: int = 9) -> str:
    """A number with up to so many decimals and no more than it needs: ``10``, ``0.25``."""
    return repr(round(float(value), decimals) + 0.0).removesuffix(".0")
