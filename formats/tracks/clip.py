"""A data set of video as one table per clip, and back.

In a clip table the `images` column holds the source frame: the 0-based position in the clip's
order of presentation. Its rows are sorted by frame.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import CHUNK_ITEMS, Chunk, Dataset, Item, Media
from formats.errors import FormatError

__all__ = [
    "MOST_FRAMES",
    "ClipTracks",
    "by_frame",
    "clips",
    "dataset",
    "frame_item",
    "named",
    "time_of",
]

MOST_FRAMES = 2_000_000
"""Frames of a clip that files are read with: eighteen hours of 30 frames a second."""
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ClipTracks:
    """One clip as one annotator saw it: `media` number `index` of the data set."""

    media: Media
    index: int
    table: Annotations
    """Rows of all frames; `images` is the source frame, rows are sorted by it."""
    looked: Ints
    """(F,) frames that were looked at, ascending."""
    items: Mapping[int, Item] = field(default_factory=dict)
    """Items by frame, without their tables, where they carry more than a frame: paths of pictures,
    ids, splits."""
    annotator: str = ""


class _Key(NamedTuple):
    """Several items of one frame belong to several annotators, or follow one another."""

    media: int
    annotator: str
    turn: int


class _Parts:
    """What was gathered of one clip."""

    def __init__(self) -> None:
        self.tables: list[Annotations] = []
        self.looked: list[int] = []
        self.items: dict[int, Item] = {}


def clips(dataset: Dataset) -> list[ClipTracks]:
    """Every clip of a data set, once per annotator; items that are no frame of a clip are left out.

    A clip without items is there with an empty table. FormatError for an item of a clip that the
    data set does not have.
    """
    found: dict[_Key, _Parts] = {}
    turns: Counter[tuple[int, str, int]] = Counter()
    for chunk in dataset.chunks():
        _gather(chunk, found, turns, len(dataset.media))
    seen = {key.media for key in found}
    found |= {_Key(k, "", 0): _Parts() for k in range(len(dataset.media)) if k not in seen}
    return [_clip(dataset.media[key.media], key, found[key]) for key in sorted(found)]


def _gather(
    chunk: Chunk, found: dict[_Key, _Parts], turns: Counter[tuple[int, str, int]], media: int
) -> None:
    """Add the frames of a chunk to the parts of their clips."""
    members: dict[_Key, list[int]] = {}
    for i, item in enumerate(chunk.items):
        if item.media is None or item.frame is None:
            continue
        if not 0 <= item.media < media:
            wanted = f"a frame of clip {item.media}, there are {media}"
            raise FormatError(wanted, where=item.path)
        place = (item.media, item.annotator, item.frame)
        key = _Key(item.media, item.annotator, turns[place])
        turns[place] += 1
        members.setdefault(key, []).append(i)
        found.setdefault(key, _Parts()).items[item.frame] = item
    for key, places in members.items():
        _add(found[key], chunk, places)


def _add(parts: _Parts, chunk: Chunk, places: list[int]) -> None:
    frames = np.full(len(chunk.items), -1, dtype=np.int32)
    frames[places] = [chunk.items[i].frame or 0 for i in places]
    parts.looked += [int(frames[i]) for i in places if chunk.looked[i]]
    images = frames[chunk.annotations.images]
    rows = images >= 0
    if rows.any():
        parts.tables.append(chunk.annotations[rows].with_columns(images=images[rows]))


def _clip(media: Media, key: _Key, parts: _Parts) -> ClipTracks:
    table = by_frame(Annotations.concat(parts.tables))
    looked = np.array(sorted(parts.looked), dtype=np.int64)
    items = dict(sorted(parts.items.items()))
    return ClipTracks(media, key.media, table, looked, items, key.annotator)


def by_frame(table: Annotations) -> Annotations:
    """The rows sorted by frame; rows of one frame stay in their order."""
    if (np.diff(table.images) >= 0).all():
        return table
    return table[np.argsort(table.images, kind="stable")]


def dataset(clips: Iterable[ClipTracks], like: Dataset) -> Dataset:
    """The data set of some clips: one item per frame that was looked at or has a row.

    Labels, sources and whatever else belongs to the whole are those of `like`; so are its items
    that are no frame of a clip, which come first. A clip beyond the end of `like.media` is new.
    """
    clips = list(clips)
    media = dict(enumerate(like.media)) | {clip.index: clip.media for clip in clips}
    if sorted(media) != list(range(len(media))):
        raise FormatError(f"clips {sorted(media)}, expected numbers without gaps")
    ordered = tuple(media[k] for k in sorted(media))

    def chunks() -> Iterator[Chunk]:
        yield from _stills(like)
        for clip in clips:
            yield from _chunks(clip)

    return replace(like, chunks=chunks, media=ordered)


def _stills(like: Dataset) -> Iterator[Chunk]:
    """The items that are no frame of a clip."""
    for chunk in like.chunks():
        still = [item.media is None or item.frame is None for item in chunk.items]
        if all(still):
            yield chunk
        elif any(still):
            kept = [item for item, is_in in zip(chunk.walk(), still, strict=True) if is_in]
            yield Chunk.of(kept)


def _chunks(clip: ClipTracks) -> Iterator[Chunk]:
    """The frames of a clip in chunks; a chunk has a slice of the clip's table."""
    table = by_frame(clip.table)
    with_rows = np.unique(table.images).astype(np.int64)
    frames = sorted({*clip.items, *clip.looked.tolist(), *with_rows.tolist()})
    looked = np.isin(frames, clip.looked) | np.isin(frames, with_rows)
    known = sorted(clip.items)
    for start in range(0, len(frames), CHUNK_ITEMS):
        part = frames[start : start + CHUNK_ITEMS]
        first, last = np.searchsorted(table.images, [part[0], part[-1] + 1]).tolist()
        rows = table[first:last]
        images = np.searchsorted(part, rows.images).astype(np.int32)
        items = [_item(clip, frame, known) for frame in part]
        yield Chunk(items, rows.with_columns(images=images), looked[start : start + CHUNK_ITEMS])


def _item(clip: ClipTracks, frame: int, known: Sequence[int]) -> Item:
    """The item of a frame; one that has none is in the split of the item before it, else behind.

    `known`: the frames that have items, ascending.
    """
    if frame in clip.items:
        return replace(clip.items[frame], annotations=None, media=clip.index, frame=frame)
    nearest = known[max(bisect(known, frame) - 1, 0)] if known else -1
    split = clip.items[nearest].split if known else ""
    bare = frame_item(clip.media, clip.index, frame)
    return replace(bare, annotator=clip.annotator, split=split)


def frame_item(media: Media, index: int, frame: int) -> Item:
    """The bare item of a frame: ``<path of the clip>#<frame>``, its time and the frame size."""
    path, size = f"{media.path}#{frame}", media.size if all(media.size) else None
    return Item(path, size, media=index, frame=frame, time=time_of(media, frame))


def named(clip: ClipTracks) -> int:
    """How many frames have a name of their own: those that are picture files."""
    bare = (frame_item(clip.media, clip.index, frame).path for frame in clip.items)
    return sum(item.path != path for item, path in zip(clip.items.values(), bare, strict=True))


def time_of(media: Media, frame: int) -> float | None:
    """The time of a frame in seconds from the first one; None where the clip does not tell."""
    if 0 <= frame < len(media.times):
        return media.times[frame]
    return frame / media.rate if media.rate > 0 else None
