"""KITTI's lines, as the development kit of the object benchmark states them.

``type truncated occluded alpha left top right bottom height width length x y z rotation_y [score]``

Boxes are continuous pixels from 0. Truncation is a share 0..1; occlusion 0 visible, 1 partly,
2 largely, 3 unknown. Of ``DontCare`` regions and of boxes without a third dimension the other
columns are -1, -10 and -1000.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import marks, unheld
from formats.annotations import Annotations
from formats.columns import NOTHING, Flag, Kind
from formats.losses import Losses
from formats.numerals import FAR, is_number, short
from formats.paired.rule import Line

__all__ = ["HOLDS", "IGNORED", "KEYS", "encode", "parse", "table"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "flags"), 0.0),
    "boxes": 1e-9,
}
IGNORED = "DontCare"
"""The type of ignore regions."""
UNKNOWN: dict[str, tuple[float, ...]] = {
    "alpha": (-10.0,),
    "dimensions": (-1.0, -1.0, -1.0),
    "location": (-1000.0, -1000.0, -1000.0),
    "rotation_y": (-10.0,),
}
"""Columns behind the box, and what they are where nothing is known; dimensions are h w l."""
KEYS = frozenset({"truncated", "occluded", *UNKNOWN})
"""Keys of `extra`: what is known behind the box, and values that flags do not tell."""
TYPED = "class of an ignore region, which is DontCare"
NAMED = "object of the class DontCare, which is read as an ignore region"
HELD = Flag.OCCLUDED | Flag.TRUNCATED | Flag.CROWD


def parse(text: str) -> Line | None:
    """(type, 15 numbers) of a line, the last one NaN where no score is stated; else None.

    A type of several words ends where the 14 or 15 numbers begin.
    """
    cells = text.split()
    width = 15 if len(cells) > 15 and is_number(cells[-15]) else 14
    try:
        numbers = [float(cell) for cell in cells[-width:]]
    except ValueError:
        return None
    if len(cells) <= width or not all(abs(value) < FAR for value in numbers):
        return None
    return " ".join(cells[:-width]), numbers + [math.nan] * (15 - width)


def table(lines: Sequence[Line]) -> dict[str, Any]:
    """The columns of boxes; DontCare is an ignore region."""
    numbers = np.array([line[1] for line in lines], dtype=np.float64).reshape(-1, 15)
    ignored = np.array([line[0] == IGNORED for line in lines], dtype=bool)
    cut, hidden = numbers[:, 0], numbers[:, 1]
    flags = np.where(ignored, Flag.CROWD, 0) | np.where(cut > 0, Flag.TRUNCATED, 0)
    flags |= np.where((hidden == 1) | (hidden == 2), Flag.OCCLUDED, 0)
    extra = [_extra(row, odd) for row, odd in zip(numbers.tolist(), ignored.tolist(), strict=True)]
    return {
        "boxes": numbers[:, 3:7],
        "scores": numbers[:, 14],
        "flags": flags.astype(np.uint16) if flags.any() else None,
        "extra": extra if any(extra) else None,
    }


def _extra(row: Sequence[float], ignored: bool) -> Mapping[str, Any]:
    """What a row says beyond its box and flags."""
    found: dict[str, Any] = {}
    usual = (-1.0,) if ignored else (0.0, 1.0)
    for key, value in zip(("truncated", "occluded"), row, strict=False):
        if value not in usual:
            found[key] = int(value) if key == "occluded" and value.is_integer() else value
    parts = {
        "alpha": row[2:3],
        "dimensions": row[7:10],
        "location": row[10:13],
        "rotation_y": row[13:14],
    }
    for key, values in parts.items():
        if tuple(values) != UNKNOWN[key]:
            found[key] = values if len(values) > 1 else values[0]
    return found or NOTHING


def encode(
    rows: Annotations, words: Sequence[str], losses: Losses, where: list[str]
) -> list[tuple[int, str]]:
    """(row, line) of every row that has a box; what lines cannot hold is counted."""
    sound = np.asarray(np.isfinite(rows.boxes).all(axis=1))
    unheld.count(losses.add, "object without a usable box", rows, ~sound, where)
    ignored = rows.flagged(Flag.CROWD)
    named = np.array([word == IGNORED for word in words], dtype=bool)
    _report(rows, losses, where)
    unheld.count(losses.add, TYPED, rows, ignored & ~named, where)
    unheld.count(losses.add, NAMED, rows, named & ~ignored, where)
    cut, hidden = rows.flagged(Flag.TRUNCATED), rows.flagged(Flag.OCCLUDED)
    extras: Any = [NOTHING] * len(rows) if rows.extra is None else rows.extra
    found = []
    for row in np.flatnonzero(sound).tolist():
        word = IGNORED if ignored[row] else words[row]
        known = _known(extras[row], word, bool(cut[row]), bool(hidden[row]))
        found.append((row, " ".join([word, *_cells(known, rows.boxes[row], rows.scores[row])])))
    return found


def _report(rows: Annotations, losses: Losses, where: list[str]) -> None:
    unheld.report(rows, {*HOLDS, "extra"}, losses, where)
    unheld.kinds(rows, {Kind.BOX}, losses, where)
    marks.report(rows, HELD, losses, where)
    if rows.extra is not None:
        other = np.array([_odd(extra) for extra in rows.extra], dtype=bool)
        unheld.count(losses.add, "unknown keys", rows, other, where)


def _known(
    extra: Mapping[str, Any], word: str, cut: bool, hidden: bool
) -> dict[str, tuple[float, ...]]:
    """The columns but box and score; what `extra` says counts where it is numbers."""
    ignored = word == IGNORED
    known: dict[str, tuple[float, ...]] = {
        "truncated": (-1.0 if ignored and not cut else float(cut),),
        "occluded": (-1.0 if ignored and not hidden else float(hidden),),
        **UNKNOWN,
    }
    for key in KEYS & extra.keys():
        known[key] = _numbers(key, extra[key]) or known[key]
    return known


def _odd(extra: Mapping[str, Any]) -> bool:
    """Whether a key is none of KITTI's, or has a value that its columns cannot hold."""
    return any(key not in KEYS or not _numbers(key, value) for key, value in extra.items())


def _numbers(key: str, value: Any) -> tuple[float, ...]:
    """What stands in the columns of a key; nothing where the value is not so many numbers."""
    values = value if isinstance(value, list | tuple) else (value,)
    sound = all(type(one) in (int, float) and abs(one) < FAR for one in values)
    return tuple(values) if sound and len(values) == len(UNKNOWN.get(key, (0.0,))) else ()


def _cells(
    known: Mapping[str, tuple[float, ...]], box: NDArray[np.float64], score: float
) -> list[str]:
    ends = [] if math.isnan(score) else [repr(float(score))]
    before = [*known["truncated"], *known["occluded"], *known["alpha"], *box.tolist()]
    behind = [*known["dimensions"], *known["location"], *known["rotation_y"]]
    return [short(value) for value in (*before, *behind)] + ends
