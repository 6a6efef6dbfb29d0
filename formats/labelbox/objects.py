"""The geometry and the answers of one annotation, in the words of exports and of imports."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.columns import Kind
from formats.errors import FormatError
from formats.labelbox import raster
from geometry import masks

__all__ = ["GEOMETRIES", "NoDataError", "answers", "shape"]

Floats = NDArray[np.float64]
Size = tuple[int, int] | None


class NoDataError(FormatError):
    """A mask of which only the address is there."""


def shape(told: Mapping[str, Any], size: Size) -> dict[str, Any] | None:
    """The columns of an annotation's geometry; None for one that has no place in a picture.

    FormatError where it cannot be read, NoDataError where it is a mask that lies elsewhere.
    """
    for key, read in GEOMETRIES.items():
        if told.get(key) is not None:
            return read(told[key], size)
    return None


def _box(value: Any, _: Size) -> dict[str, Any]:
    try:
        x, y, w, h = (float(value[key]) for key in ("left", "top", "width", "height"))
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise FormatError("a box without left, top, width and height") from error
    return {"kinds": Kind.BOX, "boxes": _finite(np.array([x, y, x + w, y + h]))}


def _finite(values: Floats) -> Floats:
    if not np.isfinite(values).all():
        raise FormatError("a number that is not finite")
    return values


def _points(value: Any, least: int) -> Floats:
    try:
        points = np.array([(float(p["x"]), float(p["y"])) for p in value], dtype=np.float64)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise FormatError("points that are not {x, y}") from error
    if len(points) < least:
        raise FormatError(f"{len(points)} points, expected {least} or more")
    return _finite(points)


def _bounds(points: Floats) -> Floats:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _polygon(value: Any, _: Size) -> dict[str, Any]:
    """A ring; the first point, which exports repeat at the end, is there once."""
    points = _points(value, 1)
    if len(points) > 3 and (points[0] == points[-1]).all():
        points = points[:-1]
    return {"kinds": Kind.POLYGON, "rings": [[points]], "boxes": _bounds(points)}


def _line(value: Any, _: Size) -> dict[str, Any]:
    points = _points(value, 1)
    return {"kinds": Kind.LINE, "rings": [[points]], "boxes": _bounds(points)}


def _point(value: Any, _: Size) -> dict[str, Any]:
    x, y = _points([value], 1)[0]
    return {"kinds": Kind.POINTS, "keypoints": [[x, y, 2]], "boxes": [x, y, x, y]}


def _mask(value: Any, size: Size) -> dict[str, Any]:
    told = value if isinstance(value, dict) else {}
    text = told.get("png")
    address = told.get("url") or told.get("instanceURI")
    if text is None and isinstance(address, str) and address.startswith(raster.PREFIX):
        text = address.removeprefix(raster.PREFIX)
    if not isinstance(text, str):
        raise NoDataError("a mask that is only an address")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("a mask that is not base64") from error
    mask = raster.decode(data, size)
    return {"kinds": Kind.MASK, "masks": mask, "boxes": masks.bounds(mask)}


GEOMETRIES: Mapping[str, Callable[[Any, Size], dict[str, Any]]] = {
    "bounding_box": _box,
    "bbox": _box,
    "polygon": _polygon,
    "line": _line,
    "point": _point,
    "mask": _mask,
    "composite_mask": _mask,
}
"""The key of each geometry, first as exports call it, and what reads it."""


def answers(told: Any, lead: str = "") -> dict[str, Any]:
    """The answers to questions by their names; ``question/inner`` for those of an answer.

    One choice is its name, several are a list of names, a text is itself.
    """
    found: dict[str, Any] = {}
    for entry in told if isinstance(told, list) else ():
        if not isinstance(entry, dict):
            continue
        name = lead + str(entry.get("name") or entry.get("schemaId") or "")
        answer = _answer(entry)
        if isinstance(answer, list):
            found[name] = [_name(choice) for choice in answer]
            for choice in answer:
                found |= answers(_inner(choice), f"{name}/")
        elif isinstance(answer, dict):
            found[name] = _name(answer)
            found |= answers(_inner(answer), f"{name}/")
        elif answer is not None:
            found[name] = answer
    return found


def _answer(entry: Mapping[str, Any]) -> Any:
    """What an entry says: in exports each kind of question has its own key."""
    text = entry.get("text_answer")
    if isinstance(text, dict):
        return text.get("content")
    for key in ("radio_answer", "checklist_answers", "answer", "answers"):
        if entry.get(key) is not None:
            return entry[key]
    return None


def _name(choice: Any) -> str:
    told = choice if isinstance(choice, dict) else {"name": choice}
    return str(told.get("name") or told.get("value") or told.get("schemaId") or "")


def _inner(choice: Any) -> Any:
    return choice.get("classifications") if isinstance(choice, dict) else None
