"""`Annotations`: the N shapes of one picture, or of a chunk of pictures, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.columns import COLUMNS, Flag, Kind, Value, nothing
from geometry.errors import GeometryError
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = ["Annotation", "Annotations", "Flag", "Kind"]

REQUIRED = frozenset(name for name, column in COLUMNS.items() if column.required)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Annotations:
    """Shapes as columns of N rows each; arrays are read-only, because threads share them.

    Optional columns are None where no row has them.
    """

    images: NDArray[np.int32]
    """(N,) which item of the chunk the row belongs to; 0 for the table of a single picture."""
    kinds: NDArray[np.uint8]
    """(N,) `Kind` of the row."""
    boxes: NDArray[np.float64]
    """(N, 4) x0 y0 x1 y1 pixels as the source or model states it, else bounds; NaN for a tag."""
    labels: NDArray[np.int32]
    """(N,) index into `Dataset.labels`."""
    scores: NDArray[np.float64]
    """(N,) confidence 0..1, NaN where a person drew the shape."""
    rotated: NDArray[np.float64] | None = None
    """(N, 5) cx cy w h angle (radians, clockwise) exactly as read; also ellipses."""
    rings: Rings | None = None
    """N rows of polygons with parts and holes."""
    masks: NDArray[np.object_] | None = None
    """(N,) `Mask` or None."""
    keypoints: NDArray[np.float64] | None = None
    """(N, K, 3) x y visibility 0 | 1 | 2, NaN where a row has fewer points."""
    keypoint_scores: NDArray[np.float64] | None = None
    """(N, K) confidence of each keypoint, NaN where unknown."""
    tracks: NDArray[np.int64] | None = None
    """(N,) track id, -1 for none."""
    flags: NDArray[np.uint16] | None = None
    """(N,) bits of `Flag`."""
    areas: NDArray[np.float64] | None = None
    """(N,) area in square pixels as the source states it, NaN elsewhere."""
    ids: NDArray[np.int64] | None = None
    """(N,) id in the source, -1 for none."""
    groups: NDArray[np.int64] | None = None
    """(N,) rows of one group belong together, -1 for none."""
    sources: NDArray[np.int32] | None = None
    """(N,) index into `Dataset.sources`, -1 for none."""
    attributes: NDArray[np.object_] | None = None
    """(N,) read-only mappings name -> value."""
    extra: NDArray[np.object_] | None = None
    """(N,) read-only mappings of the source's unknown keys."""

    def __post_init__(self) -> None:
        n = len(self.labels)
        for name, column in COLUMNS.items():
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, column.checked(name, value, n))
        if self.rings is not None and len(self.rings) != n:
            raise GeometryError(f"rings has {len(self.rings)} rows, expected {n}")

    @classmethod
    def of(cls, n: int | None = None, **columns: Any) -> Annotations:
        """A table of the named columns; required ones that are left out take their fill value.

        `n` is needed only where no column tells the number of rows.
        """
        given = [len(value) for value in columns.values() if value is not None]
        rows = n if n is not None else (given[0] if given else 0)
        missing = REQUIRED - columns.keys()
        blanks = {name: COLUMNS[name].blank(rows) for name in missing}
        return cls(**{**blanks, **columns})

    @classmethod
    def empty(cls) -> Annotations:
        """No shapes at all."""
        return cls.of(0)

    def __len__(self) -> int:
        return len(self.labels)

    def columns(self) -> dict[str, Value]:
        """The columns that are present, by name."""
        names = (*COLUMNS, "rings")
        return {name: v for name in names if (v := getattr(self, name)) is not None}

    def __getitem__(self, index: slice | ArrayLike) -> Annotations:
        """The rows of a slice, a boolean array or an integer array, in that order."""
        rows = index if isinstance(index, slice) else np.asarray(index)
        if isinstance(rows, np.ndarray) and rows.size == 0:
            rows = rows.astype(bool if rows.dtype == bool else np.intp)
        columns: dict[str, Any] = {name: value[rows] for name, value in self.columns().items()}
        return Annotations(**columns)

    @staticmethod
    def concat(tables: Sequence[Annotations]) -> Annotations:
        """The rows of all tables one after another; `images` are taken as they stand."""
        if len(tables) == 1:
            return tables[0]
        names = {name for table in tables for name in table.columns()}
        if not names:
            return Annotations.empty()
        joined = {name: _concat(name, tables) for name in names - {"rings"}}
        rings = _concat_rings(tables) if "rings" in names else None
        return Annotations(**joined, rings=rings)

    def with_columns(self, **columns: Any) -> Annotations:
        """The same rows with some columns replaced (None takes an optional column away)."""
        return replace(self, **columns)

    def shapes(self) -> Annotations:
        """The rows that have a place in the picture: everything but tags."""
        tags = self.kinds == Kind.TAG
        return self[~tags] if tags.any() else self

    def flagged(self, flag: Flag) -> NDArray[np.bool_]:
        """(N,) whether a row carries the flag."""
        if self.flags is None:
            return np.zeros(len(self), dtype=bool)
        return (self.flags & np.uint16(flag)) != 0

    def rows(self) -> Iterator[Annotation]:
        """One `Annotation` per row, for writers of text and for people."""
        return (self.row(i) for i in range(len(self)))

    def row(self, i: int) -> Annotation:
        """Row `i`."""
        values = {_ROW_FIELDS.get(k, k): _cell(k, v, i) for k, v in self.columns().items()}
        return Annotation(**values)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Annotation:
    """One row of `Annotations`, with the same units; None or the fill value where it has none."""

    image: int
    kind: Kind
    box: NDArray[np.float64]
    label: int
    score: float
    rotated: NDArray[np.float64] | None = None
    rings: list[list[NDArray[np.float64]]] | None = None
    mask: Mask | None = None
    keypoints: NDArray[np.float64] | None = None
    keypoint_scores: NDArray[np.float64] | None = None
    track: int = -1
    flags: int = 0
    area: float = float("nan")
    id: int = -1
    group: int = -1
    source: int = -1
    attributes: Mapping[str, Any] = field(default_factory=nothing)
    extra: Mapping[str, Any] = field(default_factory=nothing)


