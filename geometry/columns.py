"""Many masks of one size, column by column, and how many pixels pairs of them share.

Most columns of most masks hold one run of pixels. So a mask is a strip of one run a column, and
what its columns hold beyond the first run is kept apart: for a pair, two strips lie side by side
and nothing is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geometry.cells import expand

__all__ = ["Columns", "common_pixels", "nanoseconds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHUNK = 1 << 15
"""Columns that are looked at together, so that temporaries stay in the cache."""
NONE = np.zeros(1, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Columns:
    """The foreground of N masks, by mask, column and row.

    Column c of mask n, ``x0 <= c < x1``, begins with the rows `top` to `bottom` at
    ``strips[n] + c``. Further runs of a column are `more` (3, E): column, top, bottom; those of
    mask n are ``offsets[n]`` to ``offsets[n + 1]``. `areas` (N,) pixels, `boxes` (N, 4).
    """

    top: Ints
    bottom: Ints
    strips: Ints
    more: Ints
    offsets: Ints
    areas: Ints
    boxes: Ints

    @classmethod
    def of(cls, runs: Sequence[NDArray[np.uint32]], size: tuple[int, int]) -> Columns:
        """The columns of masks given by their run lengths, background first."""
        mask, column, top, bottom = _pieces(*_spans(runs, size), max(size[1], 1))
        areas = np.bincount(mask, bottom - top, minlength=len(runs)).astype(np.int64)
        boxes = _boxes(mask, column, top, bottom, len(runs))
        widths = boxes[:, 2] - boxes[:, 0]
        strips = np.cumsum(widths) - widths - boxes[:, 0]
        place = strips[mask] + column
        again = np.flatnonzero(place[1:] == place[:-1]) + 1
        strip = np.zeros((2, int(widths.sum())), dtype=np.int64)
        strip[0, place[::-1]], strip[1, place[::-1]] = top[::-1], bottom[::-1]  # the first stays
        further = np.bincount(mask[again], minlength=len(runs))
        return cls(
            top=strip[0],
            bottom=strip[1],
            strips=strips,
            more=np.array([column[again], top[again], bottom[again]]),
            offsets=np.concatenate([[0], np.cumsum(further)]),
            areas=areas,
            boxes=boxes,
        )


def common_pixels(a: Columns, b: Columns, i: Ints, j: Ints) -> Ints:
    """Pixels that mask ``i[k]`` of a and mask ``j[k]`` of b share, (K,); their bounds overlap."""
    left, width = _window(a, b, i, j)
    further = (np.diff(a.offsets)[i] > 0) | (np.diff(b.offsets)[j] > 0)
    out = np.zeros(len(i), dtype=np.int64)
    for part in _parts(width):
        out[part] = _side_by_side(a, b, i[part], j[part], left[part], width[part])
    beyond = np.flatnonzero(further)
    weights = _further(a, b, i[beyond], j[beyond])
    for part in _parts(weights):
        rows = beyond[part]
        out[rows] += _beyond(a, b, i[rows], j[rows])
    return out


def nanoseconds(a: Columns, b: Columns, i: Ints, j: Ints) -> float:
    """About what `common_pixels` takes."""
    width, further = _window(a, b, i, j)[1], _further(a, b, i, j)
    return 25.0 * float(width.sum()) + 80.0 * float(further.sum()) + 100.0 * len(i)


def _window(a: Columns, b: Columns, i: Ints, j: Ints) -> tuple[Ints, Ints]:
    """First and number of the columns that the bounds of both masks hold."""
    left = np.maximum(a.boxes[i, 0], b.boxes[j, 0])
    return left, np.minimum(a.boxes[i, 2], b.boxes[j, 2]) - left


def _further(a: Columns, b: Columns, i: Ints, j: Ints) -> Ints:
    """How many runs `_beyond` has to look at for each pair."""
    return np.diff(a.offsets)[i] + np.diff(b.offsets)[j]


def _parts(weights: Ints) -> list[slice]:
    """Neighbouring pairs that together weigh some `CHUNK`."""
    if not len(weights):
        return []
    block = np.cumsum(weights) // CHUNK
    cuts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(block)]
    return [slice(first, last) for first, last in pairwise(cuts)]


def _side_by_side(a: Columns, b: Columns, i: Ints, j: Ints, left: Ints, width: Ints) -> Ints:
    """Pixels shared by the first runs of the columns."""
    begin = np.cumsum(width) - width
    place = np.arange(int(width.sum()))
    own = place + np.repeat(a.strips[i] + left - begin, width)
    other = place + np.repeat(b.strips[j] + left - begin, width)
    shared = np.minimum(a.bottom.take(own), b.bottom.take(other))
    shared -= np.maximum(a.top.take(own), b.top.take(other))
    return np.add.reduceat(np.maximum(shared, 0, out=shared), begin)


def _beyond(a: Columns, b: Columns, i: Ints, j: Ints) -> Ints:
    """Pixels that the further runs share, with first ones and with each other."""
    own_pair, own = _within(a, b, i, j)
    other_pair, other = _within(b, a, j, i)
    total = np.zeros(len(i))
    total += np.bincount(own_pair, _with_first(a, b, own, j[own_pair]), minlength=len(i))
    total += np.bincount(other_pair, _with_first(b, a, other, i[other_pair]), minlength=len(i))
    width = 1 + max(a.more[0].max(initial=0), b.more[0].max(initial=0))
    keys = own_pair * width + a.more[0, own], other_pair * width + b.more[0, other]
    nth, place = expand(*(np.searchsorted(keys[1], keys[0], side) for side in ("left", "right")))
    both = _common_rows(a.more[1:, own[nth]], b.more[1:, other[place]])
    total += np.bincount(own_pair[nth], both, minlength=len(i))
    return total.astype(np.int64)


def _within(a: Columns, b: Columns, i: Ints, j: Ints) -> tuple[Ints, Ints]:
    """The further runs of mask ``i[k]`` in columns that mask ``j[k]`` has, too: (k, run)."""
    pair, own = expand(a.offsets[i], a.offsets[i + 1])
    column, mask = a.more[0].take(own), j.take(pair)
    within = (column >= b.boxes[:, 0].take(mask)) & (column < b.boxes[:, 2].take(mask))
    kept = np.flatnonzero(within)
    return pair.take(kept), own.take(kept)


def _with_first(a: Columns, b: Columns, own: Ints, masks: Ints) -> Ints:
    """Rows that further runs of a share with the first runs of `masks` of b in their columns."""
    place = b.strips[masks] + a.more[0, own]
    return _common_rows(a.more[1:, own], np.array([b.top[place], b.bottom[place]]))


def _common_rows(a: Ints, b: Ints) -> Ints:
    """How many rows runs (2, K) of top and bottom have in common, (K,)."""
    return np.maximum(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0)


def _spans(runs: Sequence[NDArray[np.uint32]], size: tuple[int, int]) -> tuple[Ints, Ints, Ints]:
    """Mask, start and stop of every foreground run that is not empty."""
    even = [piece for run in runs for piece in ((run, NONE) if len(run) % 2 else (run,))]
    counts = np.fromiter(((len(run) + 1) // 2 for run in runs), np.int64, len(runs))
    flat = np.concatenate(even) if even else NONE[:0]
    mask = np.repeat(np.arange(len(runs)), counts)
    start, stop = np.cumsum(flat, dtype=np.int64).reshape(-1, 2).T - mask * (size[0] * size[1])
    filled = np.flatnonzero(flat[1::2])
    return mask.take(filled), start.take(filled), stop.take(filled)


def _pieces(mask: Ints, start: Ints, stop: Ints, height: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Mask, column, top and bottom of spans cut where columns end."""
    column = start // height
    bottom = stop - column * height
    if not len(bottom) or bottom.max() <= height:
        return mask, column, start - column * height, bottom
    nth, column = expand(column, (stop - 1) // height + 1)
    edge = column * height
    return (
        mask[nth],
        column,
        np.maximum(start[nth] - edge, 0),
        np.minimum(stop[nth] - edge, height),
    )


def _boxes(mask: Ints, column: Ints, top: Ints, bottom: Ints, count: int) -> Ints:
    """Bounds of each mask from its pieces, (N, 4); zeros for a mask without foreground."""
    boxes = np.zeros((count, 4), dtype=np.int64)
    begin = np.flatnonzero(np.diff(mask, prepend=-1))
    if len(begin):
        end = np.append(begin[1:], len(mask)) - 1
        present = mask[begin]
        boxes[present, 0], boxes[present, 2] = column[begin], column[end] + 1
        boxes[present, 1] = np.minimum.reduceat(top, begin)
        boxes[present, 3] = np.maximum.reduceat(bottom, begin)
    return boxes
