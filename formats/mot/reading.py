"""MOTChallenge's files as a data set: one clip per sequence, one row per line."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import NOTHING, Flag
from formats.dataset import Dataset, Item, Media
from formats.losses import Losses
from formats.mot import layout, lines, seqinfo
from formats.mot.classes import Classes
from formats.mot.layout import Sequence
from formats.mot.options import MotOptions
from formats.mot.seqinfo import SeqInfo
from formats.tracks import clip
from formats.tracks import options as clip_options
from formats.tracks.clip import ClipTracks
from geometry import boxes

__all__ = ["VISIBILITY", "WORLD", "read"]

VISIBILITY, WORLD = "visibility", "world"
"""Keys of `extra`: a visibility between 0 and 1, and world coordinates x y z."""
BEYOND = "row in a frame behind the end of its sequence"
Floats = NDArray[np.float64]


def read(path: Path, options: MotOptions) -> Dataset:
    """The data set of a sequence, of a folder or ``.zip`` of some, or of a lone text file."""
    losses = Losses()
    classes = Classes(options.label)
    sequences = layout.found(path, options.rows)
    _tell_detected(layout.detected(sequences, options.rows), losses)
    clips = [_clip(k, sequence, classes, options, losses) for k, sequence in enumerate(sequences)]
    root = str(path if path.is_dir() else sequences[0].tree.root)
    bare = Dataset.of(classes.labels, [], root=root, losses=losses)
    return clip.dataset(clips, bare)


def _tell_detected(names: list[str], losses: Losses) -> None:
    if names:
        what = f"sequences with detections alone are not read ({len(names)}, such as {names[0]})"
        losses.note(f"{what}: -o rows=det reads the detections of all")


def _clip(
    index: int, sequence: Sequence, classes: Classes, options: MotOptions, losses: Losses
) -> ClipTracks:
    info = seqinfo.parse(sequence.seqinfo(), f"{sequence.folder}{layout.SEQINFO}", losses)
    rows, world = lines.numbers(sequence.text(), sequence.where, losses)
    flat = (rows[:, 4:6] < 0).any(axis=1)
    losses.warn("box of a negative width or height", int(flat.sum()), sequence.where)
    rows[:, 1] -= (rows[:, 1] > 0) & info.raised
    table = _table(rows, world, _is_truth(rows, sequence, options))
    table = table.with_columns(labels=classes.add(rows[:, 7], sequence.labels()))
    last = int(rows[:, 0].max()) if len(rows) else 0
    losses.warn(BEYOND, int((rows[:, 0] > info.frames).sum()) if info.frames else 0, sequence.where)
    media = Media(_name(sequence, info), info.size, max(info.frames, last), info.rate)
    media = clip_options.named(media, options)
    looked = np.arange(media.frames, dtype=np.int64)
    own = looked.tolist() if sequence.split or (info.folder and info.ending) else []
    items = {frame: _item(media, index, frame, sequence, info) for frame in own}
    return ClipTracks(media, index, clip.by_frame(table), looked, items)


def _is_truth(rows: Floats, sequence: Sequence, options: MotOptions) -> bool:
    """Whether the seventh column is a flag."""
    kind = sequence.kind if options.rows == "auto" else options.rows
    if kind:
        return kind == "gt"
    told = rows[~np.isnan(rows[:, 6]), 6]
    return bool(np.isin(told, [0, 1]).all())


def _table(rows: Floats, world: Floats, truth: bool) -> Annotations:
    confidence, visibility = rows[:, 6], rows[:, 8]
    scored = ~np.isnan(confidence) & (confidence != -1) & (not truth)
    ignored = (confidence == 0) & truth
    hidden = visibility == 0
    flags = np.where(ignored, Flag.CROWD, 0) | np.where(hidden, Flag.OCCLUDED, 0)
    tracks = rows[:, 1].astype(np.int64)
    columns: dict[str, Any] = {
        "images": (rows[:, 0] - 1).astype(np.int32),
        "boxes": np.round(boxes.from_xywh(rows[:, 2:6]), 9),
        "scores": np.where(scored, confidence, np.nan),
        "tracks": np.maximum(tracks, -1) if (tracks >= 0).any() else None,
        "flags": flags.astype(np.uint16) if flags.any() else None,
        "extra": _extra(visibility, world),
    }
    return Annotations.of(len(rows), **columns)


def _extra(visibility: Floats, world: Floats) -> list[Any] | None:
    part = (visibility > 0) & (visibility < 1)
    placed = ~np.isnan(world).any(axis=1) & (world != -1).any(axis=1)
    if not part.any() and not placed.any():
        return None
    found: list[Any] = [NOTHING] * len(visibility)
    for i in np.flatnonzero(part | placed).tolist():
        found[i] = {VISIBILITY: float(visibility[i])} if part[i] else {}
        if placed[i]:
            found[i][WORLD] = world[i].tolist()
    return found


def _name(sequence: Sequence, info: SeqInfo) -> str:
    """The name of a sequence: as it states, else of its folder, else of the file."""
    folder = PurePosixPath(sequence.folder).name
    lone = "" if sequence.kind else PurePosixPath(sequence.file).stem
    return info.name or folder or lone or sequence.tree.root.resolve().stem


def _item(media: Media, index: int, frame: int, sequence: Sequence, info: SeqInfo) -> Item:
    """A frame: a picture file where the sequence has some."""
    bare = clip.frame_item(media, index, frame)
    path = bare.path
    if info.folder and info.ending:
        path = f"{sequence.folder}{info.folder}/{frame + 1:06d}{info.ending}"
    split = sequence.split
    return Item(path, bare.size, media=index, frame=frame, time=bare.time, split=split)
