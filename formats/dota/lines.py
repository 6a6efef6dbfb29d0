"""DOTA's lines: ``x1 y1 x2 y2 x3 y3 x4 y4 category difficult``, and what stands before them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from formats import marks, unheld
from formats.annotations import Annotations
from formats.columns import NOTHING, Flag, Kind
from formats.dota.corners import corners, fitted, quadrilateral
from formats.losses import Losses
from formats.numerals import FAR, short
from formats.paired.rule import Line
from geometry import boxes
from geometry.rings import Rings

__all__ = ["HOLDS", "encode", "head", "heading", "parse", "table"]

HOLDS = {**dict.fromkeys(("images", "kinds", "labels", "flags"), 0.0), "rotated": 1e-6}
HEADS = ("imagesource", "gsd")
"""What the first lines of a file may say of its picture, in their order."""
DIFFICULT = "difficult"
"""A key of `extra`: a difficulty other than 0 and 1."""
NO_PLACE = "object without a usable outline"
_HEAD = re.compile(rf"\s*['\"]?({'|'.join(HEADS)})['\"]?\s*:(.*)", re.IGNORECASE)
_WHOLE = re.compile(r"-?\d{1,9}")


def head(lines: Sequence[str]) -> tuple[int, Mapping[str, Any]]:
    """How many lines are no objects at the start of a file, and what they say, as texts."""
    found: dict[str, str] = {}
    start = 0
    for line in lines:
        match = _HEAD.fullmatch(line)
        if match is None and line.strip():
            break
        start += 1
        if match is not None:
            found[match[1].lower()] = match[2].strip()
    return (start, found) if found else (0, NOTHING)


def heading(extra: Mapping[str, Any]) -> str:
    """The first lines of a file, of what is known."""
    return "".join(f"{key}:{extra[key]}\n" for key in HEADS if key in extra)


def parse(text: str) -> Line | None:
    """(category, eight numbers, difficulty, "" where none is stated); None for another line.

    Of several words after the numbers the last is the difficulty if it is a whole number. Commas
    divide where they divide the numbers; elsewhere they are of a class's name.
    """
    cells = text.split()
    if cells and "," in cells[0]:
        cells = text.replace(",", " ").split()
    try:
        points = [float(cell) for cell in cells[:8]]
    except ValueError:
        return None
    words = cells[8:]
    rated = len(words) > 1 and _WHOLE.fullmatch(words[-1])
    difficulty = words.pop() if rated else ""
    if not words or len(points) < 8 or not all(abs(value) < FAR for value in points):
        return None
    return " ".join(words), points, difficulty


def table(lines: Sequence[Line]) -> dict[str, Any]:
    """The columns: rectangles are rotated boxes, other quadrilaterals polygons."""
    points = np.array([line[1] for line in lines], dtype=np.float64).reshape(-1, 4, 2)
    turned, straight = fitted(points)
    rated = [line[2] for line in lines]
    hard = np.array([text not in ("", "0") for text in rated], dtype=bool)
    other = [NOTHING if t in ("", "0", "1") else {DIFFICULT: int(t)} for t in rated]
    columns: dict[str, Any] = {
        "kinds": np.where(straight, Kind.ROTATED, Kind.POLYGON),
        "boxes": boxes.bounds(points),
        "rotated": np.where(straight[:, None], turned, np.nan) if straight.any() else None,
        "flags": hard * np.uint16(Flag.DIFFICULT) if hard.any() else None,
        "extra": other if any(other) else None,
    }
    if not straight.all():
        columns["rings"] = Rings.of(
            [[] if s else [[p]] for s, p in zip(straight, points, strict=True)]
        )
    return columns


def encode(
    rows: Annotations, words: Sequence[str], losses: Losses, where: list[str]
) -> list[tuple[int, str]]:
    """(row, line) of every row that has a place; what lines cannot hold is counted."""
    points = corners(rows)
    sound = np.asarray(np.isfinite(points).all(axis=(1, 2)))
    unheld.count(losses.add, NO_PLACE, rows, ~sound, where)
    _report(rows, losses, where)
    rated = _difficulties(rows)
    numbers = points.reshape(-1, 8).tolist()
    found = []
    for row in np.flatnonzero(sound).tolist():
        text = " ".join(map(short, numbers[row]))
        found.append((row, f"{text} {words[row]} {rated[row]}"))
    return found


def _report(rows: Annotations, losses: Losses, where: list[str]) -> None:
    """Count what is lost; quadrilaterals come back as they are."""
    held = {*HOLDS, "extra"}
    quads = quadrilateral(rows)
    for part, further in ((rows[~quads], held), (rows[quads], {*held, "rings"})):
        unheld.report(part, further, losses, where)
    unheld.kinds(rows[~quads], {Kind.ROTATED}, losses, where)
    unheld.boxes(rows, losses, where)
    unheld.swapped(rows, losses, where)
    marks.report(rows, Flag.DIFFICULT, losses, where)
    if rows.extra is not None:
        other = np.array([_odd(extra) for extra in rows.extra], dtype=bool)
        unheld.count(losses.add, "unknown keys", rows, other, where)


def _odd(extra: Mapping[str, Any]) -> bool:
    """Whether there is more than a difficulty that a line can hold."""
    return bool(extra.keys() - {DIFFICULT}) or type(extra.get(DIFFICULT, 0)) is not int


def _difficulties(rows: Annotations) -> list[int]:
    """The flag as 0 or 1, or what `extra` says; that may be all, as COCO has one key for both."""
    rated = rows.flagged(Flag.DIFFICULT).astype(int).tolist()
    for row, extra in enumerate(() if rows.extra is None else rows.extra):
        value = extra.get(DIFFICULT)
        rated[row] = value if type(value) is int and value else rated[row]
    return rated
