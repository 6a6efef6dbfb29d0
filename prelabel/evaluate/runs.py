"""Shapes as COCO run lengths, rasterised as pycocotools does it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import masks, rotated
from geometry.masks import Mask

__all__ = ["area", "of_box", "of_row", "present"]

Runs = dict[str, Any]
Size = tuple[int, int]
Ring = NDArray[np.float64]


def present(table: Annotations) -> NDArray[np.bool_]:
    """(N,) whether a row covers pixels of its own: a mask, a polygon, an oriented box."""
    found = _turned(table)
    if table.masks is not None:
        found = found | np.array([mask is not None for mask in table.masks], dtype=bool)
    if table.rings is not None:
        found = found | ((table.rings.counts() > 0) & (table.kinds != Kind.LINE))
    return found


def of_row(table: Annotations, i: int, size: Size) -> Runs | None:
    """The pixels of row `i` on a picture of `size` (width, height); None where it has none."""
    if table.masks is not None and table.masks[i] is not None:
        return _coded(table.masks[i])
    if table.rings is not None and table.kinds[i] != Kind.LINE and (row := table.rings.row(i)):
        return _coded(masks.from_coco_rings(row, size))
    if table.rotated is not None and _turned(table[i : i + 1])[0]:
        return _coded(masks.from_coco_rings([[rotated.corners(table.rotated[i : i + 1])[0]]], size))
    return None


def of_box(box: list[float], size: Size) -> Runs:
    """The pixels of an x y w h box."""
    x, y, w, h = box
    ring = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    return _coded(masks.from_coco_rings([[ring]], size))


def area(runs: Runs) -> float:
    """Pixels covered."""
    width, height = runs["size"][::-1]
    return float(masks.area(masks.from_coco_string(runs["counts"], (width, height))))


def _turned(table: Annotations) -> NDArray[np.bool_]:
    if table.rotated is None:
        return np.zeros(len(table), dtype=bool)
    oriented: NDArray[np.bool_] = table.kinds == Kind.ROTATED
    return oriented & np.isfinite(table.rotated).all(axis=1)


def _coded(mask: Mask) -> Runs:
    width, height = mask.size
    return {"size": [height, width], "counts": masks.to_coco_string(mask).encode()}
