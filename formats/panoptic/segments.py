"""The segments of a chunk of pictures as one table, with the pixels of their PNG files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from formats import files, label_maps
from formats.annotations import Annotations
from formats.coco import columns
from formats.coco.columns import Set
from formats.coco.parsing import Objects
from formats.coco.schema import Object
from formats.columns import Kind
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks
from geometry.masks import Mask

__all__ = ["ANNOTATION", "SEGMENT", "Pixels", "table"]

SEGMENT = "segment_id"
"""The key of `extra` for the colour of a segment, where it is not the annotation's id."""
ANNOTATION = "annotation_id"
"""The key of a segment for the id of its annotation, where that is not the colour."""


@dataclass(slots=True)
class Pixels:
    """Gathers the segments of pictures; `classes` has the label of each category id."""

    folder: Path
    classes: dict[int, int]
    unique: bool
    losses: Losses
    rows: list[Object] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    extra: list[dict[str, Any]] = field(default_factory=list)
    masks: list[Mask | None] = field(default_factory=list)

    def add(self, image: int, where: str, name: str, segments: Objects) -> None:
        """The segments of one picture, whose PNG is `name`; `where` is their place in the JSON."""
        found = self._decoded(name, where)
        for k, row in enumerate(segments.rows):
            place = segments.where(k)
            if row.category_id not in self.classes:
                what = f"{place}/category_id = {row.category_id}"
                self.losses.add("segment whose category_id is not in the file", example=what)
                found.pop(row.id or 0, None)
                continue
            mask = found.pop(row.id or 0, None)
            if mask is None:
                self.losses.add("segment without a pixel in its PNG", example=place)
            self.rows.append(row)
            self.images.append(image)
            self.labels.append(self.classes[row.category_id])
            self.masks.append(mask)
            self._identify(row, dict(segments.extra.get(k, {})))
        what = "segment of a PNG that the JSON does not tell of"
        self.losses.add(what, len(found), f"{name}: {min(found, default=0)}")

    def _decoded(self, name: str, where: str) -> dict[int, Mask]:
        """The masks by segment id; 0 is no segment. None of a PNG that cannot be read."""
        try:
            path = files.inside(self.folder, name, f"{where}/file_name")
            found = label_maps.segments(label_maps.read(path).numbers)
        except FormatError as error:
            self.losses.add("label map that cannot be read", example=str(error))
            return {}
        found.pop(0, None)
        return found

    def _identify(self, row: Object, extra: dict[str, Any]) -> None:
        """A segment id stands for the annotation's where each occurs once in the file."""
        own = row.id if self.unique and row.id is not None else -1
        stated = extra.get(ANNOTATION)
        if type(stated) is int:
            own = stated
            del extra[ANNOTATION]
        if row.id is not None and own != row.id:
            extra[SEGMENT] = row.id
        self.ids.append(own)
        self.extra.append(extra)


def table(pixels: Pixels) -> Annotations:
    """The table of all segments; one without pixels is a box."""
    odd: list[tuple[int, str]] = []
    found = columns.table(
        Set(
            pixels.rows,
            np.array(pixels.images, dtype=np.int32),
            np.array(pixels.labels, dtype=np.int32),
            pixels.extra,
            odd,
        )
    )
    for _, what in odd:
        pixels.losses.warn(f"{what}; carried as it stands")
    column = np.empty(len(found), dtype=object)
    column[:] = pixels.masks
    there = np.array([mask is not None for mask in pixels.masks], dtype=bool)
    ids = np.array(pixels.ids, dtype=np.int64)
    return found.with_columns(
        kinds=np.where(there, np.uint8(Kind.MASK), found.kinds),
        boxes=_boxes(found, pixels.masks),
        masks=column if there.any() else None,
        ids=ids if (ids >= 0).any() else None,
    )


def _boxes(found: Annotations, pixels: list[Mask | None]) -> Any:
    """Boxes as stated, else the bounds of the pixels."""
    sides = found.boxes.copy()
    for i in np.flatnonzero(np.isnan(sides).all(axis=1)).tolist():
        mask = pixels[i]
        if mask is not None:
            sides[i] = masks.bounds(mask)
    return sides
