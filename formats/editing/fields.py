"""What conditions ask of objects and of pictures, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.coco.rows import areas
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Label
from formats.editing.conditions import ATTRIBUTE
from geometry import boxes

__all__ = ["OBJECT", "PICTURE", "of_objects", "of_pictures"]

Labels = Sequence[Label]
Values = NDArray[Any]


def _sides(table: Annotations) -> NDArray[np.float64]:
    return table.boxes[:, 2:] - table.boxes[:, :2]


def _share(chunk: Chunk, _: Labels) -> Values:
    """Area of the object's box over that of its picture; NaN where the size is not known."""
    table = chunk.annotations
    whole = chunk.sizes().prod(axis=1)[table.images]
    return np.asarray(boxes.area(np.nan_to_num(table.boxes)) / whole)


def _aspect(chunk: Chunk, _: Labels) -> Values:
    sides = _sides(chunk.annotations)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sides[:, 0] / sides[:, 1])


def _names(chunk: Chunk, labels: Labels) -> Values:
    return np.array([label.name for label in labels], dtype=object)[chunk.annotations.labels]


def _kinds(chunk: Chunk, _: Labels) -> Values:
    names = np.array([kind.name.lower() for kind in Kind], dtype=object)
    return names[chunk.annotations.kinds]


def _tracks(chunk: Chunk, _: Labels) -> Values:
    table = chunk.annotations
    if table.tracks is None:
        return np.full(len(table), np.nan)
    return np.where(table.tracks < 0, np.nan, table.tracks)


def _flag(flag: Flag) -> Callable[[Chunk, Labels], Values]:
    return lambda chunk, _: chunk.annotations.flagged(flag).astype(np.float64)


OBJECT: Mapping[str, Callable[[Chunk, Labels], Values]] = {
    "score": lambda chunk, _: chunk.annotations.scores,
    "width": lambda chunk, _: _sides(chunk.annotations)[:, 0],
    "height": lambda chunk, _: _sides(chunk.annotations)[:, 1],
    "area": lambda chunk, _: areas(chunk.annotations),
    "share": _share,
    "aspect": _aspect,
    "label": _names,
    "kind": _kinds,
    "track": _tracks,
    **{(flag.name or "").lower(): _flag(flag) for flag in Flag},
}
"""Fields of objects: (N,) numbers, or texts as an object column."""


def _objects(chunk: Chunk) -> Values:
    return np.bincount(chunk.annotations.images, minlength=len(chunk.items)).astype(np.float64)


def _texts(name: str) -> Callable[[Chunk], Values]:
    return lambda chunk: np.array([getattr(item, name) for item in chunk.items], dtype=object)


PICTURE: Mapping[str, Callable[[Chunk], Values]] = {
    "width": lambda chunk: chunk.sizes()[:, 0],
    "height": lambda chunk: chunk.sizes()[:, 1],
    "objects": _objects,
    "looked": lambda chunk: chunk.looked.astype(np.float64),
    **{name: _texts(name) for name in ("path", "split", "annotator", "status")},
}
"""Fields of pictures: (M,) numbers, or texts as an object column."""


def of_objects(chunk: Chunk, name: str, labels: Labels) -> Values:
    """(N,) the values of a field of `OBJECT`, or of an attribute."""
    if not name.startswith(ATTRIBUTE):
        return OBJECT[name](chunk, labels)
    found = chunk.annotations.attributes
    values = np.full(len(chunk.annotations), None, dtype=object)
    if found is not None:
        key = name.removeprefix(ATTRIBUTE)
        values[:] = [cell.get(key) for cell in found]
    return values


def of_pictures(chunk: Chunk, name: str) -> Values:
    """(M,) the values of a field of `PICTURE`."""
    return PICTURE[name](chunk)
