"""The camera's motion between any two frames, from that between the frames it was measured at.

Which frames follow one another is known only when all were looked at: a frame that is looked at
later comes between two whose motion was measured already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from prelabel.video.seen import Seen

__all__ = ["motions"]

Floats = NDArray[np.float64]


def motions(seen: Sequence[Seen], looked: Iterable[int]) -> Mapping[int, Floats]:
    """The map (2, 3) from the frame before to each of the frames `looked`, but the first.

    `seen`: these and maybe others, ascending. A frame whose motion was not measured is taken to
    stand as the frame before it did.
    """
    poses = _poses(seen)
    known = {one.frame: one for one in seen}
    return {b: _between(known[a], known[b], poses)[:2] for a, b in pairwise(looked)}


def _between(a: Seen, b: Seen, poses: Mapping[int, Floats]) -> Floats:
    if b.since == a.frame:
        return _matrix(b.motion)
    return poses[b.frame] @ np.linalg.inv(poses[a.frame])


def _poses(seen: Iterable[Seen]) -> dict[int, Floats]:
    """(3, 3) of each frame: from the first frame's pixels to its own."""
    poses: dict[int, Floats] = {}
    last = np.eye(3)
    for one in seen:
        start = poses.get(one.since)
        last = last if start is None else _matrix(one.motion) @ start
        poses[one.frame] = last
    return poses


def _matrix(motion: Sequence[float]) -> Floats:
    return np.vstack([np.reshape(motion, (2, 3)), [0.0, 0.0, 1.0]])
