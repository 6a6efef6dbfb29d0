"""Which frames to look at next: more where things move fast.

A pure function of what was found so far, so a job that was interrupted asks for the same frames
again. The clip is looked at in every k-th frame first; then an interval between two looks is halved
while what happens in it cannot be told from its two ends, until nothing is left to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry.overlaps import overlap_pairs

__all__ = ["AdaptiveOptions", "more"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveOptions:
    """When the two ends of an interval tell enough."""

    score: float = 0.5
    """Only detections from this score on are asked for a partner at the other end."""
    overlap: float = 0.5
    """IoU that a detection needs with one of its class at the other end."""


def more(
    table: Annotations,
    looked: Sequence[int] | Ints,
    options: AdaptiveOptions | None = None,
) -> Ints:
    """The frames to look at next, (M,) ascending: the middles of intervals that need it.

    `table` is a clip table of detections, `looked` the frames that were looked at, ascending.
    Called again with what was found, until it gives none.
    """
    options = options or AdaptiveOptions()
    frames = np.asarray(looked, dtype=np.int64)
    wide = np.flatnonzero(np.diff(frames) > 1)
    bounds = np.searchsorted(table.images, np.stack([frames, frames + 1]))
    parts = [table[a:b] for a, b in bounds.T.tolist()]
    asked = [i for i in wide.tolist() if _unclear(parts[i], parts[i + 1], options)]
    return (frames[asked] + frames[np.array(asked, dtype=np.int64) + 1]) // 2


def _unclear(before: Annotations, after: Annotations, options: AdaptiveOptions) -> bool:
    """Whether a certain detection of one end has no partner at the other."""
    labels = before.labels.astype(np.int64), after.labels.astype(np.int64)
    i, j, _ = overlap_pairs(before.boxes, after.boxes, options.overlap, labels)
    alone = np.setdiff1d(np.arange(len(before)), i), np.setdiff1d(np.arange(len(after)), j)
    sides = zip((before, after), alone, strict=True)
    return any((_certain(side)[rows] >= options.score).any() for side, rows in sides)


def _certain(found: Annotations) -> Floats:
    return np.where(np.isnan(found.scores), 1.0, found.scores)
