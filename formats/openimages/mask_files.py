"""Masks as pictures: everything but 0 is the object, at whatever size the picture has."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from formats import files, label_maps
from geometry import masks
from geometry.masks import Mask

__all__ = ["read", "write"]


def read(path: Path, size: tuple[int, int] | None) -> tuple[Mask, bool]:
    """The mask of a PNG file for a picture of `size`, and whether it had to be scaled.

    Published masks are smaller or larger than their pictures: a pixel takes the value of the
    nearest one, as cv2.INTER_NEAREST has it. FormatError for a file that is no picture.
    """
    found = label_maps.read(path)
    dense = found.numbers != 0
    if size is None or size == found.size:
        return masks.encode(dense), False
    columns = np.arange(size[0]) * found.size[0] // size[0]
    rows = np.arange(size[1]) * found.size[1] // size[1]
    return masks.encode(dense[rows[:, None], columns]), True


def write(path: Path, mask: Mask) -> None:
    """Write a mask as a PNG of one bit a pixel."""
    from PIL import Image

    with files.create(path) as stream:
        Image.fromarray(masks.decode(mask)).save(stream, format="PNG")
