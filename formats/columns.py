"""What the columns of an `Annotations` table are made of: kinds, flags, types and fill values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.errors import GeometryError
from geometry.rings import Rings

__all__ = ["CODING", "COLUMNS", "Column", "Flag", "Kind", "NOTHING", "SHAPE_OF", "Value", "nothing"]

Value = NDArray | Rings
NOTHING: Mapping[str, Any] = MappingProxyType({})
CODING = "coco_run_lengths"
"""A key of ``extra``: which of COCO's two forms of run lengths a mask had, if not the usual one."""


def nothing() -> Mapping[str, Any]:
    """The empty read-only mapping (a default factory for dataclass fields)."""
    return NOTHING


class Kind(IntEnum):
    """What a row is: the shape that its source or model stated."""

    BOX = 0
    ROTATED = 1
    ELLIPSE = 2
    POLYGON = 3
    MASK = 4
    POINTS = 5
    LINE = 6
    TAG = 7


class Flag(IntFlag):
    """Bits of the `flags` column."""

    CROWD = 1
    DIFFICULT = 2
    TRUNCATED = 4
    OCCLUDED = 8
    OUTSIDE = 16
    KEYFRAME = 32
    INTERPOLATED = 64


@dataclass(frozen=True, slots=True)
class Column:
    """One column: NumPy type, shape of a row (-1: as wide as needed), value where none is given."""

    dtype: type | str
    row: tuple[int, ...]
    fill: object
    required: bool = False

    def blank(self, n: int, like: Value | None = None) -> NDArray:
        """`n` rows of the fill value, as wide as `like`."""
        row = like.shape[1:] if isinstance(like, np.ndarray) else tuple(max(k, 0) for k in self.row)
        return np.full((n, *row), self.fill, dtype=self.dtype)

    def checked(self, name: str, value: object, n: int) -> NDArray:
        """`value` as a read-only array of this type with `n` rows."""
        array = self._objects(value) if self.dtype == "O" else np.asarray(value, dtype=self.dtype)
        if array.size == 0 and n == 0 and array.ndim != 1 + len(self.row):
            array = self.blank(0)
        if not self._fits(array, n):
            wanted = ", ".join([str(n), *("K" if k < 0 else str(k) for k in self.row)])
            raise GeometryError(f"{name} has shape {array.shape}, expected ({wanted})")
        if array.flags.writeable:
            array = array.view()
            array.setflags(write=False)
        return array

    def _fits(self, array: NDArray, n: int) -> bool:
        if array.shape == (n, *self.row):
            return True
        sizes = zip(array.shape[1:], self.row, strict=False)
        return (
            array.ndim == 1 + len(self.row)
            and len(array) == n
            and all(k in (-1, size) for size, k in sizes)
        )

    @staticmethod
    def _objects(value: object) -> NDArray:
        if isinstance(value, np.ndarray) and value.dtype == object:
            return value
        items = list(value)  # type: ignore[call-overload]
        array = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            array[i] = item
        return array


COLUMNS: Mapping[str, Column] = {
    "images": Column(np.int32, (), 0, required=True),
    "kinds": Column(np.uint8, (), Kind.BOX, required=True),
    "boxes": Column(np.float64, (4,), np.nan, required=True),
    "labels": Column(np.int32, (), 0, required=True),
    "scores": Column(np.float64, (), np.nan, required=True),
    "rotated": Column(np.float64, (5,), np.nan),
    "masks": Column("O", (), None),
    "keypoints": Column(np.float64, (-1, 3), np.nan),
    "keypoint_scores": Column(np.float64, (-1,), np.nan),
    "tracks": Column(np.int64, (), -1),
    "flags": Column(np.uint16, (), 0),
    "areas": Column(np.float64, (), np.nan),
    "ids": Column(np.int64, (), -1),
    "groups": Column(np.int64, (), -1),
    "sources": Column(np.int32, (), -1),
    "attributes": Column("O", (), NOTHING),
    "extra": Column("O", (), NOTHING),
}
"""Every column but `rings`, which is a `Rings` of its own."""

SHAPE_OF: Mapping[Kind, str] = {
    Kind.ROTATED: "rotated",
    Kind.ELLIPSE: "rotated",
    Kind.POLYGON: "rings",
    Kind.LINE: "rings",
    Kind.MASK: "masks",
    Kind.POINTS: "keypoints",
}
"""The column that says what a row of a kind is; boxes and tags need none."""
