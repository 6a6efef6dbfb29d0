"""CVAT's XML for video as a data set of clips with tracks of keyframes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from formats import sizes, tables
from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag
from formats.cvat import layout, markup, task, tracks
from formats.cvat.layout import Source
from formats.cvat.markup import Node
from formats.cvat.options import CvatVideoOptions
from formats.cvat.task import Head, Task
from formats.dataset import Dataset, Item, Label, Media
from formats.dataset import Source as By
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import clip, filling
from formats.tracks import options as clip_options
from formats.tracks.clip import ClipTracks

__all__ = ["RULE", "read"]

RULE = "cvat"
KINDS = {"auto": "model", "semi-auto": "model", "consensus": "consensus"}
ODD = {"tag": "tag of a frame", "cuboid": "cuboid"}
TWICE = "track id that an earlier track has, a new one is given"


def read(path: Path, options: CvatVideoOptions) -> Dataset:
    """The data set of an XML file, of a ``.zip``, or of a folder of them: one clip per task."""
    losses = Losses()
    gathered = _Gathered(losses, options)
    for source in layout.found(path):
        gathered.add(source)
    clips = [part.clip(k, options) for k, part in enumerate(gathered.parts)]
    extra = {filling.KEY: RULE}
    bare = Dataset.of(
        gathered.labels, [], sources=tuple(gathered.sources), extra=extra, losses=losses
    )
    return clip.dataset(clips, bare)


@dataclass
class _Gathered:
    """The classes, sources and clips of all files, as they are read."""

    losses: Losses
    options: CvatVideoOptions
    labels: list[Label] = field(default_factory=list)
    sources: list[By] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)

    def add(self, source: Source) -> None:
        """Read one file."""
        known: Head | None = None
        first = len(self.parts)
        with source.open() as stream:
            for node in markup.elements(stream, source.name):
                if node.tag == "meta" and known is None:
                    known = task.head(node)
                    self._start(known, source)
                elif node.tag == "track":
                    known = known or self._headless(source)
                    self._track(node, known, first, source)
                elif node.tag == "image":
                    what = "a file of CVAT for images, expected one for video (with tracks)"
                    raise FormatError(what, where=f"{source.name}:{node.line}")
        if known is None:
            self._headless(source)

    def _headless(self, source: Source) -> Head:
        known = Head((Task(),), ())
        self._start(known, source)
        return known

    def _start(self, known: Head, source: Source) -> None:
        """A clip for every task; classes that are new join those that are known, by name."""
        for label in known.labels:
            self._label(label)
        given = sizes.load(self.options.sizes)
        for one in known.tasks or (Task(),):
            path = one.source or one.name or source.path.stem
            stated = clip_options.named(Media(path, one.size, 0, 0.0), self.options)
            size = stated.size if all(stated.size) else given.get(path) or (0, 0)
            self.parts.append(_Part(one, stated, size, self.losses))

    def _label(self, label: Label) -> int:
        names = [known.name for known in self.labels]
        if label.name not in names:
            self.labels.append(label)
            return len(names)
        return names.index(label.name)

    def _track(self, node: Node, known: Head, first: int, source: Source) -> None:
        where = f"{source.name}:{node.line}"
        name = node.attributes.get("label")
        if name is None:
            self.losses.add("track without a class", example=where)
            return
        number = task.task_of(known.tasks, node.attributes.get("task_id", ""))
        part = self.parts[first + number]
        label = self._label(Label(name))
        found = tracks.rows(node, self.labels[label], part.sized, self.losses, source.name)
        if not found:
            self.losses.add("track without a shape", example=where)
            return
        told: dict[str, Any] = {"labels": label, "groups": _int(node, "group_id", 0) or -1}
        if "source" in node.attributes:
            told["sources"] = self._source(node.attributes["source"])
        part.add(_int(node, "id", None), [{**row, **told} for row in found], where)

    def _source(self, name: str) -> int:
        kind: Any = KINDS.get(name, "person")
        by = By(kind, name)
        if by not in self.sources:
            self.sources.append(by)
        return self.sources.index(by)


def _int(node: Node, name: str, otherwise: Any) -> Any:
    """A whole number of an attribute, also a negative one; `otherwise` where it is none."""
    try:
        return int(node.attributes[name])
    except (KeyError, ValueError):
        return otherwise


class _Part:
    """The clip of one task: the rows of each track, and of no track under the key None."""

    def __init__(self, task: Task, media: Media, size: tuple[int, int], losses: Losses) -> None:
        self.task, self.media, self.losses = task, media, losses
        self.size = size
        self.tracks: dict[int, list[tracks.Row]] = {}
        self.lone: list[tracks.Row] = []
        self.nameless: list[list[tracks.Row]] = []

    @property
    def sized(self) -> Task:
        """The task with the frame size that is known."""
        one = self.task
        return Task(one.id, one.name, one.source, self.size, one.start, one.stop, one.step)

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

    def clip(self, index: int, options: CvatVideoOptions) -> ClipTracks:
        """The clip with its frames: those of the task."""
        table = self.table()
        last = int(table.images.max()) if len(table) else -1
        frames = self.task.frames(max(last, options.frames - 1))
        beyond = ~np.isin(table.images, frames)
        self.losses.warn("shape in a frame that is not of the task", int(beyond.sum()))
        count = max(int(frames[-1]) + 1 if len(frames) else 0, last + 1, self.media.frames)
        named = self.media
        media = Media(named.path, self.size, count, named.rate)
        looked = np.union1d(frames, table.images)
        items = {frame: self._item(media, index, frame) for frame in looked.tolist()}
        return ClipTracks(media, index, table, looked, items)

    def _item(self, media: Media, index: int, frame: int) -> Item:
        bare = clip.frame_item(media, index, frame)
        return Item(**{**_fields(bare), "split": self.task.split})


ADDED = Flag.INTERPOLATED
"""Of a row that makes explicit that a track runs on."""


def _fields(item: Item) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("path", "size", "media", "frame", "time")}


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
