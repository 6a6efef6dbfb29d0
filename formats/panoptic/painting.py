"""The masks of one picture painted side by side: each pixel belongs to one of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Item
from formats.label_maps import Canvas
from formats.losses import Losses
from formats.shaping import regions
from geometry import masks
from geometry.masks import Mask

__all__ = ["Painted", "painted"]

SHAPED = {Kind.POLYGON: "polygon written as a mask"}


@dataclass(frozen=True, slots=True)
class Painted:
    """The rows that have pixels, their segment ids, and the picture; None without a size."""

    table: Annotations
    ids: list[int]
    canvas: Canvas | None


def painted(table: Annotations, item: Item, ids: list[int], losses: Losses) -> Painted:
    """The rows of a picture as a label map of their ids.

    Crowd regions are painted first, then row after row; where rows share pixels, the later one has
    them. What is left out or has lost pixels is counted; areas that are not stated are those of the
    pixels that are left.
    """
    if item.size is None:
        losses.add("object of a picture without a size", len(table), item.path)
        return Painted(table[:0], [], None)
    found = [_mask(table, row, item, losses) for row in range(len(table))]
    canvas = Canvas(item.size)
    crowd = table.flagged(Flag.CROWD).tolist()
    for row in sorted(range(len(table)), key=lambda row: not crowd[row]):
        mask = found[row]
        if mask is not None:
            canvas.paint(mask, ids[row])
    return _left(table, found, ids, canvas, item, losses)


def _mask(table: Annotations, row: int, item: Item, losses: Losses) -> Mask | None:
    """The pixels of a mask or polygon; other shapes have none of their own."""
    kind = Kind(int(table.kinds[row]))
    assert item.size is not None
    if kind not in (Kind.MASK, Kind.POLYGON):
        word = "tag of a whole picture" if kind == Kind.TAG else f"{_word(kind)} without a mask"
        losses.add(word, example=item.path)
        return None
    mask = regions.mask_of(table, row, item.size)
    if mask is None or mask.size != item.size:
        losses.add("mask of another size than its picture", mask is not None, item.path)
        losses.add("object without a shape", mask is None, item.path)
        return None
    if kind in SHAPED:
        losses.add(SHAPED[kind], example=item.path)
    return mask


def _word(kind: Kind) -> str:
    words = {Kind.ROTATED: "rotated box", Kind.POINTS: "set of points"}
    return words.get(kind, kind.name.lower())


def _left(
    table: Annotations,
    found: list[Mask | None],
    ids: list[int],
    canvas: Canvas,
    item: Item,
    losses: Losses,
) -> Painted:
    """The rows that kept pixels, with the areas that they have now."""
    counts: Counter[int] = Counter(canvas.counts())
    rows: list[int] = []
    areas: list[float] = []
    for row, mask in enumerate(found):
        if mask is None:
            continue
        before, after = masks.area(mask), counts[ids[row]]
        lost = "mask without a pixel" if not before else "mask covered by others"
        losses.add(lost, not after, item.path)
        losses.add("mask that lost pixels to a later one", 0 < after < before, item.path)
        if after:
            rows.append(row)
            areas.append(float(after))
    kept = table[np.array(rows, dtype=np.int64)]
    return Painted(kept.with_columns(areas=_areas(kept, areas)), [ids[r] for r in rows], canvas)


def _areas(table: Annotations, pixels: list[float]) -> Any:
    counted = np.array(pixels, dtype=np.float64)
    return counted if table.areas is None else np.where(np.isnan(table.areas), counted, table.areas)
