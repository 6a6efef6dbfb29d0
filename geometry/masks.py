"""Run-length masks in COCO's column order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco

from geometry import mask_overlaps
from geometry.errors import GeometryError
from geometry.overlaps import Pairs
from geometry.rasters import Parts, drawable, spans_of_rings
from geometry.runs import (
    NO_SPANS,
    Spans,
    from_coco_counts,
    runs_of_spans,
    spans_of_pixels,
    spans_of_runs,
    union_of_spans,
)
from geometry.tracing import rings_of_spans

__all__ = [
    "Mask",
    "area",
    "bounds",
    "decode",
    "encode",
    "from_coco_rings",
    "from_coco_string",
    "from_rings",
    "iou",
    "overlap_pairs",
    "paste",
    "to_coco_string",
    "to_rings",
    "union",
]

Size = tuple[int, int]
FAR = 1 << 16
"""Pixels from the origin up to which pycocotools rasterises a polygon."""


MOST_PIXELS = 2**32 - 1
"""What a run length can count."""


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """One mask: run lengths over the pixels in column-major order, background first.

    `runs` uint32, summing to ``width * height``; `size` = (width, height) in pixels.
    """

    runs: NDArray[np.uint32]
    size: tuple[int, int]

    def __post_init__(self) -> None:
        runs = np.ascontiguousarray(self.runs, dtype=np.uint32)
        runs.setflags(write=False)
        object.__setattr__(self, "runs", runs)
        width, height = self.size
        if width * height > MOST_PIXELS:
            raise GeometryError(f"a mask in a picture of {width} x {height} pixels, too many")
        if int(runs.sum(dtype=np.uint64)) != width * height:
            raise GeometryError(
                f"mask runs cover {int(runs.sum(dtype=np.uint64))} pixels, "
                f"the picture has {width} x {height} = {width * height}"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        return self.size == other.size and np.array_equal(self.runs, other.runs)

    def __hash__(self) -> int:
        return hash((self.size, self.runs.tobytes()))


def encode(dense: ArrayLike) -> Mask:
    """The mask of a dense (H, W) picture: every value but 0 is foreground."""
    pixels = _dense(dense)
    height, width = pixels.shape
    flat = pixels.T.ravel()
    return _from_spans(spans_of_pixels(flat), (width, height))


def paste(dense: ArrayLike, origin: tuple[int, int], size: Size) -> Mask:
    """The mask of a picture of `size` that is empty but for `dense` (h, w) put at `origin` (x, y).

    What lies outside the picture is cut off. No picture of the full size is made.
    """
    crop, (x, y) = _cropped(_dense(dense), origin, size)
    rows, columns = crop.shape
    if not crop.size:
        return _from_spans(NO_SPANS, size)
    padded = np.zeros((columns, rows + 1), dtype=bool)
    padded[:, :rows] = crop.T
    spans = spans_of_pixels(padded.ravel())
    column, row = spans // (rows + 1), spans % (rows + 1)
    return _from_spans((column + x) * size[1] + row + y, size)


def decode(mask: Mask) -> NDArray[np.bool_]:
    """The dense (H, W) bool picture of a mask."""
    width, height = mask.size
    values = np.zeros(len(mask.runs), dtype=bool)
    values[1::2] = True
    return np.repeat(values, mask.runs).reshape(width, height).T


def area(mask: Mask) -> int:
    """Foreground pixels."""
    return int(mask.runs[1::2].sum(dtype=np.int64))


def bounds(mask: Mask) -> NDArray[np.float64]:
    """x0 y0 x1 y1 of the foreground's pixel edges, (4,); zeros if there is none, as in COCO."""
    height = mask.size[1]
    spans = spans_of_runs(mask.runs)
    if not len(spans):
        return np.zeros(4)
    column, row = spans[:, 0] // height, spans[:, 0] % height
    last_column, last_row = (spans[:, 1] - 1) // height, (spans[:, 1] - 1) % height
    wraps = bool((column != last_column).any())
    top, bottom = (0, height) if wraps else (int(row.min()), int(last_row.max()) + 1)
    return np.array([column[0], top, last_column[-1] + 1, bottom], dtype=np.float64)


def iou(
    a: Sequence[Mask], b: Sequence[Mask], crowd: ArrayLike | None = None
) -> NDArray[np.float64]:
    """IoU of every pair, (N, M), on the runs; two empty masks give 0.

    Where `crowd` (M,) is true, the intersection is divided by the area of a, as COCO's evaluation
    does it. All masks must have one size.
    """
    columns = [mask.runs for mask in a], [mask.runs for mask in b]
    return mask_overlaps.matrix(*columns, _one_size(a, b), crowd)


