"""`finish`: tracks of a tracker, looked at once more with the whole clip known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.tracks import rows
from prelabel.offline.adopting import Walk
from prelabel.offline.blips import lone, mark
from prelabel.offline.filling import fill
from prelabel.offline.joining import join
from prelabel.offline.options import Finished, OfflineOptions
from prelabel.offline.sightings import Sightings

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
    seconds, seen = _clock(times, looked)
    whole_tracks, joined, taken = _whole(Sightings.of(table, seconds, seen), options)
    table = table.with_columns(tracks=whole_tracks)
    blips = lone(table, options.hits)
    marked = table[~blips] if options.drop_blips else mark(table, blips)
    whole = fill(marked, seconds, seen, options.gap)
    ids = rows.ids(whole)
    counts = Finished(
        tracks=len(np.unique(ids[ids >= 0])),
        joined=joined,
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
    """The clip table with tracks carried over the frames that were skipped, and nothing else
    done."""
    seconds, seen = _clock(times, looked)
    return fill(table, seconds, seen, 0.0)


def _whole(seen: Sightings, options: OfflineOptions) -> tuple[Ints, int, int]:
    """The tracks (N,) after all that looks at numbers only; joints; detections taken."""
    before = (seen.tracks >= 0).sum()
    seen = _adopted(seen, options)
    tracks, joined = join(seen, options)
    seen = _adopted(seen.with_tracks(tracks), options)
    return seen.tracks, joined, int((seen.tracks >= 0).sum() - before)


def _adopted(seen: Sightings, options: OfflineOptions) -> Sightings:
    for backward in (True, False):
        walk = Walk(seen, options, backward=backward, adopt=True)
        seen = seen.with_tracks(walk.tracks)
    return seen


def _clock(
    times: Sequence[float] | Floats, looked: Sequence[int] | Ints | None
) -> tuple[Floats, Ints]:
    seconds = np.asarray(times, dtype=np.float64)
    if looked is None:
        return seconds, np.arange(len(seconds), dtype=np.int64)
    return seconds, np.asarray(looked, dtype=np.int64)
