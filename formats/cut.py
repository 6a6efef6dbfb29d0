"""Masks that reach beyond their pictures: their readers cut them off, which is counted."""

from __future__ import annotations

from typing import Any

from formats.columns import Kind
from formats.losses import Losses
from geometry import masks
from geometry.masks import Mask

__all__ = ["count", "mask"]

BEYOND = "beyond"
"""Key of a row in the making: pixels of its mask that are outside of the picture."""


def mask(found: Mask, drawn: int) -> dict[str, Any]:
    """The columns of a mask of which the file has `drawn` pixels."""
    row = {"kinds": Kind.MASK, "masks": found, "boxes": masks.bounds(found)}
    beyond = drawn - masks.area(found)
    return row | ({BEYOND: beyond} if beyond else {})


def count(row: dict[str, Any], losses: Losses, where: str) -> None:
    """Count a mask that was cut off, and take the key for it out of its row."""
    losses.add("mask cut at the border", int(BEYOND in row), where)
    row.pop(BEYOND, None)
