"""Tracks with a row in every frame as tracks of keyframes, the fewest that show the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Label
from formats.tracks import rows, shapes
from formats.tracks.clip import by_frame
from geometry.tracks.reduction import reduce

__all__ = ["sparse"]

Ints = NDArray[np.int64]
STATES = ("labels", "groups", "sources", "attributes", "extra")
"""What holds from one keyframe to the next, beside flags: where it changes, a keyframe must be."""
OWN = Flag.KEYFRAME | Flag.INTERPOLATED | Flag.OUTSIDE
"""Flags that tell how a row was made, not what the object is like."""


def sparse(
    table: Annotations,
    *,
    tolerance: float | None = None,
    rule: str = "linear",
    positions: Ints | None = None,
    looked: Ints | None = None,
    smoothed: bool = True,
    labels: Sequence[Label] | None = None,
) -> Annotations:
    """A clip table whose dense tracks are keyframes; what is sparse already stays as it is.

    Each run of consecutive frames becomes a span. With a `tolerance` its keyframes are the fewest
    for which every frame has at least that likeness as `rule` shows it (`geometry.tracks.reduce`);
    without one every row is a keyframe. A class, attribute or state that changes has a keyframe.
    Where a track comes back after a gap, a keyframe with OUTSIDE stands in the first frame
    without it. `positions[i]` is the tool's frame that shows source frame i; `looked` (ascending)
    are the frames that were looked at where that is not every one: a track that has a row in each
    of them has no gap. `labels` as in `dense`. Rows of no track, and a second row of a track in a
    frame, stay as they are.
    """
    already = rows.keyed(table)
    if looked is not None:
        looked = np.union1d(looked, table.images)
    done = [table[already | rows.lone(table) | rows.doubles(table)]]
    for _, of in rows.spread(table):
        if not already[of[0]]:
            own = shapes.rule_for(rule, table[of], labels)
            done += _spans(table[of], tolerance, own, positions, looked, smoothed)
    return by_frame(Annotations.concat([part for part in done if len(part)] or [table[:0]]))


def _spans(
    track: Annotations,
    tolerance: float | None,
    rule: str,
    positions: Ints | None,
    looked: Ints | None,
    smoothed: bool,
) -> list[Annotations]:
    """The keyframes of one track, span by span."""
    at = track.images if looked is None else np.searchsorted(looked, track.images)
    cuts = np.flatnonzero(np.diff(at) != 1) + 1
    found: list[Annotations] = []
    for start, stop in pairwise([0, *cuts.tolist(), len(track)]):
        span = track[start:stop]
        found += [
            _reduced(span[a:b], tolerance, rule, positions, smoothed) for a, b in shapes.alike(span)
        ]
        if stop < len(track):
            found.append(_absent(found[-1][-1:], track[stop - 1 : stop], looked))
    return [rows.flagged(part, Flag.KEYFRAME) for part in found]


def _reduced(
    part: Annotations, tolerance: float | None, rule: str, positions: Ints | None, smoothed: bool
) -> Annotations:
    """The keyframes of rows of one kind in consecutive frames."""
    if tolerance is None:
        return part
    fixed = _changes(part)
    if part.kinds[0] == Kind.TAG:
        return part[np.union1d(fixed, [0, len(part) - 1])]
    own = None if positions is None else positions[part.images]
    track = shapes.of_rows(part)
    nodes = fixed.tolist()
    found = reduce(track, tolerance, rule=rule, positions=own, fixed=nodes, smoothed=smoothed)
    kept = part[found.rows]
    return _placed(kept, shapes.moved(kept, found.keyframes))


def _placed(kept: Annotations, smooth: Annotations) -> Annotations:
    """The keyframes with smoothed shapes; one whose shape is its own keeps all that it said."""
    own = shapes.same(kept, smooth)
    return by_frame(Annotations.concat([kept[own], smooth[~own]])) if own.any() else smooth


def _changes(part: Annotations) -> Ints:
    """The rows (K,) that say something else than the row before."""
    changed = np.zeros(len(part), dtype=bool)
    for name in STATES:
        value = getattr(part, name)
        if value is not None:
            changed[1:] |= np.asarray(_unlike(value), dtype=bool)
    if part.flags is not None:
        changed[1:] |= np.diff(part.flags & np.uint16(~OWN & 0xFFFF)) != 0
    return np.flatnonzero(changed).astype(np.int64)


def _unlike(value: Any) -> Any:
    if value.dtype != object:
        return value[1:] != value[:-1]
    return [dict(a) != dict(b) for a, b in pairwise(value)]


def _absent(shown: Annotations, end: Annotations, looked: Ints | None) -> Annotations:
    """The row that ends a span: OUTSIDE in the first frame without the object, the shape held."""
    frame = int(end.images[0])
    following = frame + 1 if looked is None else int(looked[np.searchsorted(looked, frame) + 1])
    gone = shown.with_columns(images=np.array([following], np.int32))
    gone = gone.with_columns(**dict.fromkeys(n for n in shapes.STATED_ONCE if n in gone.columns()))
    return rows.unflagged(rows.flagged(gone, Flag.OUTSIDE), Flag.INTERPOLATED)
