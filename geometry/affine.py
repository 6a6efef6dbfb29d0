"""The map between a picture and a tensor that a model sees: letterbox, tile and their inverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["Affine", "Letterbox", "letterbox", "tiles"]

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Affine:
    """x' = x * scale_x + dx and y' = y * scale_y + dy, from picture pixels to tensor pixels."""

    scale_x: float = 1.0
    scale_y: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def points(self, xy: ArrayLike) -> NDArray[np.float64]:
        """Map (..., 2k) arrays of x y x y ...: points, boxes, corners; the same shape, float64.

        Empty input gives an empty output; NaN stays NaN.
        """
        values = np.asarray(xy, dtype=np.float64)
        width = values.shape[-1] if values.ndim else 0
        if width % 2 or not values.ndim:
            raise GeometryError(
                f"points have shape {values.shape}, expected (..., 2k) of x y pairs"
            )
        pairs = values.reshape(*values.shape[:-1], width // 2, 2)
        return (pairs * (self.scale_x, self.scale_y) + (self.dx, self.dy)).reshape(values.shape)

    def inverse(self) -> Affine:
        """The way back; a map with a scale of 0 has none (GeometryError)."""
        if not self.scale_x or not self.scale_y:
            raise GeometryError(f"no inverse of scale ({self.scale_x}, {self.scale_y})")
        return Affine(
            1 / self.scale_x, 1 / self.scale_y, -self.dx / self.scale_x, -self.dy / self.scale_y
        )

    def then(self, other: Affine) -> Affine:
        """One map that does this one first and `other` after it."""
        return Affine(
            self.scale_x * other.scale_x,
            self.scale_y * other.scale_y,
            self.dx * other.scale_x + other.dx,
            self.dy * other.scale_y + other.dy,
        )


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture is put into a tensor: resize to `resized`, paste at `pad`, map by `affine`.

    `resized` (width, height) and `pad` (left, top) in whole tensor pixels; the padding right and
    below is what remains of the target size.
    """

    affine: Affine
    resized: Size
    pad: Size


def letterbox(size: Size, target: Size, *, centre: bool = True, enlarge: bool = True) -> Letterbox:
    """Fit a picture of `size` into `target`, both (width, height), keeping its proportions.

    Centred, the content size is rounded and the odd pixel of padding goes right and below, as
    Ultralytics does it; from the top left corner (`centre=False`), the content size is cut off,
    as YOLOX does it. Without `enlarge` a small picture keeps its size. The map's scale is the gain
    before rounding, because that is what both peers divide boxes by.
    """
    _check(size, "picture size")
    _check(target, "target size")
    gain = min(target[0] / size[0], target[1] / size[1])
    gain = gain if enlarge else min(gain, 1.0)
    whole = round if centre else int
    resized = (max(1, whole(size[0] * gain)), max(1, whole(size[1] * gain)))
    left, top = (
        (round((t - r) / 2 - 0.1) if centre else 0) for t, r in zip(target, resized, strict=True)
    )
    return Letterbox(Affine(gain, gain, left, top), resized, (left, top))


def tiles(size: Size, tile: Size, overlap: Size | int = 0) -> NDArray[np.int64]:
    """Windows that cover a picture, (T, 4) x0 y0 x1 y1, row by row.

    `tile` (width, height) and `overlap` (one number, or along x and y) in pixels. The last window
    of a row or column is shifted inside, so every window has the size of the tile unless the
    picture is smaller.
    """
    _check(size, "picture size")
    _check(tile, "tile size")
    both = (overlap, overlap) if isinstance(overlap, int) else overlap
    xs, ys = (_starts(*axis) for axis in zip(size, tile, both, strict=True))
    x, y = (grid.ravel() for grid in np.meshgrid(xs, ys))
    return np.column_stack(
        [x, y, np.minimum(x + tile[0], size[0]), np.minimum(y + tile[1], size[1])]
    )


def _starts(length: int, tile: int, overlap: int) -> NDArray[np.int64]:
    if not 0 <= overlap < tile:
        raise GeometryError(f"overlap {overlap}, expected 0 or more and below the tile's {tile}")
    last = max(length - tile, 0)
    count = -(-last // (tile - overlap)) + 1
    return np.minimum(np.arange(count, dtype=np.int64) * (tile - overlap), last)


def _check(size: Size, name: str) -> None:
    if min(size) < 1:
        raise GeometryError(f"{name} {size[0]} x {size[1]}, expected at least 1 x 1")
