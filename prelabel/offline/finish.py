"""`finish`: tracks of a tracker, looked at once more with the whole clip known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.tracks import rows
from prelabel.offline.blips import lone, mark
from prelabel.offline.filling import fill
from prelabel.offline.options import Finished, OfflineOptions

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
    blips = lone(table, options.hits)
    marked = table[~blips] if options.drop_blips else mark(table, blips)
    whole = fill(marked, seconds, seen, options.gap)
    ids = rows.ids(whole)
    counts = Finished(
        tracks=len(np.unique(ids[ids >= 0])),
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


def _clock(
    times: Sequence[float] | Floats, looked: Sequence[int] | Ints | None
) -> tuple[Floats, Ints]:
    seconds = np.asarray(times, dtype=np.float64)
    if looked is None:
        return seconds, np.arange(len(seconds), dtype=np.int64)
    return seconds, np.asarray(looked, dtype=np.int64)
