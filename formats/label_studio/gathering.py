"""Results joined by their id: a region, its labels, and what else was said about it.

Label Studio writes one result per control. Those of one id are one region: a ``rectangle`` and its
``labels``, a box and the choices made for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from formats.losses import Losses

__all__ = ["ASIDE", "MOST", "SHAPES", "Region", "gather", "is_number", "shape_of"]

KEYS = {
    "videorectangle": ("sequence",),
    "polygon": ("points",),
    "brush": ("rle",),
    "bitmask": ("imageDataURL",),
    "vector": ("vertices",),
    "ellipse": ("x", "y", "radiusX", "radiusY"),
    "rectangle": ("x", "y", "width", "height"),
    "keypoint": ("x", "y"),
}
"""What the value of each shape has, the most telling first."""
SHAPES = frozenset(KEYS)
SAME = {"magicwand": "brush"}
ASIDE = {"choices": "choices", "textarea": "text", "number": "number", "rating": "rating"}
ASIDE |= {"datetime": "datetime", "taxonomy": "taxonomy"}
"""Results that say something about a region or picture, and the key that they say it under."""
MOST = 10**9
"""The largest score or side of a picture that is read."""
RELATION = "relation between regions"
TWICE = "shape of a region of several shapes, of which the last is read"
TURNED = "region of a picture that was turned in the editor, read without that turn"
BROKEN = "result that is no object with a type and a value"


@dataclass(slots=True)
class Region:
    """All results of one id. `shape` is "" where none of them has a place in the picture.

    `value`: the numbers of the shape as they stand, in percent; `labels`: names of labels;
    `said`: what other controls say, by control; `size`: the picture's, as the region states it;
    `where`: the control that drew it.
    """

    id: str
    shape: str = ""
    value: Mapping[str, Any] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    score: float = math.nan
    parent: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    size: tuple[int, int] | None = None
    said: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    tags: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text that a person or model wrote on it."""
        text = self.meta.get("text")
        return str(text[0]) if isinstance(text, list) and text else ""


def gather(results: Iterable[Any], losses: Losses, place: object = "") -> list[Region]:
    """The regions of a result, in the order of their first mention.

    Relations and results of types that are not about pictures are counted.
    """
    found: dict[str, Region] = {}
    for number, result in enumerate(results):
        if not _usable(result):
            losses.add(BROKEN, example=place)
        elif result["type"] == "relation":
            losses.add(RELATION, example=place)
        else:
            key = str(result.get("id") or f"#{number}")
            _take(found.setdefault(key, Region(key)), result, losses, place)
    return list(found.values())


def _usable(result: Any) -> bool:
    if not isinstance(result, Mapping) or not isinstance(result.get("type"), str):
        return False
    return result["type"] == "relation" or isinstance(result.get("value"), Mapping)


def shape_of(kind: str, value: Mapping[str, Any]) -> str:
    """The shape that a type of result stands for, "" for none; of ``labels`` what its value has."""
    bare = SAME.get(kind.removesuffix("labels"), kind.removesuffix("labels"))
    if bare in SHAPES:
        return bare
    if bare:
        return ""
    return next((shape for shape, keys in KEYS.items() if all(key in value for key in keys)), "")


def _take(region: Region, result: Mapping[str, Any], losses: Losses, place: object) -> None:
    """Add one result to its region."""
    kind, value = result["type"].lower(), result["value"]
    shape = shape_of(kind, value)
    control = str(result.get("from_name") or "")
    if shape and (not region.shape or kind != "labels"):
        losses.add(TWICE, int(_differs(region, shape, value)), place)
        region.shape, region.value, region.where = shape, value, control
    elif kind in ASIDE:
        _aside(region, control, kind, value)
    elif not shape:
        losses.add(f"result of type {kind}", example=place)
    names = value.get(kind) if kind.endswith("labels") else value.get("labels")
    if isinstance(names, list) and names:
        region.labels = [str(name) for name in names]
    losses.warn(TURNED, bool(shape and result.get("image_rotation")), place)
    _head(region, result)


def _differs(region: Region, shape: str, value: Mapping[str, Any]) -> bool:
    """Whether a region has another shape already."""
    keys = KEYS[shape]
    return bool(region.shape) and (
        region.shape != shape or any(region.value.get(key) != value.get(key) for key in keys)
    )


def _aside(region: Region, control: str, kind: str, value: Mapping[str, Any]) -> None:
    told = value.get(ASIDE[kind])
    if kind == "choices" and isinstance(told, list):
        region.tags += [str(name) for name in told]
        region.where = region.where or control
    lone = isinstance(told, list) and len(told) == 1
    region.said[control or kind] = told[0] if lone and isinstance(told, list) else told


def _head(region: Region, result: Mapping[str, Any]) -> None:
    """What stands around the value: the first result that tells it counts."""
    score = result.get("score")
    if math.isnan(region.score) and is_number(score):
        region.score = float(score)
    region.parent = region.parent or str(result.get("parentID") or "")
    meta = result.get("meta")
    if not region.meta and isinstance(meta, Mapping):
        region.meta = meta
    width, height = result.get("original_width"), result.get("original_height")
    if region.size is None and _side(width) and _side(height):
        region.size = int(width), int(height)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value of JSON is a number within reason."""
    return isinstance(value, int | float) and -MOST <= value <= MOST


def _side(value: Any) -> TypeGuard[float]:
    """Whether a number of pixels is one, also where a tool wrote ``640.0``."""
    whole = type(value) is int or (type(value) is float and value.is_integer())
    return whole and 0 < value <= MOST
