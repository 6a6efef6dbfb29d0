"""Detections that no track took, linked where they are of one thing all the same.

A tracker trusts few of them: most are things that the model is wrong about, a post that it takes
for a person in every frame. So they are no tracks, but a person who corrects them should have one
object to delete or to keep, and not one for every frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS, Kind
from formats.tracks import rows
from formats.tracks.clip import by_frame
from prelabel import tracker
from prelabel.offline.blips import BLIP
from prelabel.offline.finish import finish
from prelabel.offline.options import OfflineOptions

__all__ = ["DOUBTFUL", "Chained", "chained"]

DOUBTFUL = "doubtful"
"""The attribute, true, of a detection in a chain."""
ANY = tracker.TrackerOptions(high=0.0, low=0.0, start=0.0, doubt=0.0, least_second=0.1, hits=1)
"""A tracker that follows everything that it is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Chained:
    """A clip table whose chains are tracks; how many chains, and detections in them."""

    table: Annotations
    chains: int = 0
    linked: int = 0


def chained(
    table: Annotations,
    times: Sequence[float] | NDArray[np.float64],
    looked: Sequence[int] | NDArray[np.int64] | None = None,
    motions: Mapping[int, ArrayLike] | None = None,
    options: OfflineOptions | None = None,
) -> Chained:
    """The clip table with what belongs to no track as tracks, too, numbered after the others.

    Arguments as of `track` and `finish`. Of at least `options.hits` detections, which lose the
    attribute `BLIP` and get `DOUBTFUL`; gaps between them are filled. Tags stay as they are.
    """
    left = rows.lone(table) & (table.kinds != Kind.TAG)
    if not left.any():
        return Chained(table)
    found = tracker.track(table[left], times, ANY, motions, looked)
    whole, counts = finish(found, times, options, looked)
    ids = rows.ids(whole)
    linked = ids >= 0
    first = int(rows.ids(table).max()) + 1
    whole = _doubtful(whole, linked).with_columns(tracks=np.where(linked, ids + first, -1))
    both = by_frame(Annotations.concat([table[~left], whole]))
    return Chained(both, counts.tracks, int(left.sum()) - int((~linked).sum()))


def _doubtful(table: Annotations, which: NDArray[np.bool_]) -> Annotations:
    """The table with `DOUBTFUL` in the place of `BLIP` in some rows."""
    old = COLUMNS["attributes"].blank(len(table)) if table.attributes is None else table.attributes
    attributes = old.copy()
    for i in np.flatnonzero(which).tolist():
        rest = {name: value for name, value in old[i].items() if name != BLIP}
        attributes[i] = MappingProxyType({**rest, DOUBTFUL: True})
    return table.with_columns(attributes=attributes)
