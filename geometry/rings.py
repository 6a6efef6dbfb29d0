"""`Rings`: the polygons of many shapes as one ragged column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["Rings"]

Shape = Sequence[Sequence[ArrayLike]]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Later = Callable[[], Floats]


def _offsets(lengths: Iterable[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    if not isinstance(lengths, np.ndarray):
        lengths = np.fromiter(lengths, dtype=np.int64)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _read_only(values: ArrayLike, dtype: type) -> NDArray[Any]:
    array: NDArray[Any] = np.ascontiguousarray(values, dtype=dtype)
    array.setflags(write=False)
    return array


class Rings:
    """Polygons of N rows; a row has parts, a part has rings (outer first, then its holes).

    `points` (P, 2) float64 x y in pixels, rings verbatim as read (not closed, any winding);
    `ring_offsets` (R+1,) into `points`; `part_offsets` (Q+1,) into rings; `row_offsets` (N+1,)
    into parts. A row without parts is a shape without a polygon. All arrays are read-only.

    The points may be given as a function that makes them: it is called when they are wanted first,
    so that whoever only counts polygons does not wait for their numbers.
    """

    __slots__ = ("_bounds", "_points", "part_offsets", "ring_offsets", "row_offsets")

    def __init__(
        self, points: ArrayLike | Later, ring_offsets: Ints, part_offsets: Ints, row_offsets: Ints
    ) -> None:
        self.ring_offsets = _read_only(ring_offsets, np.int64)
        self.part_offsets = _read_only(part_offsets, np.int64)
        self.row_offsets = _read_only(row_offsets, np.int64)
        self._bounds: Floats | None = None
        self._points: Floats | Later = points if callable(points) else self._checked(points)

    @property
    def points(self) -> Floats:
        """(P, 2) x y of every ring, one after another."""
        if callable(self._points):
            self._points = self._checked(self._points())
        return self._points

    @property
    def bounds(self) -> Floats:
        """(N, 4) x0 y0 x1 y1 of the points of each row; NaN for a row without points."""
        if self._bounds is None:
            offsets = self.ring_offsets[self.part_offsets[self.row_offsets]]
            found = np.full((len(self), 4), np.nan)
            filled = np.flatnonzero(np.diff(offsets))
            if len(filled):
                found[filled, :2] = np.minimum.reduceat(self.points, offsets[filled])
                found[filled, 2:] = np.maximum.reduceat(self.points, offsets[filled])
            self._bounds = _read_only(found, np.float64)
        return self._bounds

    def broken(self) -> Ints:
        """The rings with a point that is not finite, once for each such point."""
        if np.isfinite(self.points).all():
            return np.empty(0, np.int64)
        points = np.flatnonzero(~np.isfinite(self.points).all(axis=1))
        return np.searchsorted(self.ring_offsets, points, side="right") - 1

    def _checked(self, points: ArrayLike) -> Floats:
        found = _read_only(points, np.float64).reshape(-1, 2)
        if self.ring_offsets[-1] != len(found):
            raise GeometryError(
                f"ring offsets end at {self.ring_offsets[-1]}, there are {len(found)} points"
            )
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets the points, or the function that makes them if nobody has yet."""
        return Rings, (self._points, self.ring_offsets, self.part_offsets, self.row_offsets)

    @classmethod
    def empty(cls, rows: int = 0) -> Rings:
        """`rows` rows, none of which has a polygon."""
        zero = np.zeros(1, dtype=np.int64)
        return cls(np.empty((0, 2)), zero, zero, np.zeros(rows + 1, dtype=np.int64))

    @classmethod
    def of(cls, rows: Sequence[Shape]) -> Rings:
        """Rings of nested sequences: rows of parts of rings of (K, 2) points.

        ``Rings.of([[[outer, hole]], []])``: a shape with a hole, then one without a polygon.
        """
        parts = [part for row in rows for part in row]
        rings = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for p in parts for ring in p]
        points = np.concatenate(rings) if rings else np.empty((0, 2))
        return cls(
            points,
            _offsets(len(ring) for ring in rings),
            _offsets(len(part) for part in parts),
            _offsets(len(row) for row in rows),
        )

    def __len__(self) -> int:
        return len(self.row_offsets) - 1

    def __iter__(self) -> Iterator[list[list[NDArray[np.float64]]]]:
        return (self.row(i) for i in range(len(self)))

    def row(self, i: int) -> list[list[NDArray[np.float64]]]:
        """Row `i` as parts of rings of (K, 2) points; views, not copies."""
        rings = self.ring_offsets
        return [
            [self.points[rings[r] : rings[r + 1]] for r in range(start, stop)]
            for start, stop in self._part_spans(i)
        ]

    def _part_spans(self, i: int) -> list[tuple[int, int]]:
        first, last = int(self.row_offsets[i]), int(self.row_offsets[i + 1])
        bounds = self.part_offsets[first : last + 1].tolist()
        return list(pairwise(bounds))

    def counts(self) -> NDArray[np.int64]:
        """Parts of every row, (N,)."""
        return np.diff(self.row_offsets)

    def __getitem__(self, index: slice | NDArray[Any]) -> Rings:
        """The rows of a slice, an integer array or a boolean array, in that order."""
        rows = np.arange(len(self))[index]
        parts, part_lengths = _gather(rows, self.row_offsets)
        rings, ring_lengths = _gather(parts, self.part_offsets)
        lengths = np.diff(self.ring_offsets)[rings]
        loaded = not callable(self._points)
        return Rings(
            self._of(rings, lengths) if loaded else partial(self._of, rings, lengths),
            _offsets(lengths),
            _offsets(ring_lengths),
            _offsets(part_lengths),
        )

    def _of(self, rings: Ints, lengths: Ints) -> Floats:
        """The points of some rings; all of them where no other ring has any."""
        if lengths.sum() == len(self.points) and (np.diff(rings) > 0).all():
            return self.points
        return self.points[_gather(rings, self.ring_offsets)[0]]

    @staticmethod
    def concat(columns: Sequence[Rings]) -> Rings:
        """The rows of all columns, one after another."""
        if not columns:
            return Rings.empty()
        return Rings(
            np.concatenate([c.points for c in columns]),
            _offsets(np.concatenate([np.diff(c.ring_offsets) for c in columns])),
            _offsets(np.concatenate([np.diff(c.part_offsets) for c in columns])),
            _offsets(np.concatenate([np.diff(c.row_offsets) for c in columns])),
        )

    def moved(self, points: NDArray[np.float64]) -> Rings:
        """The same rows, parts and rings over other `points` (P, 2)."""
        return Rings(points, self.ring_offsets, self.part_offsets, self.row_offsets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rings):
            return NotImplemented
        return all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("points", "ring_offsets", "part_offsets", "row_offsets")
        )

    __hash__ = None  # type: ignore[assignment]


def _gather(
    rows: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the members of `rows`, and how many each row has."""
    starts, lengths = offsets[rows], offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    shift = np.repeat(starts - (ends - lengths), lengths)
    return np.arange(total, dtype=np.int64) + shift, lengths
