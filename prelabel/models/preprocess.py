"""Pictures to input tensors: resize, pad, scale, in as few passes over the pixels as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.image import Image

__all__ = ["Letterbox", "letterbox", "tensor"]

PAD = 114
"""The grey that detectors are trained to see beside the picture."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """Where a picture lies in a tensor: ``tensor = picture * scale + offset``, per axis, pixels.

    `picture` and `tensor` are (width, height); `inner` is the size of the resized picture and
    `offset` = (left, top) its place, both whole pixels, so `scale` differs slightly by axis.
    """

    picture: tuple[int, int]
    tensor: tuple[int, int]
    inner: tuple[int, int]
    offset: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Tensor pixels per picture pixel along x and y."""
        return self.inner[0] / self.picture[0], self.inner[1] / self.picture[1]

    def back(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 2k) x y of the tensor, in pixels of the picture, clipped to it."""
        pairs = np.asarray(points, dtype=np.float64)
        repeats = pairs.shape[-1] // 2
        moved = (pairs - np.tile(self.offset, repeats)) / np.tile(self.scale, repeats)
        return np.clip(moved, 0, np.tile(self.picture, repeats))


def letterbox(
    picture: tuple[int, int], tensor: tuple[int, int], *, centred: bool = True
) -> Letterbox:
    """The largest place for `picture` in `tensor` that keeps its aspect; sizes (width, height).

    Centred, an odd pixel of padding goes to the right and bottom; else the place is at the top
    left.
    """
    gain = min(tensor[0] / picture[0], tensor[1] / picture[1])
    inner = (max(1, round(picture[0] * gain)), max(1, round(picture[1] * gain)))
    offset = ((tensor[0] - inner[0]) // 2, (tensor[1] - inner[1]) // 2) if centred else (0, 0)
    return Letterbox(picture, tensor, inner, offset)


def tensor(
    image: Image,
    place: Letterbox,
    dtype: str = "float32",
    *,
    divisor: float = 255.0,
    bgr: bool = False,
    mean: Sequence[float] = (0.0, 0.0, 0.0),
    std: Sequence[float] = (1.0, 1.0, 1.0),
) -> NDArray[np.generic]:
    """(1, 3, H, W): ``(value / divisor - mean) / std`` per channel in the order of the tensor.

    A uint8 tensor takes the bytes as they are. The padding is grey 114 before the scaling.
    """
    import cv2

    width, height = place.tensor
    (left, top), (w, h) = place.offset, place.inner
    resized = cv2.resize(image.pixels, (w, h), interpolation=cv2.INTER_LINEAR)
    planes = cv2.split(resized)
    work = np.uint8 if dtype == "uint8" else np.float32
    out = np.full((1, 3, height, width), PAD, dtype=work)
    for channel, plane in enumerate(planes[::-1] if bgr else planes):
        out[0, channel, top : top + h, left : left + w] = plane
    return out if dtype == "uint8" else _scaled(out, divisor, mean, std).astype(dtype, copy=False)


def _scaled(
    out: NDArray[np.float32], divisor: float, mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.float32]:
    """In place: every operation is one pass."""
    if divisor != 1:
        np.divide(out, np.float32(divisor), out=out)
    if any(mean):
        np.subtract(out, np.asarray(mean, np.float32).reshape(3, 1, 1), out=out)
    if any(s != 1 for s in std):
        np.divide(out, np.asarray(std, np.float32).reshape(3, 1, 1), out=out)
    return out
