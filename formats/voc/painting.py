"""Label maps of one picture: its objects by their number in the XML, and their classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.coco.segmentation import mask as run_lengths
from formats.columns import Kind
from formats.dataset import Item
from formats.errors import FormatError
from formats.label_maps import Canvas
from formats.losses import Losses
from formats.shaping import regions
from formats.voc.maps import VOID, VOID_KEY
from geometry import masks
from geometry.errors import GeometryError
from geometry.masks import Mask

__all__ = ["Painted", "painted"]


@dataclass(frozen=True, slots=True)
class Painted:
    """The label maps of a picture; None where it has none."""

    objects: Canvas
    classes: Canvas


def painted(
    table: Annotations, ignored: Annotations | None, item: Item, losses: Losses
) -> Painted | None:
    """The maps of the rows that have pixels of their own; `ignored` rows become void pixels.

    Where rows share pixels, the later one has them; objects cover void pixels.
    """
    shaped = np.isin(table.kinds, (Kind.MASK, Kind.POLYGON))
    void = _void(item, losses)
    ignored = Annotations.empty() if ignored is None else ignored
    if not shaped.any() and not len(ignored) and void is None:
        return None
    if item.size is None:
        losses.add("mask of a picture without a size", int(shaped.sum()), item.path)
        return None
    canvas = Canvas(item.size)
    for row in range(len(ignored)):
        mask = _pixels(ignored, row, item.size)
        if mask is not None:
            canvas.paint(mask, VOID)
    drawn = _paint(table, np.flatnonzero(shaped).tolist(), canvas, item, losses)
    if void is not None:
        canvas.paint(void, VOID, over=False)
    numbers = np.zeros(256, dtype=np.uint32)
    numbers[VOID] = VOID
    for row in drawn:
        numbers[row + 1] = table.labels[row] + 1
    return Painted(canvas, canvas.replaced(numbers))


def _paint(
    table: Annotations, rows: list[int], canvas: Canvas, item: Item, losses: Losses
) -> dict[int, int]:
    """Paint the rows that a map can hold; the pixels that each had before it was covered."""
    drawn: dict[int, int] = {}
    for row in rows:
        mask = _held(table, row, item, losses)
        if mask is not None:
            canvas.paint(mask, row + 1)
            drawn[row] = masks.area(mask)
    left = canvas.counts()
    for row, before in drawn.items():
        after = left.get(row + 1, 0)
        losses.add("mask without a pixel", not before, item.path)
        losses.add("mask covered by others", not after and before > 0, item.path)
        losses.add("mask that lost pixels to a later one", 0 < after < before, item.path)
    return drawn


def _held(table: Annotations, row: int, item: Item, losses: Losses) -> Mask | None:
    if row + 1 >= VOID or int(table.labels[row]) + 1 >= VOID:
        losses.add(f"mask of an object or a class beyond number {VOID - 1}", example=item.path)
        return None
    assert item.size is not None
    mask = regions.mask_of(table, row, item.size)
    polygon = table.kinds[row] == Kind.POLYGON
    if mask is None or mask.size != item.size:
        losses.add("mask of another size than its picture", mask is not None, item.path)
        losses.add("polygon that cannot be filled", mask is None and polygon, item.path)
        return None
    losses.add("polygon written as a mask", bool(polygon), item.path)
    return mask


def _pixels(table: Annotations, row: int, size: tuple[int, int]) -> Mask | None:
    mask = regions.mask_of(table, row, size)
    return mask if mask is not None and mask.size == size else None


def _void(item: Item, losses: Losses) -> Mask | None:
    """The void pixels that a picture was read with."""
    told: Any = item.extra.get(VOID_KEY)
    if told is None:
        return None
    try:
        mask = run_lengths(dict(told)) if isinstance(told, Mapping) else None
    except (FormatError, GeometryError):
        mask = None
    fits = mask is not None and mask.size == item.size
    losses.add("void pixels that do not fit their picture", not fits, item.path)
    return mask if fits else None
