"""Label maps: PNG pictures whose pixels say which object or class they belong to.

Indexed and grey pictures hold numbers from 0 to 255 (or 65,535), coloured ones R + 256 G + 65536 B,
as COCO's panoptic format counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats import files, headers, png
from formats.errors import FormatError
from geometry.masks import Mask
from geometry.overlaps import expand
from geometry.runs import runs_of_spans, spans_of_runs

__all__ = [
    "LARGEST",
    "MOST",
    "Canvas",
    "LabelMap",
    "colours",
    "decoded",
    "numbers",
    "palette",
    "read",
    "segments",
]

LARGEST = 1 << 27
"""Pixels up to which a label map is decoded."""
DENSEST = 8 * 1100
"""Pixels of 1 bit that a byte of a PNG can stand for, as far as zlib compresses."""
MOST = (1 << 24) - 1
"""The largest number that a coloured pixel holds."""
GREY = {"1": np.uint8, "L": np.uint8, "P": np.uint8, "I": np.uint32, "I;16": np.uint16}
Numbers = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class LabelMap:
    """The number of every pixel, (H, W); `coloured` where they are colours, not indices."""

    numbers: Numbers
    coloured: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.numbers.shape[1], self.numbers.shape[0]


def read(path: Path) -> LabelMap:
    """The label map of a PNG file; FormatError for what is none, is broken or is far too large."""
    return decoded(files.read(path), path)


def decoded(data: bytes, path: Path | str) -> LabelMap:
    """The label map of the bytes of a PNG file; `path` is its place for messages."""
    from PIL import Image

    _check(data, path)
    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as picture:
            picture.load()
            if picture.mode in GREY:
                return LabelMap(np.asarray(picture).astype(np.uint32), False)
            # four bytes a pixel, as Pillow has them: to number triples takes four times as long
            data = picture.convert("RGB").tobytes("raw", "RGBX")
            wide = np.frombuffer(data, "<u4").reshape(picture.height, picture.width)
            return LabelMap((wide & MOST).astype(np.uint32, copy=False), True)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise FormatError(f"the label map cannot be decoded: {error}", where=path) from error


def _check(data: bytes, path: Path | str) -> None:
    """No pixel is decoded of a file that is no PNG, or states a size that it cannot hold."""
    head = headers.png(BytesIO(data))
    if head is None:
        raise FormatError("a label map is a PNG file, found something else", where=path)
    (width, height), _ = head
    if width * height > min(LARGEST, DENSEST * len(data)):
        what = f"a label map of {width} x {height} pixels in {len(data)} bytes is refused"
        raise FormatError(what, where=path)


def numbers(colours: NDArray[np.uint8]) -> Numbers:
    """R + 256 G + 65536 B of colours (..., 3)."""
    red, green, blue = np.moveaxis(colours, -1, 0).astype(np.uint32)
    return red | green << 8 | blue << 16


def colours(numbers: Numbers) -> NDArray[np.uint8]:
    """The colours (..., 3) of numbers up to `MOST`."""
    wide = np.ascontiguousarray(numbers, dtype="<u4")[..., None].view(np.uint8)
    found = np.empty((*numbers.shape, 3), dtype=np.uint8)
    for band in range(3):  # one slice after the other is copied three times as fast as all at once
        found[..., band] = wide[..., band]
    return found


def segments(numbers: Numbers) -> dict[int, Mask]:
    """The pixels of each number that occurs, in ascending order."""
    height, width = numbers.shape
    flat = numbers.T.ravel()
    if not len(flat):
        return {}
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    spans = np.column_stack([starts, np.append(starts[1:], len(flat))])
    order = np.argsort(flat[starts], kind="stable")
    found, first = np.unique(flat[starts][order], return_index=True)
    return {
        number: Mask(runs_of_spans(spans[rows], len(flat)), (width, height))
        for number, rows in zip(found.tolist(), np.split(order, first[1:]), strict=True)
    }


def palette(count: int = 256) -> NDArray[np.uint8]:
    """VOC's colours of `count` indices, (count, 3): the bits of an index, dealt out to R, G and B.

    As the development kit's VOClabelcolormap has it.
    """
    index = np.arange(count)
    found = np.zeros((count, 3), dtype=np.int64)
    for shift in range(8):
        bits = index[:, None] >> 3 * shift + np.arange(3) & 1
        found |= bits << 7 - shift
    return found.astype(np.uint8)


class Canvas:
    """A label map in the making, of `size` (width, height); 0 is where nothing was painted."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._flat = np.zeros(size[0] * size[1], dtype=np.uint32)

    def paint(self, mask: Mask, number: int, over: bool = True) -> None:
        """Give the pixels of a mask of this size a number, also `over` those that have one."""
        spans = spans_of_runs(mask.runs)
        _, pixels = expand(spans[:, 0], spans[:, 1])
        if not over:
            pixels = pixels[self._flat[pixels] == 0]
        self._flat[pixels] = number

    def counts(self) -> dict[int, int]:
        """How many pixels each number has."""
        found, counts = np.unique(self._flat, return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    def numbers(self) -> Numbers:
        """(H, W)."""
        return self._flat.reshape(self.size).T

    def replaced(self, table: NDArray[np.uint32]) -> Canvas:
        """The same picture with other numbers: those that `table` has for the old ones."""
        other = Canvas(self.size)
        other._flat = table[self._flat]
        return other

    def save_colours(self, path: Path) -> None:
        """Write a PNG of colours."""
        files.put(path, png.coloured(colours(self.numbers())))

    def save_indices(self, path: Path) -> None:
        """Write a PNG of indices up to 255 with VOC's colours."""
        indices = np.ascontiguousarray(self.numbers().astype(np.uint8))
        files.put(path, png.indexed(indices, palette()))
