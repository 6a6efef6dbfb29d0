"""Large pictures in windows: cut, label each and the whole, put together.

A detector sees a picture at its own size, so that small objects of a large picture vanish. Windows
of `size` pixels that overlap are labelled one by one, and once the whole picture for what is larger
than a window; `prelabel.seams` makes one row of each object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.annotations import Annotations, Kind
from geometry import affine, masks
from geometry.masks import Mask
from prelabel import seams
from prelabel.errors import SettingsError
from prelabel.image import Image

__all__ = ["Tiles", "label"]

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tiles:
    """Windows: their side in pixels, and the share of it that neighbours have in common."""

    size: int
    overlap: float = 0.25

    def __post_init__(self) -> None:
        if self.size < 32 or not 0 <= self.overlap <= 0.9:
            raise SettingsError(
                f"tiles of {self.size} pixels with overlap {self.overlap}, expected at least 32 "
                "and an overlap of 0 to 0.9"
            )

    def windows(self, size: Size) -> list[tuple[int, int, int, int]]:
        """x0 y0 x1 y1 of every window of a picture; one where it fits into a window."""
        sides = (self.size, self.size)
        return [tuple(w) for w in affine.tiles(size, sides, self.shared).tolist()]

    @property
    def shared(self) -> int:
        """Pixels that neighbours have in common at least."""
        return round(self.size * self.overlap)


def label(
    image: Image,
    tiles: Tiles,
    once: Callable[[Image], Annotations],
    most: int | None = None,
) -> Annotations:
    """What `once` sees in the windows and the whole of a picture, each object once, best first.

    A picture that fits into one window, or is only given tags, is seen once, as a whole. `most`
    rows are kept at most: those of the picture, not of a window.
    """
    windows = tiles.windows(image.size)
    whole = once(image)
    if len(windows) == 1 or (whole.kinds == Kind.TAG).any():
        return whole
    parts = [placed(once(crop(image, w)).shapes(), w[:2], image.size) for w in windows]
    parts.append(whole)
    view = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    edges = np.array([*windows, (0, 0, *image.size)], dtype=np.float64)
    joined = seams.join(Annotations.concat(parts), view, seams.Views(edges, tiles.shared))
    return joined[:most]


def crop(image: Image, window: tuple[int, int, int, int]) -> Image:
    """The part of a picture inside a window, without a copy."""
    x0, y0, x1, y1 = window
    return Image(image.pixels[y0:y1, x0:x1])


def placed(found: Annotations, origin: tuple[int, int], size: Size) -> Annotations:
    """Rows of a window that starts at `origin`, in pixels of the picture of `size`."""
    shift = np.array(origin, dtype=np.float64)
    moved: dict[str, Any] = {"boxes": found.boxes + np.tile(shift, 2)}
    if found.rotated is not None:
        moved["rotated"] = found.rotated + np.array([*origin, 0.0, 0.0, 0.0])
    if found.keypoints is not None:
        moved["keypoints"] = found.keypoints + np.array([*origin, 0.0])
    if found.rings is not None:
        moved["rings"] = found.rings.moved(found.rings.points + shift)
    if found.masks is not None:
        moved["masks"] = [_placed(mask, origin, size) for mask in found.masks]
    return found.with_columns(**moved)


def _placed(mask: Mask | None, origin: tuple[int, int], size: Size) -> Mask | None:
    return None if mask is None else masks.paste(masks.decode(mask), origin, size)
