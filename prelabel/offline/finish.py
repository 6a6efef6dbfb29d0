"""`finish`: tracks of a tracker, looked at once more with the whole clip known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.tracks import rows
from prelabel.offline.adopting import Walk
from prelabel.offline.blips import lone, mark
from prelabel.offline.cutting import cut
from prelabel.offline.filling import fill
from prelabel.offline.joining import join
from prelabel.offline.options import Finished, OfflineOptions
from prelabel.offline.sightings import Sightings
from prelabel.offline.smoothing import smooth

__all__ = ["finish", "propagate"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def finish(
    table: Annotations,
    times: Sequence[float] | Floats,
    options: OfflineOptions | None = None,
    looked: Sequence[int] | Ints | None = None,
) -> tuple[Annotations, Finished]:
    """The clip table with whole tracks, and what was done to it.

    `table.images` are source frames, ascending, `tracks` those of a `Tracker`; `times` (F,) seconds
    of all frames; `looked` the frames that were looked at, ascending, None for all. Detections
    stay, unless blips are dropped; rows that are made are flagged INTERPOLATED.
    """
    options = options or OfflineOptions()
    seconds, seen = _clock(table, times, looked)
    sightings = Sightings.of(table, seconds, seen)
    tracks = _whole(sightings, options)
    taken = int(((tracks >= 0) & (sightings.tracks < 0)).sum())
    joined, cuts = _changes(sightings.tracks, tracks)
    table = table.with_columns(tracks=tracks)
    blips = lone(table, options.hits)
    marked = table[~blips] if options.drop_blips else mark(table, blips)
    whole = fill(marked, seconds, seen, options.gap)
    if options.smooth:
        whole = smooth(whole, seconds)
    ids = rows.ids(whole)
    counts = Finished(
        tracks=len(np.unique(ids[ids >= 0])),
        joined=joined,
        cut=cuts,
        taken=taken,
        filled=len(whole) - len(marked),
        blips=int(blips.sum()),
    )
    return whole, counts


def propagate(
    table: Annotations,
    times: Sequence[float] | Floats,
    looked: Sequence[int] | Ints | None = None,
) -> Annotations:
    """The clip table with tracks carried over the frames that were skipped, and nothing else done.

    Where frames were skipped, one look without the object leaves a hole of many frames: holes as
    short as those that the pass fills are filled, too.
    """
    seconds, seen = _clock(table, times, looked)
    skipped = len(seen) < len(seconds)
    return fill(table, seconds, seen, OfflineOptions().gap if skipped else 0.0)


def _whole(seen: Sightings, options: OfflineOptions) -> Ints:
    """The tracks (N,) after all that looks at numbers only."""
    given = seen.tracks
    pieces = seen.with_tracks(cut(seen, options))
    joined = seen.with_tracks(join(pieces, given, options))
    return _adopted(joined, options).tracks


def _changes(before: Ints, after: Ints) -> tuple[int, int]:
    """How often tracks were joined and cut: what each new one is made of, and each old one became.

    Both are counts of tracks beyond the first one, over rows that have a track in both.
    """
    both = (before >= 0) & (after >= 0)
    links = np.unique(np.stack([before[both], after[both]]), axis=1)
    old, new = (len(np.unique(side)) for side in links)
    return links.shape[1] - new, links.shape[1] - old


def _adopted(seen: Sightings, options: OfflineOptions) -> Sightings:
    for backward in (True, False):
        walk = Walk(seen, options, backward=backward, adopt=True)
        seen = seen.with_tracks(walk.tracks)
    return seen


def _clock(
    table: Annotations, times: Sequence[float] | Floats, looked: Sequence[int] | Ints | None
) -> tuple[Floats, Ints]:
    """Seconds of all frames; those that were looked at, a frame with rows among them."""
    seconds = np.asarray(times, dtype=np.float64)
    if looked is None:
        return seconds, np.arange(len(seconds), dtype=np.int64)
    return seconds, np.union1d(np.asarray(looked, dtype=np.int64), table.images)
