"""From the journal to tracks, and from tracks to the formats that were asked for.

Tracks are made clip by clip and written as a native dataset; other formats are written from that,
so no more than one clip is in memory. Formats that a person corrects, those with keyframes, get
what `Followed` says is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import formats
from formats.columns import Flag
from formats.dataset import Chunk, Dataset, Item, Label
from formats.tracks import clip as clip_tables
from formats.tracks import rows
from prelabel import export
from prelabel.video.clip import Clip
from prelabel.video.following import Followed, follow
from prelabel.video.journaled import Journaled
from prelabel.video.plan import Plan
from prelabel.video.report import VideoReport
from prelabel.video.rounds import known
from prelabel.video.tracks import RULES

__all__ = ["TRACKS", "Follower", "write"]

TRACKS = "native"
"""The folder of the tracks, as a native dataset; it is always written."""


class Follower:
    """The tracks of clips, from the journal; those of the last clip are kept, for the next walk."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._last: tuple[Journaled, Followed] | None = None

    def followed(self, store: Journaled) -> Followed:
        """The tracks of a clip."""
        if self._last is None or self._last[0] is not store:
            self._last = None
            self._last = store, self._follow(store)
        return self._last[1]

    def _follow(self, store: Journaled) -> Followed:
        seen, times = known(store.frames, store), store.clip.video.times
        return follow(seen, times, self._plan.job.options.tracking, self._plan.least())


def write(plan: Plan, stores: Sequence[Journaled], report: VideoReport) -> None:
    """Write the tracks, the outputs and the preview, and count what is in them."""
    follower = Follower(plan)
    made = _tracks(plan, stores, follower, report)
    export.write(made, export.Target(TRACKS, "", {"overwrite": True}), plan.out)
    found = formats.read(plan.out / TRACKS, "native", {"images": made.root})
    for target in plan.targets:
        if target.name != TRACKS:
            keyed = target.format.name in RULES
            losses = export.write(
                _tracks(plan, stores, follower) if keyed else found, target, plan.out
            )
            report.losses[target.name] = losses
            if count := _keyframes(plan.out / target.name, target.format.name):
                report.keyframes[target.name] = count
    if plan.job.preview:
        from prelabel.video.previewing import preview  # loads the drawing

        report.pages = (preview(plan, stores, follower),)


def _tracks(
    plan: Plan,
    stores: Sequence[Journaled],
    follower: Follower,
    report: VideoReport | None = None,
) -> Dataset:
    """The tracks of all clips, made one clip after the other while they are walked.

    With a `report` they are counted; without one, they are what a person is shown.
    """
    media = tuple(store.clip.media() for store in stores)
    labels = plan.vocabulary.labels
    bare = Dataset.of(labels, (), sources=(plan.source,), media=media, root=plan.root)

    def chunks() -> Iterator[Chunk]:
        for index, store in enumerate(stores):
            found = follower.followed(store)
            if report is not None:
                report.count(found, _counted(found, labels))
            table = found.shown if report is None else found.table
            items = {int(i): _item(store.clip, index, int(i)) for i in found.looked}
            clip = clip_tables.ClipTracks(media[index], index, table, found.looked, items)
            yield from clip_tables.dataset([clip], bare).chunks()

    return replace(bare, chunks=chunks)


def _item(clip: Clip, index: int, frame: int) -> Item:
    time = float(clip.video.times[frame])
    return Item(clip.name(frame), clip.video.size, media=index, frame=frame, time=time)


def _counted(followed: Followed, labels: Sequence[Label]) -> Counter[str]:
    """Rows of tracks by class, classes without any left out."""
    of = followed.table.labels[rows.ids(followed.table) >= 0]
    totals = np.bincount(of, minlength=len(labels)).tolist()
    return Counter({label.name: n for label, n in zip(labels, totals, strict=True) if n})


def _keyframes(path: Path, name: str) -> int:
    """Keyframes in an output, as its format reads them back; those that end a span left out."""
    found = 0
    for chunk in formats.read(path, name).chunks():
        table = chunk.annotations
        found += int((table.flagged(Flag.KEYFRAME) & ~table.flagged(Flag.OUTSIDE)).sum())
    return found
