"""Where captions go: near their object, inside the picture, not on each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.preview.palette import Colour
from prelabel.preview.plates import plate

__all__ = ["Caption", "placed"]

Place = tuple[int, int]
Plate = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Caption:
    """A text, its colour, and the box (4,) of its object: NaN for a tag of the whole picture."""

    text: str
    colour: Colour
    box: NDArray[np.float64]


def placed(
    captions: Sequence[Caption], size: tuple[int, int], letters: int
) -> list[tuple[Plate, Place]]:
    """A plate and its top left corner for each caption, in order, on a picture of `size`.

    The first free place of these: above the box, inside it at the top, below it, inside at the
    bottom, beside it; where all are taken, the first. Tags are stacked at the top left.
    """
    taken = np.empty((len(captions), 4))
    result: list[tuple[Plate, Place]] = []
    for i, caption in enumerate(captions):
        label = plate(caption.text, letters, caption.colour)
        height, width = label.shape[:2]
        spots = [_inside(spot, (width, height), size) for spot in _spots(caption.box, label, size)]
        free = (s for s in spots if not _hits(s, (width, height), taken[:i]))
        x, y = next(free, spots[0])
        taken[i] = x, y, x + width, y + height
        result.append((label, (x, y)))
    return result


def _spots(box: NDArray[np.float64], label: Plate, size: tuple[int, int]) -> Iterator[Place]:
    height = label.shape[0]
    if not np.isfinite(box).all():
        yield from ((0, y) for y in range(0, max(size[1] - height, 1), height))
        return
    x0, y0, x1, y1 = np.round(box).astype(int).tolist()
    width = label.shape[1]
    for x in (x0, x1 - width):
        yield from ((x, y) for y in (y0 - height, y0, y1, y1 - height))
    for x in (x1, x0 - width):
        yield from ((x, y) for y in (y0, y1 - height))


def _inside(spot: Place, plate_size: tuple[int, int], size: tuple[int, int]) -> Place:
    """The nearest place where the plate lies within the picture."""
    x, y = (
        max(0, min(at, whole - length))
        for at, length, whole in zip(spot, plate_size, size, strict=True)
    )
    return x, y


def _hits(spot: Place, plate_size: tuple[int, int], taken: NDArray[np.float64]) -> bool:
    x, y = spot
    width, height = plate_size
    apart = (
        (taken[:, 0] >= x + width)
        | (taken[:, 2] <= x)
        | (taken[:, 1] >= y + height)
        | (taken[:, 3] <= y)
    )
    return not bool(apart.all())
