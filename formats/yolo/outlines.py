"""One ring for every row of a table: the polygon that a segment line can hold.

Rows with one ring inside the picture are taken as they stand. The others (masks, several parts,
holes, what sticks out) are cut, united and joined; tests and cuts run over all of them at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.losses import Losses
from formats.shaping.rings import drawn
from formats.yolo.joining import joined, joined_rows
from geometry import masks, polygons, rotated
from geometry.rasters import Parts
from geometry.rings import Rings
from geometry.side_by_side import apart, without_holes

__all__ = ["outlines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CUT = "polygon cut at the border"
JOINED = "polygon of several parts or with holes, joined by bridges"


def outlines(table: Annotations, sizes: Floats, losses: Losses) -> tuple[Ints, Floats]:
    """How many points the ring of each row has, (N,), and the points of all, in pixels.

    A row without an outline in its picture has 0 points.
    """
    rings = _cut(_complete(table), sizes, losses)
    single = _of_one_ring(rings)
    ends = rings.ring_offsets[rings.part_offsets[rings.row_offsets]]
    counts = np.where(single, np.diff(ends), 0)
    if not (several := ~single & (rings.counts() > 0)).any():
        return counts, rings.points
    losses.add(JOINED, int(several.sum()))
    fresh, points = _single(rings[several])
    counts[several] = fresh
    return counts, _put(rings.points, ends, np.flatnonzero(several), fresh, points)


def _put(points: Floats, ends: Ints, rows: Ints, counts: Ints, others: Floats) -> Floats:
    """The points of rows that begin at `ends`, but of some `rows` the `counts` first `others`."""
    begin, stop = ends[rows].tolist(), ends[rows + 1].tolist()
    own = np.split(others, np.cumsum(counts)[:-1])
    kept = [points[a:b] for a, b in zip([0, *stop], [*begin, len(points)], strict=True)]
    pieces = [piece for pair in zip(kept, own, strict=False) for piece in pair]
    return np.concatenate([*pieces, kept[-1]])


def _complete(table: Annotations) -> Rings:
    """The rings of a table, where rows without any take their mask's outline or 4 corners."""
    own = table.rings if table.rings is not None else Rings.empty(len(table))
    bare = own.counts() == 0
    if not bare.any():
        return own
    fresh = [_drawn(table, int(row)) for row in np.flatnonzero(bare)]
    order = np.arange(len(table))
    order[bare] = len(table) + np.arange(len(fresh))
    return Rings.concat([own, Rings.of(fresh)])[order]


def _drawn(table: Annotations, row: int) -> Parts:
    mask = table.masks[row] if table.masks is not None else None
    if mask is not None:
        return masks.to_rings(mask)
    if table.kinds[row] == Kind.ELLIPSE:
        return drawn(table, row)
    if table.rotated is not None and np.isfinite(table.rotated[row]).all():
        return [[rotated.corners(table.rotated[row][None])[0]]]
    x0, y0, x1, y1 = table.boxes[row]
    if not np.isfinite(table.boxes[row]).all() or x0 >= x1 or y0 >= y1:
        return []
    return [[np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])]]


def _cut(rings: Rings, sizes: Floats, losses: Losses) -> Rings:
    """The rings inside their pictures; rows with a point that is no number lose their rings."""
    box = polygons.bounds(rings)
    broken = (rings.counts() > 0) & ~np.isfinite(box).all(axis=1)
    if broken.any():
        order = np.where(broken, len(rings), np.arange(len(rings)))
        return _cut(Rings.concat([rings, Rings.empty(1)])[order], sizes, losses)
    with np.errstate(invalid="ignore"):
        out = ((box[:, :2] < 0) | (box[:, 2:] > sizes)).any(axis=1)
    if not out.any():
        return rings
    left = polygons.clip(rings, sizes)
    losses.add(CUT, int((out & (left.counts() > 0)).sum()))
    return left


def _of_one_ring(rings: Rings) -> Bools:
    """Rows of one part without holes."""
    one = rings.counts() == 1
    first = rings.row_offsets[:-1][one]
    one[one] = np.diff(rings.part_offsets)[first] == 1
    return one


def _single(rings: Rings) -> tuple[Ints, Floats]:
    """One ring for each row of several parts or with holes; overlaps are united first.

    How many points each has, (N,), and those of all.
    """
    sound = apart(rings)
    sound[~sound] = polygons.valid(rings[~sound])
    if not sound.all():
        order = np.empty(len(rings), dtype=np.int64)
        order[np.argsort(~sound, kind="stable")] = np.arange(len(rings))
        rings = Rings.concat([rings[sound], polygons.union(rings[~sound])])[order]
    whole = without_holes(rings)
    counts = np.zeros(len(rings), dtype=np.int64)
    counts[whole], joint = joined_rows(rings[whole])
    pieces = [_ring(rings.row(row)) for row in np.flatnonzero(~whole).tolist()]
    counts[~whole] = [len(piece) for piece in pieces]
    points = np.empty((int(counts.sum()), 2))
    owned = np.repeat(whole, counts)
    points[owned] = joint
    points[~owned] = np.concatenate(pieces) if pieces else 0
    return counts, points


def _ring(parts: list[list[Floats]]) -> Floats:
    if not parts:
        return np.empty((0, 2))
    if any(len(part) > 1 for part in parts):
        return polygons.keyhole(parts)
    return joined([part[0] for part in parts])
