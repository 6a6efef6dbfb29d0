"""Ignore regions (COCO's iscrowd): left out, written as objects, or painted into masks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations, Flag
from formats.losses import Losses
from formats.options import Crowd
from geometry import masks, rotated
from geometry.masks import Mask

__all__ = ["FOLDER", "paint", "without"]

FOLDER = "ignore"
Sizes = NDArray[np.float64]


def without(
    table: Annotations, crowd: Crowd, losses: Losses, paths: Sequence[str]
) -> tuple[Annotations, Annotations | None]:
    """The rows to write as objects, and those to paint (None where there are none).

    `paths` are those of the pictures.
    """
    flagged = table.flagged(Flag.CROWD)
    total = int(flagged.sum())
    if not total:
        return table, None
    first = unheld.first(table, flagged, list(paths))
    if crowd == "keep":
        losses.add("ignore region (crowd) written as an object", total, first)
        return table, None
    words = {"skip": "left out", "mask": f"painted into a mask under {FOLDER}/"}
    losses.add(f"ignore region (crowd) {words[crowd]}", total, first)
    return table[~flagged], table[flagged] if crowd == "mask" else None


def paint(rows: Annotations, sizes: Sizes, places: Sequence[str], folder: Path) -> None:
    """A PNG of the size of each picture with such rows: 255 where they are, 0 elsewhere.

    It lies under ``ignore/`` at the picture's place, with the ending ``.png``.
    """
    from PIL import Image

    for image in np.unique(rows.images):
        width, height = (int(side) for side in sizes[image])
        own = rows[rows.images == image]
        found = [_mask(own, k, (width, height)) for k in range(len(own))]
        dense = masks.decode(masks.union(found, (width, height)))
        target = folder / FOLDER / f"{places[image].rpartition('.')[0]}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(dense.astype(np.uint8) * 255).save(target)


def _mask(table: Annotations, row: int, size: tuple[int, int]) -> Mask:
    """The pixels of a row: its mask, its polygon, its rotated box, or its box."""
    mask = table.masks[row] if table.masks is not None else None
    if mask is not None and mask.size == size:
        return mask
    if table.rings is not None and table.rings.counts()[row]:
        return masks.from_rings(table.rings.row(row), size)
    if table.rotated is not None and np.isfinite(table.rotated[row]).all():
        return masks.from_rings([[rotated.corners(table.rotated[row][None])[0]]], size)
    x0, y0, x1, y1 = np.nan_to_num(table.boxes[row])
    return masks.from_rings([[np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])]], size)
