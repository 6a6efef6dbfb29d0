"""Segment: ``class x1 y1 x2 y2 ...``, one ring per object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.losses import Losses
from formats.yolo import checking
from formats.yolo.detect import clean, pixels, xywh
from formats.yolo.outlines import outlines
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.task import Coded, Keypoints, Task
from formats.yolo.text import SCALE
from geometry.rings import Rings

__all__ = ["TASK"]

Floats = NDArray[np.float64]
BECOME = {
    Kind.BOX: "box written as a polygon of its 4 corners",
    Kind.ROTATED: "rotated box written as a polygon of its 4 corners",
}


def decode(
    rows: Rows, sizes: Floats, keypoints: Keypoints, names: Sequence[str], problems: Problems
) -> dict[str, Any]:
    """Polygons and the boxes around them; a line of 4 values is a box."""
    box = rows.counts == 4
    lines = rows.keep(~box)
    shares = np.empty((len(rows), 4))
    shares[box] = rows.keep(box).block(4)
    shares[~box] = xywh(lines.bounds())
    if box.any() and not box.all():
        first = int(np.flatnonzero(box)[0])
        place = f"{names[int(rows.files[first])]}:{int(rows.numbers[first])}"
        problems.kept("box line in a set of polygons", int(box.sum()), place)
    checking.in_picture(rows, shares, names, problems)
    points = clean(lines.values.reshape(-1, 2) * np.repeat(sizes[~box], lines.counts // 2, axis=0))
    ring_offsets = np.concatenate([[0], np.cumsum(lines.counts // 2)])
    one_each = np.arange(len(lines) + 1)
    of_row = np.concatenate([[0], np.cumsum(~box)])
    return {
        "kinds": np.where(box, Kind.BOX, Kind.POLYGON).astype(np.uint8),
        "boxes": pixels(shares, sizes),
        "rings": Rings(points, ring_offsets, one_each, of_row) if len(lines) else None,
    }


def encode(table: Annotations, sizes: Floats, keypoints: int, losses: Losses) -> Coded:
    """One ring per row, cut at the border; masks are traced, holes and parts bridged."""
    counts, points = outlines(table, sizes, losses)
    shares = points / np.repeat(sizes, counts, axis=0)
    np.clip(shares, 0, 1, out=shares)
    left = counts >= 3
    if not left.all():
        shares, counts = shares[np.repeat(left, counts)], counts[left]
    rows = np.flatnonzero(left)
    solid = _extent(shares, counts) >= 1 / SCALE
    if not solid.all():
        rows, shares, counts = rows[solid], shares[np.repeat(solid, counts)], counts[solid]
    for kind, word in BECOME.items():
        losses.add(word, int((table.kinds[rows] == kind).sum()))
    return Coded(rows, 2 * counts, shares.ravel())


def _extent(points: Floats, counts: NDArray[np.int64]) -> Floats:
    """The smaller side of the box around each ring, (N,)."""
    if not len(counts):
        return np.empty(0)
    starts = np.cumsum(counts) - counts
    sides = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    return sides.min(axis=1)


def _good(counts: NDArray[np.int64], keypoints: Keypoints) -> NDArray[np.bool_]:
    return (counts == 4) | ((counts > 5) & (counts % 2 == 0))


TASK = Task(
    name="segment",
    expected="a polygon line has 7 or more, an odd number; a box line has 5",
    good=_good,
    width=lambda keypoints: None,
    decode=decode,
    encode=encode,
    kind=Kind.POLYGON,
    holds=frozenset({"rings"}),
    tells=frozenset(BECOME),
)
