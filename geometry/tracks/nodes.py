"""The keyframes that may be: every row of a track as it is, and smoothed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError
from geometry.overlaps import expand
from geometry.tracks.continuity import in_step
from geometry.tracks.fidelity import judge
from geometry.tracks.hops import Hops
from geometry.tracks.rules import Rule
from geometry.tracks.smoothing import gaussian
from geometry.tracks.track import Track

__all__ = ["SIGMAS", "candidates", "network", "on_grid"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SLOW = ("polygon", "line", "mask")
"""Kinds that take long to be compared; they are not smoothed."""
SIGMAS = (1.5, 4.0)
"""Frames by which candidates are smoothed."""


def on_grid(track: Track, positions: ArrayLike | None) -> Ints:
    """Where the rows are on the tool's grid, (T,); GeometryError where they go back."""
    places = track.frames if positions is None else np.asarray(positions)
    if len(places) != len(track) or not len(places):
        raise GeometryError(f"{len(places)} positions of {len(track)} rows, expected one a row")
    if (np.diff(places) < 0).any() or (np.diff(track.frames) <= 0).any():
        raise GeometryError("frames or positions that go back, expected them in order")
    return places.astype(np.int64)


def candidates(track: Track, rule: Rule, smoothed: bool) -> tuple[Track, Ints]:
    """Shapes that keyframes may have, as the tool's file keeps them, and the row of each.

    By row, and of each row the shape as it is first. Polygons, lines and masks are not smoothed.
    """
    track = in_step(track)
    sigmas = SIGMAS if smoothed and track.kind not in SLOW else ()
    kinds = [track, *(gaussian(track, sigma) for sigma in sigmas)]
    rows = np.tile(np.arange(len(track)), len(kinds))
    order = np.argsort(rows, kind="stable")
    return rule.kept(Track.concat(kinds)[order]), rows[order]


def network(
    track: Track, shapes: Track, rows: Ints, places: Ints, tolerance: float, rule: Rule,
    fixed: Sequence[int] = (), sigmas: ArrayLike | None = None,
) -> tuple[Hops, Ints]:  # fmt: skip
    """The graph over `shapes` (see `candidates`), and which of them its nodes are, (N,).

    Where no shape shows all rows of its place with `tolerance`, these rows need only what the
    best one does, so that there is always a path. A place with a fixed row has its shape only.
    """
    group = np.concatenate([[0], np.cumsum(np.diff(places) > 0)])
    firsts = np.flatnonzero(np.diff(group, prepend=-1, append=group[-1] + 1))
    likely = judge(track, sigmas)
    column, blend = shapes.shapes, rule.blend(track.shape, track.closed)
    chosen = np.flatnonzero(_allowed(group, rows, fixed))
    node, own = expand(firsts[group[rows[chosen]]], firsts[group[rows[chosen]] + 1])
    still = np.zeros(len(node))
    found = likely(blend(column, chosen[node], chosen[node], still), own)
    need = _needed(found, node, own, group[rows[chosen]], tolerance, len(track))
    good = np.bincount(node[found < need[own]], minlength=len(chosen)) == 0
    nodes, groups = chosen[good], group[rows[chosen[good]]]
    hops = Hops(
        places=places,
        need=need,
        firsts=firsts,
        heads=np.searchsorted(groups, np.arange(len(firsts))),
        shapes=shapes[nodes].shapes,
        rows=rows[nodes],
        groups=groups,
        at=places[firsts[groups]],
        worth=np.bincount(node, weights=found, minlength=len(chosen))[good],
        blend=blend,
        judge=likely,
        slow=track.kind in SLOW,
    )
    return hops, nodes


def _allowed(group: Ints, rows: Ints, fixed: Sequence[int]) -> Bools:
    """Which candidates may be nodes: all, but only the shape as it is of a fixed row."""
    allowed = np.ones(len(rows), dtype=bool)
    for row in fixed:
        here = group[rows] == group[row]
        allowed[here] = False
        allowed[np.flatnonzero(rows == row)[0]] = True
    return allowed


def _needed(
    found: Floats, node: Ints, own: Ints, groups: Ints, tolerance: float, count: int
) -> Floats:
    """How alike each row has to be shown, (T,): `tolerance`, or what its place can do at best."""
    starts = np.flatnonzero(np.diff(node, prepend=-1))
    least = np.minimum.reduceat(found, starts)
    order = np.lexsort((-least, groups))
    best = order[np.flatnonzero(np.diff(groups[order], prepend=-1))]
    of_best = np.zeros(len(groups), dtype=bool)
    of_best[best] = True
    need = np.full(count, float(tolerance))
    told = of_best[node]
    need[own[told]] = np.minimum(tolerance, found[told])
    return need
