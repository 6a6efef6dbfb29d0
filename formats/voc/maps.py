"""Label maps of a picture, given to the objects of its XML."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import label_maps
from formats.columns import Kind
from formats.dataset import Label
from formats.errors import FormatError
from formats.label_maps import LabelMap
from formats.losses import Losses
from formats.voc import labelmap
from formats.voc.tree import CLASSES, OBJECTS
from geometry import boxes, masks
from geometry.masks import Mask
from geometry.runs import spans_of_runs

__all__ = ["UNTOLD", "VOID", "VOID_KEY", "Maps"]

VOID = 255
"""The index of pixels that belong to no object and are no background: borders, what to ignore."""
VOID_KEY = "void"
"""The key of a picture's `extra` for its void pixels, as COCO's run lengths."""
UNTOLD = "label map of classes alone, beside the boxes of an XML"
ENOUGH = 0.5
"""IoU from which an object of a label map is one of the XML, where its number does not tell."""
Row = dict[str, Any]


@dataclass(slots=True)
class Maps:
    """The label maps of a set; `indices` and `colours` are the classes of their numbers."""

    base: Path
    labels: Sequence[Label]
    indices: dict[int, int] = field(default_factory=dict)
    colours: dict[int, int] = field(default_factory=dict)
    there: bool = False

    def __post_init__(self) -> None:
        self.there = any((self.base / name).is_dir() for name in (CLASSES, OBJECTS))
        place = {label.name.strip(): k for k, label in enumerate(self.labels)}
        lines = labelmap.read(self.base)
        told = [line.name for line in lines] or [labelmap.BACKGROUND, *place]
        self.indices = {i: place[name] for i, name in enumerate(told) if name in place}
        shades = label_maps.numbers(label_maps.palette(len(told))).tolist()
        stated = {line.name: line.colour for line in lines if line.colour is not None}
        for name, shade in zip(told, shades, strict=True):
            if name in place:
                self.colours[stated.get(name, shade)] = place[name]

    def add(self, key: str, rows: list[Row], losses: Losses) -> dict[str, Any]:
        """Give the objects of a picture their masks; further ones become rows of their own.

        What belongs to the picture itself is the answer: its void pixels.
        """
        if not self.there:
            return {}
        classes, objects = (self._read(name, key, losses) for name in (CLASSES, OBJECTS))
        if objects is None:
            losses.add(UNTOLD, bool(classes and rows), key)
            return self._of_classes(classes, rows) if classes and not rows else {}
        found = _segments(objects)
        void = found.pop(VOID, None)
        for number, mask in found.items():
            label = self._class_of(mask, classes)
            row = _owner(rows, number, mask, label)
            if row is None and label is None:
                losses.add("object of a label map without a class", example=f"{key}: {number}")
            elif row is None:
                rows.append(_row(mask, label))
            else:
                row |= {"kinds": Kind.MASK, "masks": mask}
        return _void(void)

    def _read(self, folder: str, key: str, losses: Losses) -> LabelMap | None:
        path = self.base / folder / f"{key}.png"
        if not os.path.isfile(path):  # noqa: PTH113 - a name may be too long for a file
            return None
        try:
            return label_maps.read(path)
        except FormatError as error:
            losses.add("label map that cannot be read", example=str(error))
            return None

    def _of_classes(self, classes: LabelMap, rows: list[Row]) -> dict[str, Any]:
        """A mask for each class of a picture that nobody told objects of."""
        found = label_maps.segments(classes.numbers)
        table = self.colours if classes.coloured else self.indices
        rows += [_row(mask, table[n]) for n, mask in found.items() if n in table]
        return _void(found.get(_void_number(classes)))

    def _class_of(self, mask: Mask, classes: LabelMap | None) -> int | None:
        """The class that most pixels of an object have; None where none is told.

        A run of pixels counts as its first one: objects do not cross classes.
        """
        if classes is None or classes.size != mask.size:
            return None
        spans = spans_of_runs(mask.runs)
        columns, rows = np.divmod(spans[:, 0], mask.size[1])
        found, which = np.unique(classes.numbers[rows, columns], return_inverse=True)
        counts = np.bincount(which.ravel(), weights=spans[:, 1] - spans[:, 0])
        table = self.colours if classes.coloured else self.indices
        return table.get(int(found[counts.argmax()]))


def _void_number(found: LabelMap) -> int:
    return int(label_maps.numbers(label_maps.palette()[VOID])) if found.coloured else VOID


@cache
def _palette() -> Mapping[int, int]:
    """VOC's index of each of its 256 colours, as `label_maps.numbers` counts them."""
    shades = label_maps.numbers(label_maps.palette()).tolist()
    return MappingProxyType({shade: index for index, shade in enumerate(shades)})


def _segments(objects: LabelMap) -> dict[int, Mask]:
    """The masks of a map of objects by their number; colours are VOC's."""
    found = label_maps.segments(objects.numbers)
    if objects.coloured:
        place = _palette()
        known = sorted((place[number], number) for number in found if number in place)
        others = [number for number in found if number not in place]
        pairs = [*known, *zip(count(len(place)), others, strict=False)]
        found = {index: found[number] for index, number in pairs}
    found.pop(0, None)
    return found


def _owner(rows: list[Row], number: int, mask: Mask, label: int | None) -> Row | None:
    """The object that a mask is of: that of its number, else the one whose box fits it best."""
    side = masks.bounds(mask)
    own = rows[number - 1] if number <= len(rows) else None
    if own is not None and _fits(own, label) and _overlap(own, side) > 0:
        return own
    free = [row for row in rows if _fits(row, label) and _overlap(row, side) >= ENOUGH]
    return max(free, key=lambda row: _overlap(row, side), default=None)


def _fits(row: Row, label: int | None) -> bool:
    return "masks" not in row and label in (None, row["labels"])


def _overlap(row: Row, side: NDArray[np.float64]) -> float:
    return float(boxes.iou(np.array([row["boxes"]]), side[None])[0, 0])


def _row(mask: Mask, label: int | None) -> Row:
    return {"kinds": Kind.MASK, "labels": label, "masks": mask, "boxes": masks.bounds(mask)}


def _void(mask: Mask | None) -> dict[str, Any]:
    if mask is None:
        return {}
    width, height = mask.size
    return {VOID_KEY: {"size": [height, width], "counts": masks.to_coco_string(mask)}}
