"""Rows of OpenImages' files, by column."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from typing import Any

from formats.annotations import Annotation
from formats.numerals import short
from formats.openimages.columns import COORDINATES, FLAGS, MASK_BOX, TRAITS

__all__ = ["OF_BOX", "OF_MASK", "OF_TAG", "Entry", "box", "held", "mask", "tag"]

OF_TAG = frozenset({"Source"})
OF_BOX = OF_TAG | {*FLAGS, *TRAITS}
OF_MASK = OF_BOX | {"BoxID", "PredictedIoU", "Clicks"}
"""Further keys of rows that have a column."""
_UNSAFE = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a picture: the ids of picture and class, and the picture's size."""

    image: str
    code: str
    row: Annotation
    size: tuple[int, int]


def held(row: Annotation, columns: Collection[str]) -> dict[str, Any]:
    """The further keys of a row that have a column, and a value for it."""
    return {k: v for k, v in row.extra.items() if k in columns and type(v) in (str, int, float)}


def tag(image: str, code: str, row: Annotation) -> dict[str, Any]:
    """The line of an image-level label."""
    told = {"Source": "", **held(row, OF_TAG)}
    return {**told, "ImageID": image, "LabelName": code, "Confidence": _confidence(row.score)}


def box(entry: Entry) -> dict[str, Any]:
    """The line of a box. Flags that the source says nothing else of are 0 or 1."""
    row = entry.row
    told = held(row, OF_BOX)
    told |= {name: int(bool(row.flags & flag)) for name, flag in FLAGS.items() if name not in told}
    traits = {name: int(row.attributes.get(name) is True) for name in TRAITS if name not in told}
    shares = dict(zip(COORDINATES, _shares(entry), strict=True))
    confidence = _confidence(row.score)
    return {
        **told,
        **traits,
        **shares,
        "ImageID": entry.image,
        "LabelName": entry.code,
        "Confidence": confidence,
    }


def mask(entry: Entry, k: int, split: str, taken: set[str]) -> tuple[str, dict[str, Any]]:
    """The place of the file of a mask, number k of its picture, and its line.

    `taken` are the places that have a file; this one is added.
    """
    told = held(entry.row, OF_MASK)
    number = str(told.get("BoxID") or f"{k:08x}")
    parts = (entry.image, entry.code.replace("/", ""), number)
    name = "_".join(_UNSAFE.sub("_", part) for part in parts)
    tries = (f"{name}.png" if n == 1 else f"{name}-{n}.png" for n in count(1))
    file = next(one for one in tries if f"{split}/{one}" not in taken)
    taken.add(f"{split}/{file}")
    shares = dict(zip(MASK_BOX, _shares(entry), strict=True))
    head = {"MaskPath": file, "ImageID": entry.image, "LabelName": entry.code, "BoxID": number}
    return f"{split}/{file}", {**told, **shares, **head}


def _shares(entry: Entry) -> list[str]:
    """x0 x1 y0 y1 as parts of the picture."""
    x0, y0, x1, y1 = entry.row.box.tolist()
    width, height = entry.size
    return [short(x0 / width), short(x1 / width), short(y0 / height), short(y1 / height)]


def _confidence(score: float) -> str:
    """1 where a person drew or verified it; a score has a point, also 1.0."""
    return "1" if math.isnan(score) else repr(float(score))
