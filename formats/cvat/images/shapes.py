"""One shape, skeleton or tag of an ``<image>`` as the columns of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats import cut
from formats.columns import Flag, Kind
from formats.cvat import attributes, shapes
from formats.cvat.cutting import DEPTH
from formats.cvat.labels import SKELETON
from formats.cvat.markup import Node
from formats.cvat.tracks import PLACE
from formats.cvat.vocabulary import Vocabulary
from formats.dataset import Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry import keypoints

__all__ = ["Reader", "Row"]

Row = dict[str, Any]
TAG = "tag"
ABSENT, HIDDEN, SEEN = 0.0, 1.0, 2.0
TOLD = PLACE | {"source", "group_id"}
"""Attributes of an element that have a column, or that say where the shape is."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the shapes of one file's pictures."""

    known: Vocabulary
    losses: Losses
    where: str

    def row(self, node: Node, size: tuple[int, int]) -> Row | None:
        """One row; None for what has no place in a table, which is counted with its line."""
        place = f"{self.where}:{node.line}"
        if node.tag not in (*shapes.READERS, SKELETON, TAG):
            self.losses.add(f"<{node.tag}> of a picture", example=place)
            return None
        if not node.attributes.get("label"):
            self.losses.add("shape without a class", example=place)
            return None
        try:
            if shapes.flag(node, "outside"):
                self.losses.add("shape that is outside its picture", example=place)
                return None
            return self._said(node, size)
        except FormatError as error:
            self.losses.add("shape that cannot be read", example=f"{place}: {error}")
            return None

    def _said(self, node: Node, size: tuple[int, int]) -> Row:
        """The row of an element with what it says beside its shape."""
        k = self.known.index(node.attributes["label"])
        row = {**self._shape(node, k, size), "labels": k}
        cut.count(row, self.losses, f"{self.where}:{node.line}")
        if shapes.flag(node, "occluded"):
            row["flags"] = int(Flag.OCCLUDED)
        if group := shapes.whole(node, "group_id", 0):
            row["groups"] = group
        if "source" in node.attributes:
            row["sources"] = self.known.source(node.attributes["source"])
        if told := _attributes(node, self.known.labels[k]):
            row["attributes"] = told
        extra: dict[str, Any] = {k: v for k, v in node.attributes.items() if k not in TOLD}
        if depth := shapes.whole(node, DEPTH, 0):
            extra[DEPTH] = depth
        return {**row, "extra": extra} if extra else row

    def _shape(self, node: Node, k: int, size: tuple[int, int]) -> Row:
        if node.tag == TAG:
            return {"kinds": Kind.TAG}
        if node.tag == SKELETON:
            return self._skeleton(node, k)
        return shapes.READERS[node.tag](node, size)

    def _skeleton(self, node: Node, k: int) -> Row:
        """The points of a skeleton in the order of its class; one that is missing is 0 0 0."""
        found: dict[str, tuple[float, float, float]] = {}
        for child in node.children:
            if child.tag == "points":
                found[child.attributes.get("label", "")] = _point(child)
                self._count("attribute of a skeleton's point", child.first("attribute"))
            elif child.tag != "attribute":
                self._count(f"<{child.tag}> of a skeleton", child)
        self.known.name_points(k, tuple(found))
        label = self.known.labels[k]
        unknown = [name for name in found if name not in label.keypoints]
        if unknown:
            have = ", ".join(label.keypoints)
            raise FormatError(f"the point {unknown[0]!r} of class {label.name!r}, which has {have}")
        rows = np.array([found.get(name, (0, 0, 0)) for name in label.keypoints]).reshape(-1, 3)
        return {"kinds": Kind.POINTS, "keypoints": rows, "boxes": keypoints.bounds(rows[None])[0]}

    def _count(self, what: str, node: Node | None) -> None:
        if node is not None:
            self.losses.add(what, example=f"{self.where}:{node.line}")


def _point(node: Node) -> tuple[float, float, float]:
    """x y and visibility: 0 outside, 1 occluded, 2 seen."""
    x, y = shapes.points(node, 1)[0].tolist()
    seen = HIDDEN if shapes.flag(node, "occluded") else SEEN
    return x, y, ABSENT if shapes.flag(node, "outside") else seen


def _attributes(node: Node, label: Label) -> Mapping[str, Any]:
    specs: Mapping[str, Any] = label.attributes
    told = {one.attributes.get("name", ""): one.text for one in node.every("attribute")}
    return {name: attributes.value(text, specs.get(name, {})) for name, text in told.items()}
