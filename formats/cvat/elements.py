"""Rows as shape elements of CVAT's XML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Flag, Kind
from formats.cvat import attributes, text
from formats.cvat.cutting import DEPTH
from formats.cvat.shapes import WHOLE_TURN
from geometry import masks

__all__ = ["WRITERS", "depth", "element", "occluded", "scored", "shape"]

Floats = NDArray[np.float64]
Told = dict[str, str]


def shape(row: Annotation, names: Sequence[str], keyframe: bool) -> str:
    """One shape element with its attributes, as lines of two steps in.

    `names` are the points of the skeleton where the class is one.
    """
    head = {"frame": str(row.image), "keyframe": str(int(keyframe))}
    head["outside"] = str(int(bool(row.flags & Flag.OUTSIDE)))
    head["occluded"] = occluded(row)
    return element(row, names, head, {DEPTH: depth(row)}, {"keyframe": str(int(keyframe))})


def occluded(row: Annotation) -> str:
    """What CVAT writes for it."""
    return str(int(bool(row.flags & Flag.OCCLUDED)))


def depth(row: Annotation) -> str:
    """The depth of a shape, 0 where none is told."""
    found = row.extra.get(DEPTH, 0)
    return str(found if type(found) is int else 0)


def element(
    row: Annotation, names: Sequence[str], head: Told, tail: Told, of_points: Told | None = None
) -> str:
    """One element with `head` before its shape and `tail` behind it, and its attributes.

    `of_points` is what the points of a skeleton tell in addition.
    """
    name, told, inside = WRITERS[row.kind](row)
    if row.kind == Kind.POINTS and names:
        name, told, inside = "skeleton", {}, _elements(row, names, of_points or {})
    told = {**head, **told, **tail}
    inside += _attributes(row.attributes)
    if not inside:
        return f"    {text.tag(name, told, '/>')}\n"
    return f"    {text.tag(name, told)}\n{inside}    </{name}>\n"


def scored(row: Annotation) -> Annotation:
    """The row with its score, if it has one, as an attribute."""
    if not np.isfinite(row.score):
        return row
    told = {**row.attributes, attributes.CONFIDENCE: round(row.score, 4)}
    return replace(row, attributes=told)


def _attributes(told: Mapping[str, Any]) -> str:
    lines = (
        f"      {text.tag('attribute', {'name': str(name)})}"
        f"{text.content(attributes.text(value))}</attribute>\n"
        for name, value in told.items()
    )
    return "".join(lines)


def _elements(row: Annotation, names: Sequence[str], further: Told) -> str:
    """The points of a skeleton; one that is not labelled, or of a row that is gone, is outside."""
    gone = bool(row.flags & Flag.OUTSIDE)
    points = np.zeros((len(names), 3))
    if row.keypoints is not None:
        points[: len(row.keypoints)] = np.nan_to_num(row.keypoints[: len(names)])
    lines = []
    for name, (x, y, seen) in zip(names, points, strict=True):
        told = {"label": name, **further}
        told["outside"] = str(int(gone or seen == 0))
        told["occluded"] = str(int(seen == 1))
        told["points"] = f"{text.number(x)},{text.number(y)}"
        lines.append(f"      {text.tag('points', told, '/>')}\n")
    return "".join(lines)


Written = tuple[str, Told, str]


def _box(row: Annotation) -> Written:
    return "box", _sides(row.box), ""


def _sides(box: Floats) -> Told:
    return dict(zip(("xtl", "ytl", "xbr", "ybr"), map(text.number, box.tolist()), strict=True))


def _rotated(row: Annotation) -> Written:
    cx, cy, w, h, angle = _five(row)
    sides = _sides(np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]))
    return "box", {**sides, **(_turn(angle) or {"rotation": str(WHOLE_TURN)})}, ""


def _five(row: Annotation) -> list[float]:
    return [] if row.rotated is None else row.rotated.tolist()


def _turn(angle: float) -> Told:
    """The rotation, from 0 to 360 degrees, as CVAT demands; of none nothing is told."""
    degrees = text.number(np.degrees(angle) % WHOLE_TURN)
    return {"rotation": degrees} if float(degrees) else {}


def _ellipse(row: Annotation) -> Written:
    cx, cy, w, h, angle = _five(row)
    numbers = map(text.number, (cx, cy, w / 2, h / 2))
    told = dict(zip(("cx", "cy", "rx", "ry"), numbers, strict=True))
    return "ellipse", {**told, **_turn(angle)}, ""


def _polygon(row: Annotation) -> Written:
    return "polygon", {"points": _pairs(_ring(row))}, ""


def _polyline(row: Annotation) -> Written:
    return "polyline", {"points": _pairs(_ring(row))}, ""


def _ring(row: Annotation) -> Floats:
    return row.rings[0][0] if row.rings else np.empty((0, 2))


def _points(row: Annotation) -> Written:
    found = np.empty((0, 3)) if row.keypoints is None else row.keypoints
    return "points", {"points": _pairs(found[~np.isnan(found).any(axis=1), :2])}, ""


def _pairs(points: Floats) -> str:
    return ";".join(f"{text.number(x)},{text.number(y)}" for x, y in points.tolist())


def _mask(row: Annotation) -> Written:
    """Run lengths row by row over the bounds of the mask, background first."""
    if row.mask is None:
        return "mask", {}, ""
    x0, y0, x1, y1 = masks.bounds(row.mask).astype(int).tolist()
    inside = masks.decode(row.mask)[y0:y1, x0:x1].ravel()
    turns = np.flatnonzero(np.diff(inside)) + 1
    runs = np.diff(np.concatenate([[0], turns, [len(inside)]])).tolist()
    rle = ", ".join(map(str, [0, *runs] if inside[0] else runs))
    window = {"left": x0, "top": y0, "width": x1 - x0, "height": y1 - y0}
    return "mask", {"rle": rle, **{k: str(v) for k, v in window.items()}}, ""


def _tag(row: Annotation) -> Written:
    return "tag", {}, ""


WRITERS: Mapping[Kind, Callable[[Annotation], Written]] = {
    Kind.BOX: _box,
    Kind.ROTATED: _rotated,
    Kind.ELLIPSE: _ellipse,
    Kind.POLYGON: _polygon,
    Kind.LINE: _polyline,
    Kind.POINTS: _points,
    Kind.MASK: _mask,
    Kind.TAG: _tag,
}
"""Kinds of rows -> (element, its attributes, what is inside)."""
