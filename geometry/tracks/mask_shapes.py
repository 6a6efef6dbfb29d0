"""Masks between two keyframes, through signed distances."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geometry import masks
from geometry.errors import GeometryError
from geometry.masks import Mask

__all__ = ["held", "through_distances"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Masks = NDArray[np.object_]


def held(column: Masks, start: Ints, _stop: Ints, _share: Floats) -> Masks:
    """The earlier keyframe: CVAT has no masks between keyframes."""
    return column[start]


def through_distances(column: Masks, start: Ints, stop: Ints, share: Floats) -> Masks:
    """Masks whose outline goes evenly from one keyframe to the other.

    The two are laid on one another by their centres; between them is what lies inside on average,
    by the distance of every pixel to either outline; and that moves evenly, to whole pixels. An
    empty mask holds the earlier one. GeometryError for masks of different sizes.
    """
    out = column[start]
    pairs: dict[tuple[int, int], Callable[[float], Mask]] = {}
    for q in np.flatnonzero((share > 0) & (start != stop)).tolist():
        pair = int(start[q]), int(stop[q])
        if pair not in pairs:
            pairs[pair] = _between(column[pair[0]], column[pair[1]])
        out[q] = pairs[pair](float(share[q]))
    return out


def _between(a: Mask, b: Mask) -> Callable[[float], Mask]:
    """What gives the mask at each share of the way from a to b."""
    if a.size != b.size:
        raise GeometryError(f"masks of sizes {a.size} and {b.size} in a track, expected one size")
    if not masks.area(a) or not masks.area(b):
        return lambda _share: a
    crops = [_crop(mask) for mask in (a, b)]
    centres = [_centre(corner, pixels) for corner, pixels in crops]
    corner = np.max(centres, axis=0)
    reach = np.max([np.array(c[1].shape[::-1]) - m for c, m in zip(crops, centres, strict=True)], 0)
    first, second = (
        _distances(pixels, corner - centre, corner + reach)
        for (_, pixels), centre in zip(crops, centres, strict=True)
    )
    starts = [crops[k][0] + centres[k] - corner - 1 for k in (0, 1)]

    def at(share: float) -> Mask:
        x, y = np.floor(starts[0] + (starts[1] - starts[0]) * share + 0.5).astype(int).tolist()
        return masks.paste(first + (second - first) * share > 0, (x, y), a.size)

    return at


def _crop(mask: Mask) -> tuple[Ints, NDArray[np.bool_]]:
    """The corner x, y of the foreground's bounds, and the pixels in them."""
    x0, y0, x1, y1 = masks.bounds(mask).astype(int).tolist()
    return np.array([x0, y0]), masks.decode(mask)[y0:y1, x0:x1]


def _centre(corner: Ints, pixels: NDArray[np.bool_]) -> Ints:
    """The pixel in the middle of the foreground, x, y within the crop at `corner`."""
    y, x = np.nonzero(pixels)
    middle = corner + [x.mean(), y.mean()]
    return np.floor(middle + 0.5).astype(np.int64) - corner


def _distances(pixels: NDArray[np.bool_], offset: Ints, size: Ints) -> Floats:
    """Distance to the outline, positive inside, on a canvas of `size` and a pixel around it."""
    from scipy.ndimage import distance_transform_edt

    width, height = (size + 2).tolist()
    canvas = np.zeros((height, width), dtype=bool)
    x, y = (offset + 1).tolist()
    canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
    inside, outside = (distance_transform_edt(part) for part in (canvas, ~canvas))
    return np.where(canvas, inside - 0.5, 0.5 - outside)
