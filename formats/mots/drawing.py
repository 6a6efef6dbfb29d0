"""The masks of a clip, as lines of text and as pictures of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import numpy as np

from formats.annotations import Annotations
from formats.columns import Kind
from formats.errors import FormatError
from formats.label_maps import Canvas
from formats.losses import Losses
from formats.mots.numbering import Numbered
from formats.shaping.regions import mask_of
from formats.tracks.clip import ClipTracks
from geometry import masks
from geometry.masks import Mask

__all__ = ["Drawn", "drawn", "pictures", "text"]

Size = tuple[int, int]
EMPTY = "object without an area that can be drawn"
UNSIZED = "object of a frame whose size is not known"
OVERLAP = "object with pixels of another one, which TrackEval refuses"
COVERED = "object with pixels under another one, which are lost"
OTHER_SIZE = "mask of another size than its frame"
TOO_LARGE = "object whose number no pixel of 16 bits can hold"
LARGEST = (1 << 16) - 1


@dataclass(frozen=True, slots=True)
class Drawn:
    """The rows that have an area, and the mask of each."""

    table: Annotations
    masks: list[Mask]

    def frames(self) -> Iterator[tuple[int, range]]:
        """Each frame that has rows, and those rows."""
        found, starts = np.unique(self.table.images, return_index=True)
        bounds = [*starts.tolist(), len(self.table)]
        for frame, (start, stop) in zip(found.tolist(), pairwise(bounds), strict=True):
            yield frame, range(start, stop)


def drawn(table: Annotations, one: ClipTracks, losses: Losses) -> Drawn:
    """The masks of the rows; rows without an area are counted and left out.

    FormatError where no row has one, because the size of the frames is not known.
    """
    where, left, found = one.media.path, [], []
    for row in range(len(table)):
        size = _size(table, row, one)
        mask = mask_of(table, row, size) if all(size) else None
        if mask is None or not masks.area(mask):
            losses.add(EMPTY if all(size) else UNSIZED, example=where)
            continue
        found.append(mask)
        left.append(row)
    if len(table) and not left and UNSIZED in losses.by_kind:
        what = "the size of the frames is not known, which masks need"
        raise FormatError(what, where=where, hint="-o from.frame_size=WIDTHxHEIGHT")
    return Drawn(table[np.array(left, dtype=np.int64)], found)


def _size(table: Annotations, row: int, one: ClipTracks) -> Size:
    """The size of a row's frame, (0, 0) where it is not known."""
    mask = table.masks[row] if table.masks is not None else None
    if table.kinds[row] == Kind.MASK and mask is not None:
        size: Size = mask.size
        return size
    if all(one.media.size):
        return one.media.size
    item = one.items.get(int(table.images[row]))
    return item.size if item is not None and item.size is not None else (0, 0)


def text(found: Drawn, told: Numbered, one: ClipTracks, losses: Losses) -> bytes:
    """``frame id class height width run-lengths``, frames from 1."""
    lines = []
    ids, categories = told.ids.tolist(), told.categories.tolist()
    for frame, rows in found.frames():
        for i in rows:
            width, height = found.masks[i].size
            counts = masks.to_coco_string(found.masks[i])
            head = f"{frame + 1} {ids[i]} {categories[i]} {height} {width}"
            if ids[i] >= 0:
                lines.append(f"{head} {counts}\n")
        losses.warn(OVERLAP, _overlapping([found.masks[i] for i in rows]), one.media.path)
    return "".join(lines).encode()


def _overlapping(parts: list[Mask]) -> int:
    """How many masks of a frame share a pixel with an earlier one."""
    if len({part.size for part in parts}) != 1:
        return 0
    first, second, _ = masks.overlap_pairs(parts, parts)
    return len(np.unique(second[first < second]))


def pictures(
    found: Drawn, told: Numbered, one: ClipTracks, folder: str, losses: Losses
) -> dict[str, bytes]:
    """A PNG of 16 bits for each frame that was looked at: the number of each pixel's object."""
    rows = dict(found.frames())
    size = one.media.size if all(one.media.size) else _common(found)
    made = {}
    for frame in sorted({*one.looked.tolist(), *rows}):
        own = rows.get(frame, range(0))
        canvas = _painted([i for i in own if told.ids[i] >= 0], found, told, size, losses)
        made[f"{folder}{frame:06d}.png"] = _png(canvas)
    return made


def _common(found: Drawn) -> Size:
    return found.masks[0].size if found.masks else (1, 1)


def _painted(rows: list[int], found: Drawn, told: Numbered, size: Size, losses: Losses) -> Canvas:
    """The numbers of a frame; later objects lie over earlier ones."""
    canvas = Canvas(size)
    wanted: dict[int, int] = {}
    for i in rows:
        number, mask = int(told.ids[i]), found.masks[i]
        if number > LARGEST or mask.size != size:
            losses.add(TOO_LARGE if number > LARGEST else OTHER_SIZE)
            continue
        canvas.paint(mask, number)
        wanted[number] = wanted.get(number, 0) + masks.area(mask)
    left = canvas.counts()
    hidden = sum(left.get(number, 0) < pixels for number, pixels in wanted.items())
    losses.add(COVERED, hidden)
    return canvas


def _png(canvas: Canvas) -> bytes:
    from PIL import Image

    stream = BytesIO()
    pixels = np.ascontiguousarray(canvas.numbers()).astype(np.uint16)
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()
