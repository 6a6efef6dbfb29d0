"""Run lengths and spans: the two ways to write which pixels of a flat picture are foreground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geometry.errors import GeometryError

__all__ = [
    "NO_SPANS",
    "Spans",
    "from_coco_counts",
    "runs_of_spans",
    "spans_of_pixels",
    "spans_of_runs",
    "union_of_spans",
]

Ints = NDArray[np.int64]
Runs = NDArray[np.uint32]
Spans = Ints
"""Starts and stops of foreground in column order, (S, 2), sorted; neighbours may touch."""
NO_SPANS: Spans = np.empty((0, 2), dtype=np.int64)


def spans_of_runs(runs: Runs) -> Spans:
    """Spans of run lengths, background first."""
    edges = np.cumsum(runs, dtype=np.int64)
    spans = edges[: len(edges) // 2 * 2].reshape(-1, 2)
    return spans[spans[:, 0] < spans[:, 1]]


def spans_of_pixels(flat: NDArray[np.bool_]) -> Spans:
    """Spans of a flat picture."""
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    first = [0] if len(flat) and flat[0] else []
    last = [len(flat)] if len(flat) and flat[-1] else []
    return np.concatenate([first, changes, last]).astype(np.int64).reshape(-1, 2)


def runs_of_spans(spans: Spans, total: int) -> Runs:
    """Run lengths of a picture of `total` pixels, background first, as COCO writes them."""
    edges = spans.ravel()
    open_ = np.ones(len(edges), dtype=bool)
    touching = edges[2::2] == edges[1:-1:2]
    open_[2::2] &= ~touching
    open_[1:-1:2] &= ~touching
    runs = np.diff(edges[open_], prepend=0, append=total)
    return (runs[:-1] if len(runs) > 1 and runs[-1] == 0 else runs).astype(np.uint32)


def union_of_spans(columns: Sequence[Spans]) -> Spans:
    """Spans of what any of several span lists covers."""
    filled = [spans for spans in columns if len(spans)]
    if len(filled) < 2:
        return filled[0] if filled else NO_SPANS
    starts, stops = np.sort(np.concatenate(filled), axis=0).T
    fresh = np.flatnonzero(starts[1:] > stops[:-1]) + 1
    first = np.concatenate([[0], fresh])
    last = np.concatenate([fresh - 1, [len(stops) - 1]])
    return np.column_stack([starts[first], stops[last]])


def from_coco_counts(counts: str | bytes) -> Runs:
    """Run lengths of COCO's compressed counts.

    A character less 48 holds 5 bits of a number, lowest first, and in bit 6 whether more follow;
    the highest bit of the last one is the sign. From the fourth number on it is the difference to
    the run before last.
    """
    raw = counts.encode("ascii", "xmlcharrefreplace") if isinstance(counts, str) else counts
    codes = np.frombuffer(raw, dtype=np.uint8).astype(np.int64) - 48
    if not len(codes):
        return codes.astype(np.uint32)
    if codes.min() < 0 or codes.max() > 63 or codes[-1] & 32:
        raise GeometryError("compressed counts with a character or an end that COCO never writes")
    ends = np.flatnonzero(~codes & 32)
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    digit = np.arange(len(codes)) - np.repeat(starts, lengths)
    if digit.max() > 7:
        raise GeometryError(f"compressed counts with a number of {lengths.max()} characters")
    values = np.add.reduceat((codes & 31) << 5 * digit, starts)
    values -= np.where(codes[ends] & 16, 1 << 5 * lengths, 0)
    return _summed(values)


def _summed(values: Ints) -> Runs:
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    if values.min() < 0 or values.max() >= 1 << 32:
        wrong = values[(values < 0) | (values >= 1 << 32)][0]
        raise GeometryError(f"compressed counts with a run of {wrong} pixels")
    return values.astype(np.uint32)
