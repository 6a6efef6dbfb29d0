"""Columns behind the shape: a confidence, a track id, or both.

What ``cls x y w h conf id`` means cannot be told from a line alone (seven columns are a triangle
too), so the columns are named by an option, or guessed once from a sample of the whole data set.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from formats.yolo.rows import Rows

__all__ = ["Names", "guess", "named", "padded", "taken"]

Names = tuple[str, ...]
Floats = NDArray[np.float64]
BOTH = ("conf", "id")


def named(option: str) -> Names | None:
    """The columns that an option names; None where it leaves the guess to us."""
    if not option:
        return None
    return () if option == "none" else tuple(option.split(","))


def guess(sample: Rows, width: int | None, where: object) -> Names:
    """The columns behind `width` values on every line of a sample (None: behind x y pairs).

    Only where all lines agree is anything taken; FormatError where the numbers fit two readings.
    """
    if not len(sample):
        return ()
    if width is None:
        return ("conf",) if (sample.counts % 2 == 1).all() and sample.counts.min() > 6 else ()
    extra = set((sample.counts - width).tolist())
    if extra == {1}:
        return _one(sample.cut(1)[1][:, 0], where)
    if extra == {1, 2}:
        return _some_tracked(sample, width)
    return _two(sample.cut(2)[1]) if extra == {2} else ()


def _some_tracked(sample: Rows, width: int) -> Names:
    """A confidence on every line, and a track id on those of pictures in which any is tracked."""
    tracked = sample.counts == width + 2
    scores = sample.keep(~tracked).cut(1)[1]
    share = (scores >= 0).all() and (scores <= 1).all()
    found = _two(sample.keep(tracked).cut(2)[1])
    return found if share and found == BOTH else ()


def _one(column: Floats, where: object) -> Names:
    whole = (column == np.rint(column)).all()
    if whole and column.max() > 1:
        return ("id",)
    if not whole and column.min() >= 0 and column.max() <= 1:
        return ("conf",)
    raise _unclear("the last column may be a confidence or a track id", where)


def _two(columns: Floats) -> Names:
    """Two more columns: a confidence in 0..1 and whole ids of which some are above 1."""
    whole = (columns == np.rint(columns)).all(axis=0) & (columns.max(axis=0) > 1)
    share = (columns.min(axis=0) >= 0) & (columns.max(axis=0) <= 1)
    if share[0] and whole[1]:
        return ("conf", "id")
    return ("id", "conf") if whole[0] and share[1] else ()


def padded(rows: Rows, columns: Names, width: int | None) -> Rows:
    """The lines, where those that have a confidence and no track id get the id -1.

    So Ultralytics writes the pictures of a clip in which it tracks nothing.
    """
    short = rows.counts == (width or 0) + 1
    if columns != BOTH or width is None or not short.any():
        return rows
    values = np.insert(rows.values, np.cumsum(rows.counts)[short], -1)
    return replace(rows, counts=rows.counts + short, values=values)


def _unclear(what: str, where: object) -> FormatError:
    return FormatError(what, where=where, hint="columns=conf, columns=id or columns=conf,id")


def taken(rows: Rows, columns: Names) -> tuple[Rows, Floats | None, NDArray[np.int64] | None]:
    """The lines without those columns, the scores (N,) and the track ids (N,)."""
    if not columns:
        return rows, None, None
    rest, values = rows.cut(len(columns))
    scores = values[:, columns.index("conf")] if "conf" in columns else None
    tracks = values[:, columns.index("id")].astype(np.int64) if "id" in columns else None
    return rest, scores, tracks
