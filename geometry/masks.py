"""Run-length masks in COCO's column order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.errors import GeometryError

__all__ = ["Mask"]


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
