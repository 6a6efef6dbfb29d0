"""Detect: ``class cx cy w h`` in shares of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.losses import Losses
from formats.outline import outline
from formats.yolo import checking
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.task import Coded, Keypoints, Task, repeated
from formats.yolo.text import DECIMALS, SCALE

__all__ = ["TASK", "clean", "clipped", "pixels", "placed", "xywh"]

Floats = NDArray[np.float64]
PIXEL_DECIMALS = 9
CUT = "box cut at the border"


def pixels(shares: Floats, sizes: Floats) -> Floats:
    """x0 y0 x1 y1 in pixels of cx cy w h in shares of the picture, (N, 4)."""
    middle, half = shares[:, :2], shares[:, 2:] / 2
    return clean(np.hstack([(middle - half) * sizes, (middle + half) * sizes]))


def clean(pixels: Floats) -> Floats:
    """Coordinates without what the computer's arithmetic leaves behind them.

    The product of a share of six decimals, or half of one, and a whole number of pixels has no
    more than seven.
    """
    return np.round(pixels, PIXEL_DECIMALS)


def xywh(corners: Floats) -> Floats:
    """cx cy w h of x0 y0 x1 y1, (N, 4)."""
    low, high = corners[:, :2], corners[:, 2:]
    return np.hstack([(low + high) / 2, high - low])


def clipped(boxes: Floats, sizes: Floats, losses: Losses) -> tuple[Floats, NDArray[np.bool_]]:
    """cx cy w h in shares, cut by corners to the picture, and which rows have area left."""
    shares = boxes / repeated(sizes, 2)
    inside = np.clip(shares, 0, 1)
    values = np.round(xywh(inside), DECIMALS)
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(values).all(axis=1) & (values[:, 2:] > 0).all(axis=1)
    left = np.asarray(sound)
    losses.add(CUT, int((left & (np.abs(inside - shares) > 2 / SCALE).any(axis=1)).sum()))
    return values, left


def placed(table: Annotations, losses: Losses) -> Floats:
    """The stated boxes (N, 4); where one has no area, that around the polygon or mask."""
    with np.errstate(invalid="ignore"):
        flat = ~(table.boxes[:, 2:] > table.boxes[:, :2]).all(axis=1)
    rows = np.flatnonzero(flat & np.isin(table.kinds, (Kind.POLYGON, Kind.MASK)))
    if not len(rows):
        return table.boxes
    boxes = table.boxes.copy()
    for row in rows:
        points = outline(table, int(row))
        if len(points):
            boxes[row] = [*points.min(axis=0), *points.max(axis=0)]
    found = (boxes[rows, 2:] > boxes[rows, :2]).all(axis=1)
    losses.add("box without area, replaced by that around its shape", int(found.sum()))
    return boxes


def decode(
    rows: Rows, sizes: Floats, keypoints: Keypoints, names: Sequence[str], problems: Problems
) -> dict[str, Any]:
    """Boxes; a polygon among them counts by its bounds, as ultralytics takes it."""
    outline = rows.counts > 4
    shares = np.empty((len(rows), 4))
    shares[~outline] = rows.keep(~outline).block(4)
    shares[outline] = xywh(rows.keep(outline).bounds())
    if outline.any():
        first = int(np.flatnonzero(outline)[0])
        place = f"{names[int(rows.files[first])]}:{int(rows.numbers[first])}"
        problems.odd("polygon read as the box around it", int(outline.sum()), place)
    checking.in_picture(rows, shares, names, problems)
    return {"kinds": np.full(len(rows), Kind.BOX, np.uint8), "boxes": pixels(shares, sizes)}


def encode(table: Annotations, sizes: Floats, keypoints: int, losses: Losses) -> Coded:
    """The boxes of all rows, cut at the picture's border."""
    values, left = clipped(placed(table, losses), sizes, losses)
    return Coded.block(np.flatnonzero(left), values[left])


def _good(counts: NDArray[np.int64], keypoints: Keypoints) -> NDArray[np.bool_]:
    return (counts == 4) | ((counts > 5) & (counts % 2 == 0))


TASK = Task(
    name="detect",
    expected="a box line has 5",
    good=_good,
    width=lambda keypoints: 4,
    decode=decode,
    encode=encode,
    kind=Kind.BOX,
    holds=frozenset(),
)
