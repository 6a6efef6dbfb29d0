"""COCO's three kinds of segmentation, decided by type and never by ``iscrowd``.

A list holds rings (several rings are parts of one object); an object holds run lengths, counted
or compressed. ``[]``, ``[[]]``, null and a missing key mean that there is no mask.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import orjson
from msgspec import Raw
from numpy.typing import NDArray

from formats.dataset import Item
from formats.errors import FormatError
from geometry import masks
from geometry.errors import GeometryError
from geometry.masks import Mask

__all__ = ["Part", "loaded", "mask", "rings", "run_lengths"]

Part = list[NDArray[np.float64]]
Row = list[Part]
NUMBERS = (int, float)


def loaded(raws: list[Raw]) -> list[Any]:
    """The values of many raw texts, decoded in one go; null for a missing one."""
    try:
        return orjson.loads(b"[" + b",".join(map(bytes, raws)) + b"]") if raws else []
    except orjson.JSONDecodeError:  # a number that is larger than a double holds
        return [json.loads(bytes(raw), parse_int=_whole) for raw in raws]


def _whole(digits: str) -> float:
    """A number without a point, infinite where it is larger than a double holds."""
    return int(digits) if len(digits) < 19 else float(digits)


def rings(value: list[Any]) -> Row:
    """The rings of a polygon, each a part of its own; FormatError where it is none."""
    if value and all(type(number) in NUMBERS for number in value):
        value = [value]
    found = [_ring(ring) for ring in value]
    return [[ring] for ring in found if len(ring)]


def _ring(ring: Any) -> NDArray[np.float64]:
    if not isinstance(ring, list):
        raise FormatError(f"a ring is a list of numbers, found {ring!r}")
    if len(ring) % 2:
        raise FormatError(f"a ring of {len(ring)} numbers, expected an even count")
    if not all(type(number) in NUMBERS for number in ring):
        raise FormatError("a ring with something else than numbers")
    return np.array(ring, dtype=np.float64).reshape(-1, 2)


def mask(value: dict[str, Any]) -> Mask:
    """The mask of run lengths, counted or compressed; FormatError where they do not fit."""
    size, counts = _whole_numbers(value.get("size")), value.get("counts")
    if size is None or len(size) != 2:
        found = value.get("size")
        raise FormatError(f"the size of a mask is [height, width], found {found!r}")
    height, width = size
    try:
        if isinstance(counts, str):
            return masks.from_coco_string(counts, (width, height))
        if (runs := _whole_numbers(counts)) is not None:
            return Mask(np.array(runs, dtype=np.uint32), (width, height))
    except (GeometryError, ValueError, OverflowError) as error:
        raise FormatError(str(error)) from error
    raise FormatError("the counts of a mask are a text or a list of whole numbers")


def _whole_numbers(value: Any) -> list[int] | None:
    """A list of whole numbers, which some tools write as ``480.0``; None where it is none."""
    if not isinstance(value, list):
        return None
    kinds = set(map(type, value))
    if kinds <= {int}:
        return value
    whole = kinds <= {int, float} and all(number == number // 1 for number in value)
    return [int(number) for number in value] if whole else None


def run_lengths(mask: Mask, compressed: bool) -> dict[str, Any]:
    """A mask as COCO writes it: crowds counted by custom, other objects compressed."""
    width, height = mask.size
    counts: Any = masks.to_coco_string(mask) if compressed else mask.runs.tolist()
    return {"counts": counts, "size": [height, width]}


def polygon(row: Row, item: Item) -> list[Any] | dict[str, Any]:
    """The rings of a row verbatim, or run lengths where it has holes (COCO polygons have none).

    A ring of fewer than three points is left out: four numbers would be taken for a box. Without
    the picture's size, holes are left out.
    """
    if item.size is not None and any(len(part) > 1 for part in row):
        return run_lengths(masks.from_rings(row, item.size), compressed=True)
    return [part[0].ravel().tolist() for part in row if part and len(part[0]) > 2]
