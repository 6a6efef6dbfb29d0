"""Pictures to input tensors: resize, pad, scale, in as few passes over the pixels as possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import affine
from geometry.affine import Affine
from prelabel.image import Image
from prelabel.models.card import Card

__all__ = ["Place", "Size", "fitted", "letterbox", "stretch", "tensor"]

PAD = 114
"""The grey that detectors are trained to see beside the picture."""

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies in a tensor; all sizes (width, height), `pad` (left, top), pixels."""

    picture: Size
    tensor: Size
    resized: Size
    pad: Size
    affine: Affine

    def back(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (..., 2k) x y of the tensor, in pixels of the picture, clipped to it."""
        moved = self.affine.inverse().points(points)
        return np.clip(moved, 0, np.tile(self.picture, moved.shape[-1] // 2))


def letterbox(picture: Size, target: Size, *, centre: bool = True, rounded: bool = True) -> Place:
    """The largest place in `target` that keeps the picture's proportions, else at the top left.

    Sides are whole pixels, `rounded` or cut off; so the scales along x and y differ a little, and
    the map is the exact one.
    """
    resized = affine.letterbox(picture, target, centre=rounded).resized
    spare = target[0] - resized[0], target[1] - resized[1]
    pad = (spare[0] // 2, spare[1] // 2) if centre else (0, 0)
    scale = resized[0] / picture[0], resized[1] / picture[1]
    return Place(picture, target, resized, pad, Affine(*scale, *pad))


def stretch(picture: Size, target: Size) -> Place:
    """The whole of `target`, whatever the picture's proportions."""
    scale = Affine(target[0] / picture[0], target[1] / picture[1])
    return Place(picture, target, target, (0, 0), scale)


def fitted(picture: Size, card: Card, stride: int = 32) -> Place:
    """The letterbox in the card's input size; a graph of free size gets no more than it needs.

    There the tensor is the resized picture, padded to the next multiple of `stride`.
    """
    if not card.dynamic_size:
        return letterbox(picture, card.input_size)
    whole = _multiple(card.input_size, stride)
    return letterbox(picture, _multiple(letterbox(picture, whole).resized, stride))


def _multiple(size: Size, stride: int) -> Size:
    return -(-size[0] // stride) * stride, -(-size[1] // stride) * stride


def tensor(
    image: Image,
    place: Place,
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
    (left, top), (w, h) = place.pad, place.resized
    planes = cv2.split(cv2.resize(image.pixels, (w, h), interpolation=cv2.INTER_LINEAR))
    work = np.uint8 if dtype == "uint8" else np.float32
    out = np.empty((1, 3, height, width), dtype=work)
    out[..., :top, :] = out[..., top + h :, :] = out[..., :left] = out[..., left + w :] = PAD
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
