"""The fewest keyframes that show a track as a tool interpolates them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError
from geometry.tracks.blending import linear
from geometry.tracks.cones import Cones, Rows
from geometry.tracks.hops import Hops
from geometry.tracks.interpolation import neighbours
from geometry.tracks.levels import Anywhere, path
from geometry.tracks.nodes import candidates, network, on_grid
from geometry.tracks.rules import Rule, named
from geometry.tracks.together import table
from geometry.tracks.track import Track

__all__ = ["Reduced", "reduce"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PATIENCE = {"box": 1_000_000, "keypoints": 200_000, "rotated": 100_000, "mask": 1_000}
"""Rows of each kind that are weighed to choose among equally few keyframes."""
FEW = 10_000
"""The same for other kinds, which take longer."""
SHORT = 500
"""Rows for each node up to which all hops between boxes are worked out."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """The keyframes of a track.

    `rows` (K,) of the track, ascending; `keyframes`: their shapes, which may be smoothed ones, as
    the tool's file keeps them; `least`: the likeness of the row that they show worst.
    """

    rows: Ints
    keyframes: Track
    least: float


def reduce(
    track: Track,
    tolerance: float,
    *,
    rule: str | Rule = "linear",
    positions: ArrayLike | None = None,
    fixed: Sequence[int] = (),
    smoothed: bool = True,
    sigmas: ArrayLike | None = None,
) -> Reduced:
    """The fewest keyframes that show every row with a likeness of `tolerance` or more.

    What is shown between two keyframes is what `rule` interpolates on the tool's grid; `positions`
    (T,) is the grid's frame for each row, the track's own frames if None. Rows that share one are
    all shown by its one shape. The first and the last place are always keyframes, and so are the
    `fixed` rows, with the very shapes they have. Other keyframes may take a `smoothed` shape where
    that is within the tolerance itself. Of equally few keyframes those with the best total
    likeness are taken. What is left out for speed, with many rows only: hops
    beyond a long stretch of frames that no hop reaches, and most hops of polygons, lines, masks.

    Where several rows share a place, or the rule rounds, a row may be shown worse than
    `tolerance`, by as little as can be: `least` tells. GeometryError for a track without rows,
    and for a tolerance that is not above 0 and up to 1.
    """
    if not 0 < tolerance <= 1:
        raise GeometryError(f"a tolerance of {tolerance}, expected more than 0 and up to 1")
    found = named(rule)
    places = on_grid(track, positions)
    kinds, rows = candidates(track, found, smoothed)
    hops, nodes = network(track, kinds, rows, places, tolerance, found, fixed, sigmas)
    plain = track.kind == "box" and found.boxes is linear
    most = PATIENCE.get(track.kind, FEW)
    find = _finder(hops, tolerance, track.boxes if plain else None, most)
    chosen = _through(hops, find, _stops(hops, fixed))
    return Reduced(hops.rows[chosen], kinds[nodes[chosen]], _least(hops, chosen))


def _stops(hops: Hops, fixed: Sequence[int]) -> list[int]:
    """The groups that every path goes through: the first, the last, those of fixed rows."""
    group = np.searchsorted(hops.firsts, np.asarray(fixed, dtype=np.int64), side="right") - 1
    return sorted({0, len(hops.firsts) - 2, *group.tolist()})


def _through(hops: Hops, find: Callable[[int, int], Ints], stops: list[int]) -> Ints:
    """The best path through all `stops`; between two of them each part is found alone."""
    if len(stops) == 1:
        return np.array([int(np.argmax(hops.worth))])
    parts = [find(first, last) for first, last in pairwise(stops)]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def _finder(
    hops: Hops, tolerance: float, boxes: Floats | None, most: int
) -> Callable[[int, int], Ints]:
    """What finds the best path between two groups; `boxes` (T, 4) are the rows where shapes are
    boxes that are blended linearly. Up to `most` rows are weighed for the whole track."""
    most = most // len(hops.firsts) + 1
    if boxes is None:
        return partial(path, hops, opener=partial(Anywhere, hops), most=most)
    rows = Rows(boxes, hops.need, tolerance)
    sums = rows.summed(hops.shapes)
    known = table(hops, rows, sums, SHORT * len(hops))
    if known is not None:
        return known.path
    return partial(path, hops, opener=partial(Cones, hops, rows, sums), most=most)


def _least(hops: Hops, chosen: Ints) -> float:
    """The least likeness of all rows to what the chosen nodes show."""
    start, stop, share = neighbours(hops.at[chosen], hops.places)
    shown = hops.blend(hops.shapes, chosen[start], chosen[stop], share)
    return float(hops.judge(shown, np.arange(len(hops.places))).min())
