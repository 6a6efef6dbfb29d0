"""The grids of cells that dense heads look at: how many there are tells a head from a list."""

from __future__ import annotations

__all__ = ["PYRAMIDS", "cells", "is_grid"]

PYRAMIDS = ((8, 16, 32), (4, 8, 16, 32), (8, 16, 32, 64), (16, 32))
"""Strides of the grids of usual detectors, in pixels."""

Sizes = tuple[int | None, ...]


def cells(picture: Sizes, strides: tuple[int, ...]) -> int | None:
    """Cells over a tensor of (.., H, W), None where its size is free."""
    height, width = picture[-2:]
    if height is None or width is None:
        return None
    return sum(-(-height // s) * -(-width // s) for s in strides)


def is_grid(count: int | None, picture: Sizes) -> bool:
    """Whether `count` candidates are one for each cell of a pyramid, or three, as with anchors."""
    grids = [cells(picture, strides) for strides in PYRAMIDS]
    return any(total is not None and count in (total, 3 * total) for total in grids)
