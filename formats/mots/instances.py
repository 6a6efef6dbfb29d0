"""Rows of MOTS: ``frame id class height width run-lengths``, or numbers of pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from formats import label_maps
from formats.errors import FormatError
from formats.losses import Losses
from formats.mots.classes import MOST
from formats.mots.layout import Sequence
from formats.tracks.clip import MOST_FRAMES
from geometry import masks
from geometry.errors import GeometryError
from geometry.masks import Mask

__all__ = ["Instance", "instances"]

BAD = "line that cannot be read"
WIDTH = 6


MOST_ID = 1 << 53


@dataclass(frozen=True, slots=True)
class Instance:
    """One object in one frame, by the numbers of the file."""

    frame: int
    id: int
    category: int
    mask: Mask


def instances(sequence: Sequence, losses: Losses) -> Iterator[Instance]:
    """The rows of a sequence; what cannot be read is counted with its place."""
    return _painted(sequence, losses) if sequence.pictures else _written(sequence, losses)


def _written(sequence: Sequence, losses: Losses) -> Iterator[Instance]:
    text = sequence.text(sequence.file)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield _parsed(line)
        except (ValueError, GeometryError) as error:
            losses.add(BAD, example=f"{sequence.where}:{number}: {str(error)[:80]}")


def _parsed(line: str) -> Instance:
    """The row of a line; ValueError or GeometryError say what is wrong with it."""
    cells = line.split()
    if len(cells) != WIDTH:
        raise ValueError(f"{len(cells)} values, expected {WIDTH}")
    frame, own, category, height, width = (int(cell) for cell in cells[:5])
    if not (0 <= frame <= MOST_FRAMES and 0 <= own < MOST_ID and 0 < category < MOST_ID):
        raise ValueError(f"frame {frame}, id {own}, class {category}")
    if min(width, height) < 1 or width * height > label_maps.LARGEST:
        raise ValueError(f"a picture of {width} x {height}")
    return Instance(frame, own, category, masks.from_coco_string(cells[5], (width, height)))


def _painted(sequence: Sequence, losses: Losses) -> Iterator[Instance]:
    """The objects of pictures, whose pixels are class * 1000 + n, and 0 where nothing is."""
    for frame, name in zip(sequence.frames(), sequence.pictures, strict=True):
        try:
            found = label_maps.decoded(sequence.tree.data(name), sequence.tree.where(name))
        except FormatError as error:
            losses.add("picture of a frame that cannot be read", example=error)
            continue
        for number, mask in label_maps.segments(found.numbers).items():
            if number >= MOST:
                yield Instance(frame, number, number // MOST, mask)
            elif number:
                place = f"{sequence.tree.where(name)}: {number}"
                losses.add("number below 1000, which has no class", example=place)
