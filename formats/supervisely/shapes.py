"""The geometry of an object as columns of a row.

Supervisely's SDK counts in whole pixels: a corner names a pixel, the right and lower one too, so a
rectangle from 10 to 12 is three pixels wide, and a point lies in the middle of the pixel it names.
Its server counts places between pixels ("subpixels"), as we do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import cut
from formats.columns import Kind
from formats.errors import FormatError
from formats.numerals import is_double
from formats.supervisely import bitmap
from geometry import rotated

__all__ = ["READERS", "Frame", "geometry_of", "numbers"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frame:
    """What an object is read by: the picture's size, `pixels` for whole ones, ids of keypoints."""

    size: tuple[int, int] | None
    pixels: bool
    nodes: list[str]


def geometry_of(told: Mapping[str, Any], shape: str) -> str:
    """The name of an object's geometry; `shape` is that of its class."""
    found = told.get("geometryType") or told.get("shape") or shape
    return found if isinstance(found, str) else ""


def _points(value: Any, least: int) -> Floats:
    """Pairs of finite numbers, (K, 2)."""
    try:
        points = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError("points that are not numbers") from error
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < least:
        raise FormatError(f"expected at least {least} points [x, y]")
    if not np.isfinite(points).all():
        raise FormatError("a point that is not finite")
    return points


def _exterior(told: Mapping[str, Any], least: int) -> Floats:
    points = told.get("points")
    if not isinstance(points, dict):
        raise FormatError("no points")
    return _points(points.get("exterior"), least)


def _centred(points: Floats, frame: Frame) -> Floats:
    return points + 0.5 if frame.pixels else points


def _bounds(points: Floats) -> Floats:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _corners(points: Floats, frame: Frame) -> Floats:
    """x0 y0 x1 y1 of two corners; a pixel is as wide as it is."""
    if len(points) != 2:
        raise FormatError(f"{len(points)} corners, expected 2")
    found = _bounds(points)
    found[2:] += 1 if frame.pixels else 0
    return found


def _rectangle(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    return {"kinds": Kind.BOX, "boxes": _corners(_exterior(told, 2), frame)}


def _oriented(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    x0, y0, x1, y1 = _corners(_points(told.get("points"), 2), frame)
    angle = told.get("angle", 0)
    if not is_double(angle):
        raise FormatError(f"the angle {angle!r:.40}")
    turned = [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, float(angle)]
    return {"kinds": Kind.ROTATED, "rotated": turned, "boxes": rotated.bounds([turned])[0]}


def _part(told: Any, frame: Frame) -> list[Floats]:
    """A ring and its holes."""
    if not isinstance(told, dict):
        raise FormatError("no points")
    holes = told.get("interior") or []
    if not isinstance(holes, list):
        raise FormatError("an interior that is no list")
    rings = [_points(told.get("exterior"), 1), *(_points(hole, 1) for hole in holes)]
    return [_centred(ring, frame) for ring in rings]


def _polygon(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    return _shaped([_part(told.get("points"), frame)])


def _multipolygon(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    parts = told.get("parts")
    if not isinstance(parts, list) or not parts:
        raise FormatError("no parts")
    return _shaped([_part(part, frame) for part in parts])


def _shaped(parts: list[list[Floats]]) -> dict[str, Any]:
    outer = np.concatenate([part[0] for part in parts])
    return {"kinds": Kind.POLYGON, "rings": parts, "boxes": _bounds(outer)}


def _line(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    points = _centred(_exterior(told, 1), frame)
    return {"kinds": Kind.LINE, "rings": [[points]], "boxes": _bounds(points)}


def _point(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    x, y = _centred(_exterior(told, 1), frame)[0]
    return {"kinds": Kind.POINTS, "keypoints": [[x, y, 2]], "boxes": [x, y, x, y]}


def _bitmap(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    stated = told.get("bitmap", told.get("alpha_mask"))
    return cut.mask(*bitmap.decode(stated, frame.size))


def _graph(told: Mapping[str, Any], frame: Frame) -> dict[str, Any]:
    """Keypoints in the order of the class; a node that is not there is not labelled."""
    found = told.get("nodes")
    if not isinstance(found, dict) or not found:
        raise FormatError("no nodes")
    names = [*frame.nodes, *(name for name in found if name not in frame.nodes)]
    points = np.zeros((len(names), 3))
    for name, node in found.items():
        if not isinstance(node, dict):
            raise FormatError(f"the node {name!r:.40} is no object")
        place = _centred(_points([node.get("loc")], 1), frame)[0]
        points[names.index(name)] = [*place, 1 if node.get("disabled") else 2]
    shown = points[points[:, 2] > 0, :2]
    return {"kinds": Kind.POINTS, "keypoints": points, "boxes": _bounds(shown)}


READERS: Mapping[str, Callable[[Mapping[str, Any], Frame], dict[str, Any]]] = {
    "rectangle": _rectangle,
    "oriented_bbox": _oriented,
    "polygon": _polygon,
    "multipolygon": _multipolygon,
    "line": _line,
    "point": _point,
    "bitmap": _bitmap,
    "alpha_mask": _bitmap,
    "graph": _graph,
}
"""What reads each geometry; every other one has no place in a table and is counted."""
KEYS = {
    "polygon": ("points",),
    "bitmap": ("bitmap",),
    "alpha_mask": ("alpha_mask",),
    "graph": ("nodes",),
    "oriented_bbox": ("points", "angle"),
    "multipolygon": ("parts",),
}
"""The keys of an object that hold its geometry; ``points`` for those not named."""


def numbers(told: Mapping[str, Any]) -> list[Any]:
    """The numbers of an object's points, for a look at whether they are whole."""
    parts = [told.get("points"), *_listed(told.get("parts"))]
    found: list[Any] = []
    for part in parts:
        rings = part if isinstance(part, list) else []
        if isinstance(part, dict):
            holes = (pair for hole in _listed(part.get("interior")) for pair in _listed(hole))
            rings = [*_listed(part.get("exterior")), *holes]
        found += [n for pair in rings for n in _listed(pair)]
    nodes = told.get("nodes")
    for node in nodes.values() if isinstance(nodes, dict) else ():
        found += _listed(node.get("loc")) if isinstance(node, dict) else []
    return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
