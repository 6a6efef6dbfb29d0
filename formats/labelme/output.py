"""The text of one label file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from formats import json_text, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Item, Label
from formats.labelme import keys, points
from formats.labelme.dialect import ANYLABELING, Dialect
from formats.labelme.elements import Drawn, Writer
from formats.labelme.rows import CUBOID
from formats.labelme.shapes import READERS
from formats.labelme.ties import Tie, ties
from formats.losses import Losses

__all__ = ["Output"]

TOP = frozenset({"version", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth"})
CHECKED = "checked"
OTHER = "type of shape that the tool does not know"


@dataclass(frozen=True, slots=True)
class Output:
    """Makes label files of items."""

    dialect: Dialect
    labels: Sequence[Label]
    writer: Writer
    as_track: bool
    losses: Losses

    def text(self, item: Item, name: str) -> bytes:
        """The label file of a picture that is called `name` and lies beside it."""
        table = Annotations.empty() if item.annotations is None else item.annotations
        shapes = list(self._shapes(table, item.path))
        document: dict[str, Any] = {"version": self.dialect.version}
        document["flags"] = self._flags(item, table)
        document |= self._told(item)
        width, height = item.size or (None, None)
        picture = {"imagePath": name, "imageData": None, "imageHeight": height, "imageWidth": width}
        whole = {**document, "shapes": shapes, **picture}
        return json_text.dumps(whole, option=orjson.OPT_INDENT_2, where=item.path)

    def _flags(self, item: Item, table: Annotations) -> dict[str, Any]:
        """The flags of the picture: as they were read, and one for every tag."""
        known = item.extra.get("flags", {})
        if not isinstance(known, dict):
            self.losses.add("picture whose flags are no object", example=item.path)
            known = {}
        rows = table.labels[table.kinds == Kind.TAG].tolist()
        return known | {self.labels[k].name: True for k in rows}

    def _told(self, item: Item) -> dict[str, Any]:
        """What a file says of its picture."""
        told = {k: v for k, v in item.extra.items() if k not in TOP and k != "flags"}
        self.losses.add("unknown key that a file uses itself", len(item.extra.keys() & TOP))
        if item.id is not None:
            told["id"] = item.id
        if item.annotator:
            told["annotator"] = item.annotator
        if self.dialect is ANYLABELING or item.status == CHECKED:
            told[CHECKED] = item.status == CHECKED
        if item.status not in ("", CHECKED):
            told["status"] = item.status
        return told

    def _shapes(self, table: Annotations, where: str) -> Iterator[dict[str, Any]]:
        shown = (row for row in table.rows() if row.kind != Kind.TAG)
        rows = [row for row in shown if unheld.sound(row, self.losses, where)]
        drawn = [self._drawn(row, where) for row in rows]
        sizes = {id(row): len(shapes) for row, shapes in zip(rows, drawn, strict=True)}
        tied = ties(rows, lambda row: sizes[id(row)], self.as_track)
        for row, shapes, tie in zip(rows, drawn, tied, strict=True):
            yield from self._written(row, shapes, tie, where)

    def _drawn(self, row: Annotation, where: str) -> list[Drawn]:
        """The shapes of a row with their labels: its parts, then its keypoints."""
        label = self.labels[row.label]
        found = points.bare(row, label, several=self.dialect.masks)
        if found is not None:
            alone = not self.dialect.masks or row.extra.get("shape_type") != "points"
            lone = len(found) == 1 and alone
            kind = "point" if lone else "points"
            return [{"label": label.name, "shape_type": kind, "points": found.tolist()}]
        parts = [{"label": label.name, **part} for part in self.writer.shapes(row, where)]
        if parts:
            parts[0] |= points.unplaced(row, label)
        return parts + (points.hung(row, label, self.losses, where) if parts else [])

    def _written(
        self, row: Annotation, shapes: Sequence[Drawn], tie: Tie, where: str
    ) -> Iterator[dict[str, Any]]:
        """The shapes of a row in full; the first tells what the row does."""
        told = keys.told(row, self.losses, where)
        self._count_type(row, shapes, where)
        if any(shape["shape_type"] == CUBOID for shape in shapes):
            told.pop(CUBOID, None)  # its points are those of the shape
        if tie.other and not self.as_track:
            told[keys.GROUP] = row.group if row.group >= 0 else None
        if self.as_track:
            told.pop("track_id", None)
        for number, shape in enumerate(shapes):
            own = told if number == 0 else {}
            group = {"group_id": tie.id} if tie.id is not None else {}
            yield {**dict(self.dialect.keys), **own, **shape, **group}

    def _count_type(self, row: Annotation, shapes: Sequence[Drawn], where: str) -> None:
        """Count a row whose further keys state a type of shape that none of its shapes is of."""
        stated = row.extra.get("shape_type", "")
        other = stated and shapes and all(shape["shape_type"] != stated for shape in shapes)
        what = f"{stated}, written as another type of shape"
        self.losses.add(what if stated in READERS else OTHER, int(bool(other)), where)