def overlap_pairs(a: Sequence[Mask], b: Sequence[Mask], threshold: float = 0.0) -> Pairs:
    """Pairs of masks that share a pixel and have IoU >= `threshold`: (i, j, iou), by i, then j.

    All masks must have one size; empty masks overlap nothing.
    """
    columns = [mask.runs for mask in a], [mask.runs for mask in b]
    return mask_overlaps.pairs(*columns, _one_size(a, b), threshold)


def union(parts: Sequence[Mask], size: Size) -> Mask:
    """The pixels that are foreground in any of `parts`; none gives an empty mask."""
    return _united([spans_of_runs(part.runs) for part in parts], size)


def to_coco_string(mask: Mask) -> str:
    """COCO's compressed counts: differences to the run before last, 5 bits a character."""
    return _coco(mask)["counts"].decode("ascii")


def from_coco_string(counts: str | bytes, size: Size) -> Mask:
    """The mask of COCO's compressed counts in a picture of `size` (width, height)."""
    return Mask(from_coco_counts(counts), size)


def to_rings(mask: Mask) -> Parts:
    """The outline along pixel edges: parts, each its outer ring and then its holes.

    Rings are (K, 2) corners, whole numbers, one point per turn; outer rings run clockwise on the
    screen, holes the other way. Parts are connected through pixel sides; a ring may touch itself in
    a corner, but crosses nothing. `from_rings` and pycocotools read back the very same pixels.
    """
    return rings_of_spans(spans_of_runs(mask.runs), mask.size[1])


def from_rings(row: Parts, size: Size) -> Mask:
    """The pixels whose centre lies inside one shape (parts of rings, holes by even-odd).

    Parts are united. Exact for rings on pixel edges. COCO's own rasteriser differs by up to a
    pixel along slanted edges: see `from_coco_rings`.
    """
    return _united([spans_of_rings(drawable(part), size) for part in row], size)


def from_coco_rings(row: Parts, size: Size) -> Mask:
    """The pixels of one shape by pycocotools' rasteriser, so areas agree with COCO's tools.

    Holes, which COCO's polygons do not have, are taken out of their part. Rings that reach further
    than `FAR` pixels, where that rasteriser overflows, go through `from_rings`.
    """
    parts = [drawable(part) for part in row]
    return union([_coco_part(rings, size) for rings in parts if rings], size)


def _one_size(a: Sequence[Mask], b: Sequence[Mask]) -> Size:
    sizes = {mask.size for mask in (*a, *b)}
    if len(sizes) > 1:
        raise GeometryError(f"masks of different sizes {sorted(sizes)}, expected one size")
    return next(iter(sizes), (0, 0))


def _coco_part(rings: Sequence[NDArray[np.float64]], size: Size) -> Mask:
    width, height = size
    if np.abs(np.concatenate(rings)).max() > FAR:
        return from_rings([rings], size)
    flat = [ring.ravel().tolist() for ring in rings]
    filled = [
        from_coco_string(rle["counts"], size) for rle in coco.frPyObjects(flat, height, width)
    ]
    if len(filled) == 1:
        return filled[0]
    holes = decode(union(filled[1:], size))
    return encode(decode(filled[0]) & ~holes)


def _coco(mask: Mask) -> dict[str, Any]:
    return mask_overlaps.as_coco(mask.runs, mask.size)


def _from_spans(spans: Spans, size: Size) -> Mask:
    return Mask(runs_of_spans(spans, size[0] * size[1]), size)


def _united(columns: Sequence[Spans], size: Size) -> Mask:
    return _from_spans(union_of_spans(columns), size)


def _dense(dense: ArrayLike) -> NDArray[np.bool_]:
    pixels = np.asarray(dense)
    if pixels.ndim != 2:
        raise GeometryError(f"mask picture has shape {pixels.shape}, expected (H, W)")
    return pixels if pixels.dtype == bool else pixels != 0


def _cropped(
    crop: NDArray[np.bool_], origin: tuple[int, int], size: Size
) -> tuple[NDArray[np.bool_], tuple[int, int]]:
    (x, y), (width, height) = origin, size
    inside = crop[max(-y, 0) : max(height - y, 0), max(-x, 0) : max(width - x, 0)]
    return inside, (max(x, 0), max(y, 0))
