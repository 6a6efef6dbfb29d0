"""Tracks without the jitter of their detections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.tracks import rows, shapes
from geometry.tracks import likeness
from geometry.tracks.smoothing import gaussian

__all__ = ["smooth"]

SIGMA = 0.06
"""Seconds over which shapes are smoothed (standard deviation)."""
NEAR = 0.5
"""Likeness that a smoothed shape has with the row's own, which stays where it has less: a turn that
is sharper than jitter."""
LEAST = 1.5
"""Frames over which they are smoothed at least, where frames are further apart."""


def smooth(table: Annotations, times: NDArray[np.float64]) -> Annotations:
    """The clip table with the boxes and other shapes of its tracks smoothed, rows as they were.

    `times` (F,) are the seconds of all frames of the clip.
    """
    if len(times) < 2:
        return table
    sigma = max(SIGMA / float(np.median(np.diff(times))), LEAST)
    loose = np.flatnonzero(rows.lone(table) | rows.doubles(table))
    order, parts = [loose], [table[loose]]
    for _, of in rows.spread(table):
        for kind in np.unique(table.kinds[of]):
            alike = of[table.kinds[of] == kind]
            order.append(alike)
            parts.append(_smoothed(table[alike], sigma))
    whole = Annotations.concat([part for part in parts if len(part)] or [table])
    return whole[np.argsort(np.concatenate(order))]


def _smoothed(track: Annotations, sigma: float) -> Annotations:
    """The rows of one kind of a track with smoother shapes."""
    if track.kinds[0] == Kind.TAG or len(track) < 3:
        return track
    own = shapes.of_rows(track)
    smoother, name = gaussian(own, sigma), shapes.shape_column(track)
    changed = {"boxes": smoother.boxes}
    if name != "boxes":
        changed[name] = getattr(smoother, name)
    moved, near = track.with_columns(**changed), likeness(own, smoother) >= NEAR
    order = np.argsort(np.concatenate([np.flatnonzero(near), np.flatnonzero(~near)]))
    return Annotations.concat([moved[near], track[~near]])[order]
