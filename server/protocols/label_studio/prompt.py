"""`Prompt`: what an annotator has drawn with a smart tool: a box, or points, in percents."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.label_studio.config import Control, LabelConfig

__all__ = ["Prompt", "prompt"]

Floats = NDArray[np.float64]
Point = tuple[float, float]
Region = Mapping[str, Any]

AREAS = ("brush", "bitmask", "polygon", "ellipse", "rectangle")
"""Kinds of controls that show an object's extent, the most exact first."""
FAR = 1e9
"""Beyond any percent or picture; also what no number is."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Corners of the drawn shape (K, 2), or points, in percents of the picture's sides.

    `control` takes the answer; `label` is the one that was selected, "" for none.
    """

    control: Control
    label: str
    corners: Floats | None = None
    positive: tuple[Point, ...] = ()
    negative: tuple[Point, ...] = ()

    def box(self, size: tuple[int, int]) -> Floats:
        """x0 y0 x1 y1 in pixels of the drawn shape, (4,), within the picture."""
        assert self.corners is not None
        points = (self.corners / 100).clip(0, 1) * np.array(size)
        return np.concatenate([points.min(axis=0), points.max(axis=0)])

    def points(self, size: tuple[int, int]) -> tuple[list[Point], list[Point]]:
        """(positive, negative) points in pixels."""
        width, height = size

        def scaled(points: Iterable[Point]) -> list[Point]:
            return [(x * width / 100, y * height / 100) for x, y in points]

        return scaled(self.positive), scaled(self.negative)


def prompt(drawn: Sequence[Region], config: LabelConfig) -> Prompt | None:
    """What the regions ask for, None where none can be understood.

    A shape counts, the last one, and points only where there is none: all of them.
    """
    known = [(r, c) for r in drawn if (c := config.control(str(r.get("from_name")))) is not None]
    shapes = [(r, c, k) for r, c in known if (k := _corners(r)) is not None]
    if shapes:
        region, control, corners = shapes[-1]
        label = _label(region, drawn)
        return Prompt(_target(control, label, config), label, corners)
    points = [(r, c, p) for r, c in known if (p := _point(r)) is not None]
    if not points:
        return None
    region, control, _ = points[-1]
    label = _label(region, drawn)
    return Prompt(
        _target(control, label, config),
        label,
        positive=tuple(p for r, _, p in points if _is_positive(r)),
        negative=tuple(p for r, _, p in points if not _is_positive(r)),
    )


def _target(control: Control, label: str, config: LabelConfig) -> Control:
    """The control that the answer goes to: the one drawn with, where that can hold an object.

    Points, and what is drawn with a control that is ``smartOnly``, go to the most exact control
    of the same picture that has the label.
    """
    kind = control.kind.removesuffix("labels")
    only = control.attributes.get("smartOnly", "").strip().lower() == "true"
    if kind in AREAS and not only:
        return control
    able = [c for c in config.controls if c.to_name == control.to_name and c is not control]
    for wanted in AREAS:
        for other in able:
            if other.kind.removesuffix("labels") == wanted and _has(other, label):
                return other
    return control


def _has(control: Control, label: str) -> bool:
    return not label or any(choice.name == label for choice in control.labels)


def _label(region: Region, drawn: Sequence[Region]) -> str:
    """The label of a region, which may stand in another one of the same id."""
    same = (r for r in drawn if r.get("id") == region.get("id"))
    found = (_first(r.get("value"), r.get("type")) for r in (region, *same))
    return next((label for label in found if label), "")


def _first(value: Any, kind: Any) -> str:
    labels = value.get(kind) if isinstance(value, Mapping) and isinstance(kind, str) else None
    first = labels[0] if isinstance(labels, list) and labels else ""
    return first if isinstance(first, str) else ""


def _is_positive(region: Region) -> bool:
    value = region.get("value")
    inner = value.get("positive", True) if isinstance(value, Mapping) else True
    return region.get("is_positive", True) is not False and inner is not False


def _corners(region: Region) -> Floats | None:
    """Corners of a rectangle, polygon or ellipse in percents, (K, 2)."""
    value = region.get("value")
    points = value.get("points") if isinstance(value, Mapping) else None
    if isinstance(points, list):
        pairs = [pair for p in points if len(pair := _numbers(p)) == 2]
        return np.array(pairs, dtype=np.float64) if len(pairs) > 2 else None
    if found := _fields(value, "x", "y", "width", "height"):
        return _turned(region, *found)
    if found := _fields(value, "x", "y", "radiusX", "radiusY"):
        x, y, a, b = found
        return np.array([[x - a, y - b], [x + a, y + b]])
    return None


def _turned(region: Region, x: float, y: float, width: float, height: float) -> Floats:
    """Corners of a rectangle that is turned, in pixels, about its first corner."""
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    for angle in _fields(region.get("value"), "rotation"):
        sides = _fields(region, "original_width", "original_height")
        scale = np.array(sides or [1.0, 1.0]).clip(1)
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        corners = corners * scale @ np.array([[cos, sin], [-sin, cos]]) / scale
    return corners + (x, y)


def _point(region: Region) -> Point | None:
    found = _fields(region.get("value"), "x", "y")
    return (found[0], found[1]) if found else None


def _fields(value: Any, *names: str) -> list[float]:
    """The numbers of these names, none where one is missing."""
    return _numbers([value.get(name) for name in names]) if isinstance(value, Mapping) else []


def _numbers(values: Any) -> list[float]:
    """A list of numbers as it is, none where something else is in it."""
    if not isinstance(values, list) or not all(isinstance(v, int | float) for v in values):
        return []
    return [float(v) for v in values] if all(abs(v) < FAR for v in values) else []
