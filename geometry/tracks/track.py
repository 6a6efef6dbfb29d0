"""`Track`: the shapes of one object, one row a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import keypoints as keypoint_shapes
from geometry import masks as mask_shapes
from geometry import polygons
from geometry import rotated as rotated_boxes
from geometry.errors import GeometryError
from geometry.rings import Rings

__all__ = ["KINDS", "Track", "bounds_of"]

Floats = NDArray[np.float64]

KINDS: Mapping[str, str] = MappingProxyType(
    {"rotated": "rotated", "rings": "polygon", "masks": "mask", "keypoints": "keypoints"}
)
"""The column that a shape stands in -> `Track.kind`; a track without any of them is a "box"."""
WIDTHS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"boxes": (4,), "rotated": (5,), "keypoints": (-1, 3)}
)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """T rows of one object; `rotated`, `rings`, `masks` or `keypoints` is its shape, at most one.

    `frames` (T,): int64, or float64 where rows lie between frames; strictly ascending wherever
    a track is interpolated or reduced. `boxes` (T, 4) always, bounds or as stated. `rotated`
    (T, 5), `rings` one polygon a row, `masks` (T,) `Mask` of one size, `keypoints` (T, K, 3).
    `closed` is false where the rings are open lines.
    """

    frames: NDArray[Any]
    boxes: Floats
    rotated: Floats | None = None
    rings: Rings | None = None
    masks: NDArray[np.object_] | None = None
    keypoints: Floats | None = None
    closed: bool = True

    def __post_init__(self) -> None:
        frames = np.asarray(self.frames)
        whole = frames.dtype.kind in "iu" or not frames.size
        object.__setattr__(self, "frames", frames.astype(np.int64 if whole else np.float64))
        for name, shape in WIDTHS.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _checked(name, getattr(self, name), shape))
        given = [name for name in KINDS if getattr(self, name) is not None]
        if len(given) > 1:
            raise GeometryError(f"a track with {' and '.join(given)}, expected one kind of shape")
        for name in ("boxes", *given):
            if len(getattr(self, name)) != len(frames):
                raise GeometryError(
                    f"{name} has {len(getattr(self, name))} rows, expected {len(frames)}"
                )
        if not np.isfinite(self.boxes).all():
            raise GeometryError("a track with a box that is not finite, expected pixels")

    @classmethod
    def of(cls, frames: ArrayLike, **shape: Any) -> Track:
        """A track of `boxes`, or of another shape whose bounds become its boxes."""
        if shape.get("boxes") is None:
            shape["boxes"] = bounds_of(**{name: shape.get(name) for name in KINDS})
        return cls(np.asarray(frames), **shape)

    @property
    def shape(self) -> str:
        """The name of the column that its shape stands in."""
        return next((name for name in KINDS if getattr(self, name) is not None), "boxes")

    @property
    def shapes(self) -> Any:
        """That column, of T rows."""
        return getattr(self, self.shape)

    @property
    def kind(self) -> str:
        """What its shape is: "box", "rotated", "polygon", "line", "mask" or "keypoints"."""
        found = KINDS.get(self.shape, "box")
        return "line" if found == "polygon" and not self.closed else found

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, rows: slice | ArrayLike) -> Track:
        """The rows of a slice, an integer array or a boolean array, in that order."""
        index = rows if isinstance(rows, slice) else np.asarray(rows)
        if isinstance(index, np.ndarray) and not index.size and index.dtype != bool:
            index = index.astype(np.intp)
        columns = {name: column[index] for name, column in self.columns().items()}
        return Track(self.frames[index], closed=self.closed, **columns)

    def columns(self) -> dict[str, Any]:
        """The boxes and the shape by name."""
        names = ("boxes", *KINDS)
        return {name: column for name in names if (column := getattr(self, name)) is not None}

    def with_columns(self, **columns: Any) -> Track:
        """The same rows with some columns replaced; `frames` may be one of them."""
        kept: dict[str, Any] = {"frames": self.frames, "closed": self.closed, **self.columns()}
        return Track(**{**kept, **columns})

    @staticmethod
    def concat(tracks: Sequence[Track]) -> Track:
        """The rows of tracks of one kind, one after another; GeometryError for none."""
        if not tracks:
            raise GeometryError("no tracks to join, expected one or more")
        kinds = sorted({track.kind for track in tracks})
        if len(kinds) > 1:
            raise GeometryError(f"tracks of {', '.join(kinds)} to join, expected one kind")
        columns = {
            name: [track.columns()[name] for track in tracks] for name in tracks[0].columns()
        }
        joined = {name: _joined(name, column) for name, column in columns.items()}
        frames = np.concatenate([track.frames for track in tracks])
        return Track(frames, closed=tracks[0].closed, **joined)


def bounds_of(
    rotated: Floats | None = None,
    rings: Rings | None = None,
    masks: NDArray[np.object_] | None = None,
    keypoints: Floats | None = None,
) -> Floats:
    """The boxes around shapes, (T, 4); zeros where there is nothing to put one around."""
    if rotated is not None:
        return rotated_boxes.bounds(rotated)
    if rings is not None:
        return np.nan_to_num(polygons.bounds(rings))
    if masks is not None:
        return np.array([mask_shapes.bounds(mask) for mask in masks]).reshape(-1, 4)
    if keypoints is not None:
        return np.nan_to_num(keypoint_shapes.bounds(keypoints))
    raise GeometryError("a track without boxes and without a shape, expected one of them")


def _checked(name: str, value: Any, row: tuple[int, ...]) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    if array.size == 0 and array.ndim != 1 + len(row):
        array = array.reshape(0, *(max(k, 0) for k in row))
    fits = array.ndim == 1 + len(row) and all(
        wanted in (-1, found) for wanted, found in zip(row, array.shape[1:], strict=True)
    )
    if not fits:
        sizes = ", ".join("K" if k < 0 else str(k) for k in row)
        raise GeometryError(f"{name} has shape {array.shape}, expected (T, {sizes})")
    return array


def _joined(name: str, columns: Sequence[Any]) -> Any:
    return Rings.concat(columns) if name == "rings" else np.concatenate(columns)
