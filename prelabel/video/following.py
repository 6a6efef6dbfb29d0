"""From what the model saw in each frame to tracks: a pure function, so that a job may be stopped.

Weak detections are shown to the tracker, which goes on with a track where it is hard to see. What
no track took is kept only where it is as certain as was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.tracks import rows
from prelabel import finishing, offline, tracker
from prelabel.job import Asked
from prelabel.video.motions import motions
from prelabel.video.options import FLOOR, Tracking
from prelabel.video.seen import Seen, gathered

__all__ = ["Followed", "floored", "follow", "least_scores"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A clip table with tracks, the frames that it speaks of, and what the second pass did.

    `shown`: what a person corrects in a tool with keyframes: `chains` of what no track took, of
    `linked` detections, are tracks as well, not an object in every frame; and tracks are smooth
    unless asked otherwise, for jitter takes keyframes and is nothing that a person would draw.
    """

    table: Annotations
    looked: Ints
    shown: Annotations
    chains: int = 0
    linked: int = 0
    counts: offline.Finished = field(default_factory=offline.Finished)


def floored(asked: Asked) -> Asked:
    """What the model is asked, so that a tracker sees weak detections, too."""
    lower = tuple((name, min(score, FLOOR)) for name, score in asked.thresholds)
    return replace(asked, conf=min(asked.conf, FLOOR), thresholds=lower)


def least_scores(asked: Asked, names: Sequence[str], index: Sequence[int], labels: int) -> Floats:
    """(L,) the score that was asked for, by label of the outputs.

    `names` are the model's classes, `index` what each of them becomes, -1 for none; of several
    that become one label the least counts.
    """
    wanted = dict(asked.thresholds)
    least = np.full(labels, np.inf)
    for name, label in zip(names, index, strict=True):
        if label >= 0:
            least[label] = min(least[label], wanted.get(name, asked.conf))
    return least


def follow(seen: Iterable[Seen], times: Floats, tracking: Tracking, least: Floats) -> Followed:
    """The tracks of one clip.

    `seen`: frames that were looked at, ascending, failed ones too; `times` (F,): seconds of
    all frames of the clip; `least` (L,): see `least_scores`. Tracks are propagated over the frames
    between, so the table speaks of every frame from the first to the last.
    """
    sight = gathered(seen)
    looked = sight.looked
    if not len(looked):
        return Followed(Annotations.empty(), looked, Annotations.empty())
    moved = motions(sight.frames, looked.tolist()) if tracking.camera else None
    table = tracker.track(sight.table, times, motions=moved, looked=looked)
    table, counts = _finished(table, times, tracking, looked)
    kept, blips = _certain(table, least, tracking)
    kept, counts = finishing.rounded(kept), replace(counts, blips=blips)
    chained = offline.chained(kept, times, looked, moved)
    rough = tracking.exact or tracking.smooth
    shown = chained.table if rough else finishing.rounded(offline.smooth(chained.table, times))
    everything = np.arange(looked[0], looked[-1] + 1)
    return Followed(kept, everything, shown, chained.chains, chained.linked, counts)


def _finished(
    table: Annotations, times: Floats, tracking: Tracking, looked: Ints
) -> tuple[Annotations, offline.Finished]:
    if tracking.offline:
        options = offline.OfflineOptions(smooth=tracking.smooth)
        return offline.finish(table, times, options, looked)
    ids = rows.ids(table)
    tracks = len(np.unique(ids[ids >= 0]))
    whole = offline.propagate(table, times, looked)
    return whole, offline.Finished(tracks=tracks, filled=len(whole) - len(table))


def _certain(table: Annotations, least: Floats, tracking: Tracking) -> tuple[Annotations, int]:
    """The rows that are written, and how many rows that are certain enough belong to no track.

    A tag is of the whole frame and needs no track.
    """
    alone = rows.ids(table) < 0
    certain = ~(table.scores < least[table.labels])
    blips = alone & certain & (table.kinds != Kind.TAG)
    kept = (~alone | certain) & ~(blips & tracking.drop_blips)
    return table[kept], int(blips.sum())