_ROW_FIELDS = {
    "images": "image",
    "kinds": "kind",
    "boxes": "box",
    "labels": "label",
    "scores": "score",
    "masks": "mask",
    "tracks": "track",
    "areas": "area",
    "ids": "id",
    "groups": "group",
    "sources": "source",
}
_CASTS: dict[str, Callable[[Any], Any]] = {"kinds": Kind}


def _cell(name: str, value: Value, i: int) -> Any:
    if isinstance(value, Rings):
        return value.row(i)
    if name == "rotated" and np.isnan(value[i]).all():
        return None
    if value.ndim > 1 or value.dtype == object:
        return value[i]
    return _CASTS.get(name, lambda number: number)(value[i].item())


def _concat(name: str, tables: Sequence[Annotations]) -> NDArray:
    values = [getattr(table, name) for table in tables]
    width = max((v.shape[1] for v in values if v is not None and v.ndim > 1), default=0)
    like = next(v for v in values if v is not None)
    filled = [
        COLUMNS[name].blank(len(table), like) if value is None else value
        for table, value in zip(tables, values, strict=True)
    ]
    return np.concatenate([_widened(v, width) for v in filled])


def _widened(value: NDArray, width: int) -> NDArray:
    """Keypoint columns padded with NaN to `width` points; others as they are."""
    if value.ndim == 1 or value.shape[1] == width:
        return value
    pads = [(0, 0)] * value.ndim
    pads[1] = (0, width - value.shape[1])
    return np.pad(value, pads, constant_values=np.nan)


def _concat_rings(tables: Sequence[Annotations]) -> Rings:
    return Rings.concat(
        [Rings.empty(len(table)) if table.rings is None else table.rings for table in tables]
    )
