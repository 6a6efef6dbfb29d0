"""One annotation of Datumaro as the columns of a row: where it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.coco.segmentation import mask as of_runs
from formats.columns import Kind
from formats.dataset import Label
from formats.errors import FormatError
from formats.numerals import is_double
from geometry import ellipses, keypoints, masks, rotated

__all__ = ["READERS", "ROTATION"]

Floats = NDArray[np.float64]
Told = Mapping[str, Any]
ROTATION = "rotation"
"""The attribute of a box or an ellipse with its angle in degrees, clockwise; 0 is none at all.

CVAT writes it; datumaro's own class of rotated boxes has no form in this format.
"""


def _numbers(told: Told, key: str, least: int, step: int = 1) -> Floats:
    """A list of finite numbers; FormatError where it is none."""
    value = told.get(key)
    plain = isinstance(value, list) and all(is_double(one) for one in value)
    found = np.array(value if plain else [], dtype=np.float64)
    if not plain or len(found) < least or len(found) % step or not np.isfinite(found).all():
        wanted = f"{least} or more numbers" if step == 1 else f"{least // step} or more points"
        raise FormatError(f"{key} is {value!r:.60}, expected a list of {wanted}")
    return found


def _turn(told: Told) -> float:
    """The angle in radians."""
    attributes = told.get("attributes")
    degrees = attributes.get(ROTATION) if isinstance(attributes, dict) else 0
    return math.radians(degrees) if is_double(degrees) else 0.0


def _box(told: Told, label: Label) -> dict[str, Any]:
    x, y, w, h = _numbers(told, "bbox", 4)[:4]
    if not (angle := _turn(told)):
        return {"kinds": Kind.BOX, "boxes": [x, y, x + w, y + h]}
    five = np.array([x + w / 2, y + h / 2, w, h, angle])
    return {"kinds": Kind.ROTATED, "rotated": five, "boxes": rotated.bounds(five[None])[0]}


def _ellipse(told: Told, label: Label) -> dict[str, Any]:
    x0, y0, x1, y1 = _numbers(told, "points", 4)[:4]
    five = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, _turn(told)])
    return {"kinds": Kind.ELLIPSE, "rotated": five, "boxes": ellipses.bounds(five[None])[0]}


def _polygon(told: Told, label: Label) -> dict[str, Any]:
    return _ringed(Kind.POLYGON, _numbers(told, "points", 6, 2))


def _polyline(told: Told, label: Label) -> dict[str, Any]:
    return _ringed(Kind.LINE, _numbers(told, "points", 4, 2))


def _ringed(kind: Kind, flat: Floats) -> dict[str, Any]:
    ring = flat.reshape(-1, 2)
    box = np.concatenate([ring.min(axis=0), ring.max(axis=0)])
    return {"kinds": kind, "rings": [[ring]], "boxes": box}


def _points(told: Told, label: Label) -> dict[str, Any]:
    places = _numbers(told, "points", 2, 2).reshape(-1, 2)
    seen = told.get("visibility")
    if seen is None:
        seen = [2] * len(places)
    return _pointed(places, seen)


def _pointed(places: Floats, seen: Any) -> dict[str, Any]:
    right = isinstance(seen, list) and len(seen) == len(places)
    if not right or any(not is_double(one) or one not in (0, 1, 2) for one in seen):
        raise FormatError(f"visibility is {seen!r:.60}, expected {len(places)} times 0, 1 or 2")
    found = np.column_stack([places, np.array(seen, dtype=np.float64)])
    box = keypoints.bounds(found[None])[0]
    return {"kinds": Kind.POINTS, "keypoints": found, "boxes": box}


def _skeleton(told: Told, label: Label) -> dict[str, Any]:
    """CVAT's: x y visibility for each keypoint of the class."""
    found = _numbers(told, "points", 3, 3).reshape(-1, 3)
    if label.keypoints and len(found) != len(label.keypoints):
        raise FormatError(f"{len(found)} points, class {label.name!r} has {len(label.keypoints)}")
    return _pointed(found[:, :2], found[:, 2].tolist())


def _mask(told: Told, label: Label) -> dict[str, Any]:
    value = told.get("rle")
    if not isinstance(value, dict):
        raise FormatError(f"rle is {value!r:.60}, expected counts and size")
    found = of_runs(value)
    return {"kinds": Kind.MASK, "masks": found, "boxes": masks.bounds(found)}


def _tag(told: Told, label: Label) -> dict[str, Any]:
    return {"kinds": Kind.TAG}


READERS: Mapping[str, Callable[[Told, Label], dict[str, Any]]] = {
    "bbox": _box,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "polyline": _polyline,
    "points": _points,
    "skeleton": _skeleton,
    "mask": _mask,
    "label": _tag,
}
"""Types of annotations -> the columns that say where they are."""
