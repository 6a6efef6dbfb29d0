"""The rows of a task of CVAT, gathered track by track, as one clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formats import tables
from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag
from formats.cvat import tracks
from formats.cvat.task import Task
from formats.dataset import Media
from formats.losses import Losses
from formats.tracks import clip
from formats.tracks.clip import ClipTracks

__all__ = ["Rows"]

TWICE = "track id that an earlier track has, a new one is given"
ADDED = Flag.INTERPOLATED
"""Of a row that makes explicit that a track runs on."""


class Rows:
    """The rows of one task, element by element: those of each track, and of no track."""

    def __init__(self, task: Task, media: Media, size: tuple[int, int], losses: Losses) -> None:
        self.task, self.media, self.losses = task, media, losses
        self.size = size
        self.tracks: dict[int, list[tracks.Row]] = {}
        self.lone: list[tracks.Row] = []
        self.nameless: list[list[tracks.Row]] = []

    @property
    def sized(self) -> Task:
        """The task with the frame size that is known."""
        return replace(self.task, size=self.size)

    def add(self, number: int | None, rows: list[tracks.Row], where: str) -> None:
        """Add one element; elements of one id are one track unless they share a frame."""
        if number is None:
            self.nameless.append(rows)
        elif number < 0:
            self.lone += [row for row in rows if not row["flags"] & (Flag.OUTSIDE | ADDED)]
        elif number in self.tracks and _there(rows) & _there(self.tracks[number]):
            self.losses.warn(TWICE, example=where)
            self.nameless.append(rows)
        else:
            self.tracks.setdefault(number, []).extend(rows)

    def table(self) -> Annotations:
        """All rows, by frame and track."""
        tracks_ = dict(sorted(self.tracks.items()))
        free = max(tracks_, default=-1) + 1
        tracks_ |= {free + k: rows for k, rows in enumerate(self.nameless)}
        rows = [
            {**row, "tracks": number}
            for number, found in tracks_.items()
            for row in tracks.closed(found, self.task.step)
        ]
        mask = ~int(Flag.KEYFRAME)
        rows += [{**row, "flags": row["flags"] & mask} for row in self.lone]
        rows.sort(key=lambda row: row["images"])
        return _without_blanks(tables.table(rows))

    def clip(self, index: int) -> ClipTracks:
        """The clip with its frames: those of the task."""
        table = self.table()
        last = int(table.images.max()) if len(table) else -1
        frames = self.task.frames(max(last, self.media.frames - 1))
        beyond = ~np.isin(table.images, frames)
        self.losses.warn("shape in a frame that is not of the task", int(beyond.sum()))
        count = max(int(frames[-1]) + 1 if len(frames) else 0, last + 1, self.media.frames)
        media = Media(self.media.path, self.size, count, self.media.rate)
        looked = np.union1d(frames, table.images) if beyond.any() else frames
        split = self.task.split
        named = looked.tolist() if split else []
        items = {k: replace(clip.frame_item(media, index, k), split=split) for k in named}
        return ClipTracks(media, index, table, looked, items)


def _there(rows: list[tracks.Row]) -> set[int]:
    """The frames in which rows have their object."""
    return {row["images"] for row in rows if not row["flags"] & Flag.OUTSIDE}


def _without_blanks(table: Annotations) -> Annotations:
    """The table without columns in which no row says anything."""
    blank = {
        name: None
        for name in ("groups", "flags", "sources", "tracks")
        if (value := getattr(table, name)) is not None and (value == COLUMNS[name].fill).all()
    }
    return table.with_columns(**blank) if blank else table
