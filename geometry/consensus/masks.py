"""One mask for several: the pixels that most of them cover."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import masks
from geometry.consensus.middle import EVEN, weighed
from geometry.errors import GeometryError
from geometry.masks import Mask
from geometry.runs import runs_of_spans, spans_of_runs

__all__ = ["mask"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def mask(rows: Sequence[Mask], weights: ArrayLike | None = None) -> Mask:
    """The pixels that masks of more than half of the weight cover.

    Pixels that exactly half covers, and all on which two masks differ, go by the weighted mean of
    the signed distances to their outlines: so the outline of two runs between theirs, nearer to
    the weightier one. GeometryError for no mask, or masks of different sizes.
    """
    sizes = {row.size for row in rows}
    if len(sizes) != 1:
        raise GeometryError(f"masks of sizes {sorted(sizes)}, expected one size")
    size = rows[0].size
    weight = weighed(weights, np.zeros(len(rows), np.int64))
    cuts, votes = _votes(rows, weight)
    half, slack = weight.sum() / 2, weight.sum() * EVEN
    sure = votes > (weight.sum() - slack if len(rows) == 2 else half + slack)
    open_ = (votes > slack if len(rows) == 2 else votes >= half - slack) & ~sure
    won = _spans(cuts, sure, size)
    return _settled(won, _spans(cuts, open_, size), rows, weight) if open_.any() else won


def _votes(rows: Sequence[Mask], weight: Floats) -> tuple[Ints, Floats]:
    """Where the number of votes changes, (E,) pixels in column order, and the votes from there."""
    spans = [spans_of_runs(row.runs) for row in rows]
    owner = np.repeat(np.arange(len(rows)), [len(span) for span in spans])
    starts, stops = np.concatenate(spans).T
    edges = np.concatenate([starts, stops])
    change = np.concatenate([weight[owner], -weight[owner]])
    cuts, place = np.unique(edges, return_inverse=True)
    return cuts, np.cumsum(np.bincount(place, change, minlength=len(cuts)))


def _spans(cuts: Ints, wanted: Bools, size: tuple[int, int]) -> Mask:
    """The mask of the stretches, from each cut to the next, that are wanted."""
    chosen = np.flatnonzero(wanted)
    spans = np.column_stack([cuts[chosen], cuts[np.minimum(chosen + 1, len(cuts) - 1)]])
    return Mask(runs_of_spans(spans, size[0] * size[1]), size)


def _settled(won: Mask, open_: Mask, rows: Sequence[Mask], weight: Floats) -> Mask:
    """`won` and those of the open pixels that lie inside on average."""
    bounds = np.array([masks.bounds(row) for row in rows if masks.area(row)])
    x0, y0 = bounds[:, :2].min(axis=0).astype(int)
    x1, y1 = bounds[:, 2:].max(axis=0).astype(int)
    window = slice(y0, y1), slice(x0, x1)
    depth = np.average([_depth(masks.decode(row)[window]) for row in rows], axis=0, weights=weight)
    inside = masks.decode(open_)[window] & (depth > 0)
    return masks.union([won, masks.paste(inside, (int(x0), int(y0)), won.size)], won.size)


def _depth(pixels: Bools) -> Floats:
    """Distance of every pixel's centre to the outline, positive inside."""
    from scipy.ndimage import distance_transform_edt

    framed = np.pad(pixels, 1)
    if not framed.any():
        return np.full(pixels.shape, -float(np.hypot(*pixels.shape)))
    depth = np.where(
        framed, distance_transform_edt(framed) - 0.5, 0.5 - distance_transform_edt(~framed)
    )
    inner: Floats = depth[1:-1, 1:-1]
    return inner
