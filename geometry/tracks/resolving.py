"""Keyframes found again around those that a person corrected."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.tracks.continuity import beside, in_step
from geometry.tracks.corrections import adjusted, placed
from geometry.tracks.fidelity import likeness
from geometry.tracks.interpolation import interpolate
from geometry.tracks.nodes import on_grid
from geometry.tracks.reduction import Reduced, reduce
from geometry.tracks.rules import Rule
from geometry.tracks.track import Track

__all__ = ["resolve"]

Ints = NDArray[np.int64]


def resolve(
    track: Track,
    keyframes: Track,
    corrected: Track,
    tolerance: float,
    *,
    rule: str | Rule = "linear",
    positions: ArrayLike | None = None,
    smoothed: bool = True,
    sigmas: ArrayLike | None = None,
) -> Reduced:
    """The keyframes of `track` again, after a person gave those of `corrected` other shapes.

    `keyframes` are those before, `corrected` some of them, or new ones, as they are now; the
    frames of both are frames of the track. What was corrected was wrong around there, too, so the
    rows up to the neighbouring keyframes are moved along (`adjusted`), and only there keyframes
    are found anew, with the corrected ones as they are; all others stay. `least` compares with the
    adjusted track. The other arguments are those of `reduce`.
    """
    places = on_grid(track, positions)
    own, changed = placed(track, keyframes), placed(track, corrected)
    truth = in_step(adjusted(track, keyframes, corrected))
    known = _put(_put(truth, own, keyframes), changed, corrected)
    rows, shapes = own[~np.isin(own, changed)], known
    for first, last in _spans(own, changed, len(track)):
        inside = slice(first, last + 1)
        fixed = np.intersect1d([first, last, *changed], np.union1d(own, changed))
        fixed = fixed[(fixed >= first) & (fixed <= last)] - first
        part = reduce(
            known[inside], tolerance, rule=rule, positions=places[inside], fixed=fixed.tolist(),
            smoothed=smoothed, sigmas=sigmas,
        )  # fmt: skip
        rows = np.union1d(rows, part.rows + first)
        shapes = _put(shapes, part.rows + first, part.keyframes)
    shown = interpolate(shapes[rows].with_columns(frames=places[rows]), places, rule)
    return Reduced(rows, shapes[rows], float(likeness(shown, truth, sigmas=sigmas).min()))


def _put(track: Track, rows: Ints, shapes: Track) -> Track:
    """The track with `shapes` in the place of `rows`, written as near to these as can be."""
    index = np.arange(len(track))
    index[rows] = len(track) + np.arange(len(rows))
    return Track.concat([track, beside(shapes, track[rows])])[index]


def _spans(own: Ints, changed: Ints, count: int) -> list[tuple[int, int]]:
    """From the keyframe before to the one after each row that was changed, each span once."""
    ends = np.union1d(own[~np.isin(own, changed)], [0, count - 1])
    found = {
        (int(ends[max(np.searchsorted(ends, row) - 1, 0)]),
         int(ends[min(np.searchsorted(ends, row, side="right"), len(ends) - 1)]))
        for row in changed.tolist()
    }  # fmt: skip
    return sorted(found)
