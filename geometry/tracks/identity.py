"""Whether two sides follow the same objects through a clip: IDF1, HOTA and CLEAR.

All three come from `Sightings`, the rows of both sides and which rows of one frame are alike. Both
sides empty agree, 1; one side empty gives 0, and nothing is ever NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geometry import agreement, matching
from geometry.overlaps import Pairs

__all__ = ["LEVELS", "Clear", "Hota", "Identity", "Sightings", "clear", "hota", "idf1"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVELS = np.arange(1, 20) / 20
"""Likeness thresholds that HOTA is the mean over, .05 to .95."""
SLACK = float(np.finfo(float).eps)
GOING_ON = 1000.0
"""What CLEAR adds to the likeness of a pair that goes on from the frame before."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Rows of sides a and b in one clip: `frames_a`, `tracks_a` (N,), `frames_b`, `tracks_b` (M,).

    A track id stands at most once in a frame; rows whose track is -1 count for nothing. `pairs`
    (i, j, likeness) are rows of one frame that are alike at all, likeness in 0..1.
    """

    frames_a: Ints
    tracks_a: Ints
    frames_b: Ints
    tracks_b: Ints
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Identity:
    """IDF1, identity precision and recall, from rows whose track is the one it is paired with.

    `tp` rows of paired tracks that are alike in a frame, `fp` the other rows of a, `fn` those of b.
    """

    idf1: float
    precision: float
    recall: float
    tp: int
    fp: int
    fn: int


@dataclass(frozen=True, slots=True)
class Hota:
    """HOTA and its parts (detection, association, location), means over `LEVELS`."""

    hota: float
    detection: float
    association: float
    location: float


@dataclass(frozen=True, slots=True)
class Clear:
    """MOTA and MOTP of a against the truth b, and the counts they are made of.

    `switches`: how often the track on a true object changes; `fragments`: how often an object is
    lost and found again.
    """

    mota: float
    motp: float
    tp: int
    fp: int
    fn: int
    switches: int
    fragments: int


def idf1(seen: Sightings, threshold: float = 0.5) -> Identity:
    """Identity F1: tracks of a and b are paired one to one so that most rows agree.

    Rows agree in a frame where their likeness is at least `threshold` (Ristani et al. 2016).
    """
    sides, (i, j, likeness) = _known(seen)
    alike = likeness >= threshold
    first, second, often = _often(sides.a[i[alike]], sides.b[j[alike]], sides.count_b)
    pairs = (first, second, often.astype(np.float64))
    tp = int(often[matching.optimal(pairs, sides.count_a, sides.count_b)].sum())
    counts = tp, len(sides.a) - tp, len(sides.b) - tp
    return Identity(
        float(agreement.f1(*counts)),
        float(agreement.precision(*counts)),
        float(agreement.recall(*counts)),
        *counts,
    )


def hota(seen: Sightings) -> Hota:
    """Higher order tracking accuracy (Luiten et al. 2021), symmetric in a and b.

    Rows of a frame are paired by likeness times how well their tracks go together over the clip.
    """
    sides, (i, j, likeness) = _known(seen)
    if not len(sides.a) or not len(sides.b):
        neither = float(agreement.f1(0, len(sides.a), len(sides.b)))
        return Hota(neither, neither, neither, 1.0)
    fit = _fit(sides, (i, j, likeness))
    chosen = matching.optimal((i, j, fit * likeness), len(sides.a), len(sides.b))
    alike = likeness[chosen] >= LEVELS[:, None] - SLACK
    tp = alike.sum(axis=1)
    detection = agreement.mean_iou(tp, tp, len(sides.a) - tp, len(sides.b) - tp)
    association = _together(sides, i[chosen], j[chosen], alike) / np.maximum(tp, 1)
    location = np.where(tp > 0, alike @ likeness[chosen] / np.maximum(tp, 1), 1.0)
    whole = np.sqrt(detection * association)
    return Hota(*(float(part.mean()) for part in (whole, detection, association, location)))


def clear(seen: Sightings, threshold: float = 0.5) -> Clear:
    """Multiple object tracking accuracy of a against the truth b (Bernardin, Stiefelhagen 2008).

    A pair of likeness >= `threshold` that goes on from the frame before is kept before any other;
    the rest is paired for the greatest likeness. MOTA is 1 - (misses + false rows + switches) over
    the rows of b, and can be negative.
    """
    sides, (i, j, likeness) = _known(seen)
    alike = likeness >= threshold - SLACK
    i, j, likeness = i[alike], j[alike], likeness[alike]
    followed = _Followed(sides.count_b)
    bounds = _bounds(sides.frames_a[i])
    both = np.intersect1d(sides.frames_a, sides.frames_b)
    spans = dict(zip(sides.frames_a[i[bounds[:-1]]].tolist(), _spans(bounds), strict=True))
    for frame in both.tolist():
        span = spans.get(frame, slice(0, 0))
        followed.step(sides.a[i[span]], sides.b[j[span]], likeness[span])
    tp, fp, fn = followed.tp, len(sides.a) - followed.tp, len(sides.b) - followed.tp
    wrong = fp + fn + followed.switches
    mota = 1 - wrong / len(sides.b) if len(sides.b) else float(not len(sides.a))
    motp = followed.total / tp if tp else float(not wrong)
    return Clear(mota, motp, tp, fp, fn, followed.switches, followed.fragments())


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """The rows that have a track, by frame; tracks as numbers from 0 without gaps."""

    frames_a: Ints
    frames_b: Ints
    a: Ints
    b: Ints
    count_a: int
    count_b: int


def _known(seen: Sightings) -> tuple[_Sides, Pairs]:
    """Rows with a track, sorted by frame, and their pairs, sorted by row."""
    orders = [
        order[tracks[order] >= 0]
        for frames, tracks in ((seen.frames_a, seen.tracks_a), (seen.frames_b, seen.tracks_b))
        if (order := np.argsort(frames, kind="stable")) is not None
    ]
    (a, count_a), (b, count_b) = (
        _numbered(tracks[order])
        for tracks, order in zip((seen.tracks_a, seen.tracks_b), orders, strict=True)
    )
    rows, columns = (
        _places(order, len(tracks))
        for order, tracks in zip(orders, (seen.tracks_a, seen.tracks_b), strict=True)
    )
    i, j, likeness = rows[seen.pairs[0]], columns[seen.pairs[1]], seen.pairs[2]
    kept = np.flatnonzero((i >= 0) & (j >= 0))
    kept = kept[np.lexsort((j[kept], i[kept]))]
    frames = seen.frames_a[orders[0]], seen.frames_b[orders[1]]
    return _Sides(*frames, a, b, count_a, count_b), (i[kept], j[kept], likeness[kept])


def _numbered(tracks: Ints) -> tuple[Ints, int]:
    ids, numbers = np.unique(tracks, return_inverse=True)
    return numbers.astype(np.int64), len(ids)


def _places(order: Ints, count: int) -> Ints:
    """The place of each of `count` rows in `order`, -1 for those that are not in it."""
    places = np.full(count, -1, dtype=np.int64)
    places[order] = np.arange(len(order))
    return places


def _often(first: Ints, second: Ints, width: int) -> tuple[Ints, Ints, Ints]:
    """Each pair of tracks, and in how many frames it occurs."""
    keys, often = np.unique(first * max(width, 1) + second, return_counts=True)
    return keys // max(width, 1), keys % max(width, 1), often.astype(np.int64)


def _fit(sides: _Sides, pairs: Pairs) -> Floats:
    """How well the tracks of each pair of rows go together over the whole clip."""
    i, j, likeness = pairs
    sums = np.bincount(i, likeness, len(sides.a)), np.bincount(j, likeness, len(sides.b))
    around = sums[0][i] + sums[1][j] - likeness
    share = np.divide(likeness, around, out=np.zeros(len(i)), where=around > SLACK)
    _, group = np.unique(sides.a[i] * sides.count_b + sides.b[j], return_inverse=True)
    shared = np.bincount(group, share)[group]
    lengths = np.bincount(sides.a)[sides.a[i]] + np.bincount(sides.b)[sides.b[j]]
    fit: Floats = shared / (lengths - shared)
    return fit


def _together(sides: _Sides, i: Ints, j: Ints, alike: NDArray[np.bool_]) -> Floats:
    """By level, the sum over matched rows of how much of both their tracks is matched."""
    first, second, _ = _often(sides.a[i], sides.b[j], sides.count_b)
    _, group = np.unique(sides.a[i] * sides.count_b + sides.b[j], return_inverse=True)
    often = np.array([np.bincount(group[row], minlength=len(first)) for row in alike])
    lengths = np.bincount(sides.a)[first] + np.bincount(sides.b)[second]
    total: Floats = (often * (often / np.maximum(lengths - often, 1))).sum(axis=1)
    return total


def _bounds(frames: Ints) -> Ints:
    """Where each frame starts in sorted `frames`, and their number."""
    return np.concatenate([np.unique(frames, return_index=True)[1], [len(frames)]])


def _spans(bounds: Ints) -> list[slice]:
    return [slice(start, stop) for start, stop in pairwise(bounds.tolist())]


class _Followed:
    """What CLEAR remembers from frame to frame, by true track; -1 for no track."""

    def __init__(self, count: int) -> None:
        self.last = np.full(count, -1, dtype=np.int64)
        """The track that was last on each object."""
        self.before = self.last.copy()
        """The track on it in the frame before."""
        self.starts = np.zeros(count, dtype=np.int64)
        self.tp = self.switches = 0
        self.total = 0.0

    def step(self, a: Ints, b: Ints, likeness: Floats) -> None:
        """One frame: pairs of tracks (a, b) that are alike enough."""
        worth = likeness + GOING_ON * (self.before[b] == a)
        (rows, row), (columns, column) = (np.unique(t, return_inverse=True) for t in (a, b))
        chosen = matching.optimal((row, column, worth), len(rows), len(columns))
        a, b = a[chosen], b[chosen]
        self.switches += int(((self.last[b] >= 0) & (self.last[b] != a)).sum())
        self.starts[b] += self.before[b] < 0
        self.last[b] = a
        self.before[:] = -1
        self.before[b] = a
        self.tp += len(chosen)
        self.total += float(likeness[chosen].sum())

    def fragments(self) -> int:
        """How often an object was found again."""
        return int(np.maximum(self.starts - 1, 0).sum())
