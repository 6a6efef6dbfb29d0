"""MOTS files as a data set: one clip per sequence, one row per object and frame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated

import msgspec
import numpy as np

from formats import pictures, tables
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Media
from formats.errors import FormatError
from formats.losses import Losses
from formats.mot import seqinfo
from formats.mot.layout import SEQINFO
from formats.mot.seqinfo import SeqInfo
from formats.mots import classes, layout
from formats.mots.instances import Instance, instances
from formats.mots.layout import Sequence
from formats.mots.options import MotsOptions
from formats.tracks import clip
from formats.tracks import options as clip_options
from formats.tracks.clip import ClipTracks
from geometry import masks

__all__ = ["read"]

Number = Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)]
"""A track, -1 for none."""
BEYOND = "row in a frame behind the end of its sequence"


def read(path: Path, options: MotsOptions) -> Dataset:
    """The data set of a sequence, of a folder or ``.zip`` of some, or of a lone text file."""
    losses = Losses()
    sequences = layout.found(path)
    rows = [list(instances(sequence, losses)) for sequence in sequences]
    if losses and not any(rows):
        raise FormatError(f"nothing of MOTS, {next(iter(losses))}", where=path)
    lists = [sequence.labels() for sequence in sequences]
    labels, ranks = classes.gathered(lists, [{one.category for one in found} for found in rows])
    clips = [
        _clip(k, sequence, found, told, options, losses)
        for k, (sequence, found, told) in enumerate(zip(sequences, rows, ranks, strict=True))
    ]
    root = str(path if path.is_dir() else sequences[0].tree.root)
    return clip.dataset(clips, Dataset.of(labels, [], root=root, losses=losses))


def _clip(
    index: int,
    sequence: Sequence,
    found: list[Instance],
    ranks: Mapping[int, int],
    options: MotsOptions,
    losses: Losses,
) -> ClipTracks:
    info = seqinfo.parse(sequence.seqinfo(), f"{sequence.folder}{SEQINFO}", losses)
    first = _first(sequence, found, options)
    table = clip.by_frame(_table(found, sequence, first, ranks))
    frames = [number - first for number in sequence.frames()]
    last = max([*frames, *table.images.tolist()], default=-1) + 1
    beyond = int((table.images >= info.frames).sum()) if info.frames else 0
    losses.warn(BEYOND, beyond, sequence.where)
    size = info.size if all(info.size) else next((one.mask.size for one in found), (0, 0))
    named = info.name or sequence.name or sequence.tree.root.resolve().stem
    media = Media(named, size, max(info.frames, last), info.rate, first_number=first)
    media = clip_options.named(media, options)
    # A picture stands for each frame that was looked at; text tells only what was found.
    looked = np.array(frames if frames else range(media.frames), dtype=np.int64)
    items = _items(media, index, looked.tolist(), sequence, info)
    return ClipTracks(media, index, table, np.sort(looked), items)


def _first(sequence: Sequence, found: list[Instance], options: MotsOptions) -> int:
    """The number of the first frame."""
    if options.first != "auto":
        return int(options.first)
    numbers = [one.frame for one in found] + sequence.frames()
    if sequence.pictures:
        return 0 if sequence.seqinfo() or min(numbers) != 1 else 1
    return 0 if sequence.from_zero or 0 in numbers else 1


def _table(
    found: list[Instance], sequence: Sequence, first: int, ranks: Mapping[int, int]
) -> Annotations:
    """The rows of a clip; frames before the first one are counted to it."""
    tracks = _tracks(sequence)
    ignores = classes.ignores(len(sequence.labels()))
    rows = []
    for one in found:
        ignored = ignores and one.category == classes.IGNORED
        row = {
            "images": max(one.frame - first, 0),
            "kinds": Kind.MASK,
            "labels": ranks[one.category],
            "masks": one.mask,
            "boxes": masks.bounds(one.mask),
            "tracks": -1 if ignored else tracks.get(str(one.id), one.id),
        }
        rows.append(row | ({"flags": int(Flag.CROWD)} if ignored else {}))
    return tables.table(rows)


def _tracks(sequence: Sequence) -> dict[str, int]:
    """The number of the track behind an id, where that is another one."""
    name = f"{sequence.beside}{layout.NUMBERS}"
    text = sequence.text(name)
    if not text:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, Number])
    except msgspec.DecodeError as error:
        where = sequence.tree.where(name)
        raise FormatError(f"no numbers of tracks: {error}", where=where) from error


def _items(
    media: Media, index: int, looked: list[int], sequence: Sequence, info: SeqInfo
) -> dict[int, Item]:
    """Frames that are picture files, or in a split."""
    names = _pictures(sequence, info, looked)
    if not names and not sequence.split:
        return {}
    found = {}
    for frame in looked:
        bare = clip.frame_item(media, index, frame)
        path = names.get(frame, bare.path)
        size = bare.size
        found[frame] = Item(
            path, size, media=index, frame=frame, time=bare.time, split=sequence.split
        )
    return found


def _pictures(sequence: Sequence, info: SeqInfo, looked: list[int]) -> dict[int, str]:
    """The picture of each frame: as ``seqinfo.ini`` says, or below ``images`` by its name."""
    if info.folder and info.ending:
        place = f"{sequence.folder}{info.folder}"
        return {k: f"{place}/{k + 1:06d}{info.ending}" for k in looked}
    place = f"{sequence.folder}images/"
    below = [sequence.tree.match(f"{place}{deep}*") for deep in ("", "*/")]
    there = {PurePosixPath(n).with_suffix("").as_posix(): n for names in below for n in names}
    found = {}
    for frame, name in zip(looked, sequence.pictures, strict=False):
        own = f"{place}{name.removeprefix(sequence.beside).rpartition('.')[0]}"
        if own in there and pictures.is_picture(there[own]):
            found[frame] = there[own]
    return found
