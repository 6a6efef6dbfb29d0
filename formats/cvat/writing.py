"""Clips as CVAT's XML for video: one file per clip, to import into a task of that clip."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from formats import staging
from formats.annotations import Annotation, Annotations
from formats.carrying import SPLITS
from formats.columns import Flag
from formats.cvat import attributes, cutting, makers, meta, output, text
from formats.cvat.cutting import HOLDS, KINDS
from formats.cvat.elements import scored, shape
from formats.cvat.frames import Frames
from formats.cvat.layout import NAME
from formats.cvat.options import CvatVideoOptions
from formats.cvat.parts import Part, Reduction, parts
from formats.dataset import Dataset, Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.tracks import clip, filling, naming, sequence
from formats.tracks.clip import ClipTracks
from formats.tracks.dense import dense

__all__ = ["HOLDS", "KINDS", "write"]

RULE = "cvat"
NO_RATE = "CVAT's files tell no frame rate: -o framerate=NUMBER states it when they are read"
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'


def write(dataset: Dataset, path: Path, options: CvatVideoOptions) -> Losses:
    """Write an ``.xml`` file, a ``.zip`` with one, or a folder with one for each clip."""
    ending = path.suffix.lower()
    lone = ending in (".xml", ".zip")
    with staging.opened(dataset, path, options, lone=lone) as (place, losses):
        dataset = sequence.of_stills(dataset, losses)
        clips = clip.clips(dataset)
        if lone:
            body = _document(_only(clips, path), dataset, options, losses)
            _zip(place, body) if ending == ".zip" else output.put(place, body)
            return losses
        for one, name in zip(clips, naming.folders(clips), strict=True):
            output.put(place / name / NAME, _document(one, dataset, options, losses))
    return losses


def _only(clips: Sequence[ClipTracks], path: Path) -> ClipTracks:
    if len(clips) != 1:
        raise FormatError(f"{len(clips)} clips, one file takes one", where=path, hint="a folder")
    return clips[0]


def _zip(path: Path, lines: Iterator[str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        output.pack(archive, lines)


def _document(
    one: ClipTracks, dataset: Dataset, options: CvatVideoOptions, losses: Losses
) -> Iterator[str]:
    """The text of one file, element by element."""
    where = one.media.path
    held = frozenset({"scores"} if options.confidence else ())
    table = cutting.cut(one.table, dataset.labels, losses, where, held)
    specs = attributes.specs(dataset.labels, [table])
    attributes.count(table, specs, losses, where)
    makers.count(table, dataset.sources, losses, where)
    frames = Frames.of(one)
    _count_frames(one, frames, losses)
    _count_splits(one, losses)
    writer = _Writer(dataset, one, frames, specs, options, losses)
    shown = [writer.declared(k) for k in range(len(dataset.labels))]
    split = next((item.split for item in one.items.values()), "")
    yield HEAD + meta.of_clip(one.media, frames, dataset.labels, shown, split)
    told = (RULE, filling.rule_of(dataset), dataset.labels)
    reduction = Reduction(options.keyframes or None, options.smooth, *told)
    for part in parts(table, frames, reduction):
        yield writer.track(part)
    yield "</annotations>\n"


def _count_frames(one: ClipTracks, frames: Frames, losses: Losses) -> None:
    unseen = int((~np.isin(frames.all(), one.looked)).sum())
    losses.add("frame that nobody looked at", unseen, one.media.path)
    losses.add("name of a frame's picture", clip.named(one), one.media.path)
    if one.media.rate > 0:
        losses.note(NO_RATE)


def _count_splits(one: ClipTracks, losses: Losses) -> None:
    """Splits of frames that are not that of their clip, which is the first one's."""
    items = list(one.items.values())
    other = [item for item in items if item.split and item.split != items[0].split]
    losses.add(SPLITS["all"], len(other), f"{other[0].path}: {other[0].split}" if other else "")


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the tracks of one clip."""

    dataset: Dataset
    clip: ClipTracks
    frames: Frames
    specs: attributes.Specs
    options: CvatVideoOptions
    losses: Losses

    def declared(self, k: int) -> attributes.Own:
        """The attributes of a class, with the one for scores where they are written."""
        return attributes.with_confidence(self.specs[k], self.options.confidence)

    def track(self, part: Part) -> str:
        """One ``<track>``."""
        table = part.table
        label: Label = self.dataset.labels[int(table.labels[0])]
        told = {"id": str(part.track), "label": label.name}
        if by := self._source(table):
            told["source"] = by
        if table.groups is not None and table.groups[0] > 0:
            told["group_id"] = str(int(table.groups[0]))
        shapes = "".join(self._shapes(table, label))
        return f"  {text.tag('track', told)}\n{shapes}  </track>\n"

    def _source(self, table: Annotations) -> str:
        """CVAT's word for who made a track, "" where it is not known."""
        number = -1 if table.sources is None else int(table.sources[0])
        return makers.word(number, float(table.scores[0]), self.dataset.sources)

    def _shapes(self, table: Annotations, label: Label) -> Iterator[str]:
        between = self._between(table)
        for row in sorted((*table.rows(), *between), key=lambda row: row.image):
            told = scored(row) if self.options.confidence else row
            yield shape(told, label.keypoints, bool(row.flags & Flag.KEYFRAME))

    def _between(self, table: Annotations) -> Iterator[Annotation]:
        """What CVAT shows between the keyframes, on frames of the task."""
        if self.options.between:
            table = table.with_columns(tracks=np.zeros(len(table), np.int64))
            shown = dense(table, RULE, labels=self.dataset.labels)
            new = np.isin(shown.images, self.frames.all()) & ~np.isin(shown.images, table.images)
            yield from shown[new].rows()
