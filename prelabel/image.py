"""`Image`: decoded pixels and the digest that identifies them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Image"]


@dataclass(frozen=True, eq=False)
class Image:
    """A picture as models see it: `pixels` (H, W, 3) uint8 RGB, EXIF orientation applied."""

    pixels: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def digest(self) -> str:
        """sha256 of size and pixels, hexadecimal; computed when first asked for."""
        hasher = hashlib.sha256(repr(self.pixels.shape).encode())
        hasher.update(np.ascontiguousarray(self.pixels).data)
        return hasher.hexdigest()
