"""Tables as the rows that pycocotools compares: one plain dict per object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from formats.errors import FormatError
from geometry import keypoints, masks, polygons
from prelabel.evaluate import runs

__all__ = ["Picture", "Row", "Side", "compared", "predicted", "true"]

Row = dict[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Side:
    """How the rows of one side are read: the task and the category id of each label index.

    A category of 0 takes no part. `points` is the number of keypoints of each category, `orders`
    where this side keeps each of them, for categories whose order differs.
    """

    task: str
    categories: NDArray[np.int64]
    points: Mapping[int, int] = field(default_factory=dict)
    orders: Mapping[int, NDArray[np.intp]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture under evaluation: its id, (width, height) in pixels or None, name for errors."""

    id: int
    size: tuple[int, int] | None
    name: str

    def pixels(self) -> tuple[int, int]:
        """The size; FormatError where it is unknown."""
        if self.size is None:
            raise FormatError("masks need the picture's size, which is unknown", where=self.name)
        return self.size


def compared(table: Annotations, task: str) -> NDArray[np.bool_]:
    """(N,) whether a row has what the task compares."""
    if task == "masks":
        return runs.present(table)
    if task == "keypoints":
        return _pointed(table)
    placed: NDArray[np.bool_] = np.isfinite(table.boxes).all(axis=1) & (table.kinds != Kind.TAG)
    return placed


def true(table: Annotations, picture: Picture, side: Side) -> list[Row]:
    """The objects of one picture of the truth.

    Crowds, difficult objects and objects without what the task compares are marked to be ignored:
    finding them is neither right nor wrong.
    """
    crowd = table.flagged(Flag.CROWD)
    ignore = crowd | table.flagged(Flag.DIFFICULT) | ~compared(table, side.task)
    areas = _areas(table)
    everything = np.ones(len(table), dtype=bool)
    return [
        {**row, "iscrowd": int(crowd[i]), "ignore": int(ignore[i]), "area": float(areas[i])}
        for i, row in _rows(table, picture, side, everything)
    ]


def predicted(table: Annotations, picture: Picture, side: Side) -> list[Row]:
    """The detections of one picture; an object without a score counts as certain (1.0).

    Rows without what the task compares are left out, and so are crowds.
    """
    wanted = compared(table, side.task) & ~table.flagged(Flag.CROWD)
    scores = np.where(np.isnan(table.scores), 1.0, table.scores)
    return [
        {**row, "score": float(scores[i]), "area": _extent(row)}
        for i, row in _rows(table, picture, side, wanted)
    ]


def _rows(
    table: Annotations, picture: Picture, side: Side, wanted: NDArray[np.bool_]
) -> Iterator[tuple[int, Row]]:
    """The wanted rows of known categories that lie somewhere, with box and shape."""
    ids = side.categories[table.labels]
    wanted = wanted & compared(table, "boxes") & ~table.flagged(Flag.OUTSIDE) & (ids > 0)
    if side.task == "keypoints":
        wanted = wanted & np.isin(ids, list(side.points))
    corners = table.boxes
    # nine decimals give back the width that COCO stated: x + w - x alone does not
    boxes = np.hstack([corners[:, :2], np.round(corners[:, 2:] - corners[:, :2], 9)])
    for i in np.flatnonzero(wanted).tolist():
        row = {"image_id": picture.id, "category_id": int(ids[i]), "bbox": boxes[i].tolist()}
        yield i, row | _shape(table, i, row, picture, side)


def _shape(table: Annotations, i: int, row: Row, picture: Picture, side: Side) -> Row:
    """What the task compares besides the box; an object without a mask lends its box."""
    if side.task == "masks":
        size = picture.pixels()
        return {"segmentation": runs.of_row(table, i, size) or runs.of_box(row["bbox"], size)}
    if side.task == "keypoints":
        category = row["category_id"]
        points = _points(table, i, side.points[category], side.orders.get(category))
        return {"keypoints": points.ravel().tolist()}
    return {}


def _points(table: Annotations, i: int, count: int, order: NDArray[np.intp] | None) -> Floats:
    """The first `count` keypoints of row `i` in the truth's order, (count, 3); 0 0 0 for none."""
    points = np.zeros((count, 3))
    if table.keypoints is not None:
        found = table.keypoints[i] if order is None else table.keypoints[i][order]
        there = np.nan_to_num(found[:count])
        points[: len(there)] = there
    return points


def _pointed(table: Annotations) -> NDArray[np.bool_]:
    """(N,) whether a row has a keypoint that is labelled."""
    if table.keypoints is None:
        return np.zeros(len(table), dtype=bool)
    seen: NDArray[np.bool_] = np.any(keypoints.visible(table.keypoints), axis=1)
    return seen


def _areas(table: Annotations) -> Floats:
    """Square pixels of true objects, (N,): stated, else of the mask, the polygon, the box."""
    stated = np.full(len(table), np.nan) if table.areas is None else table.areas
    if not np.isnan(stated).any():
        return stated
    areas = np.prod(table.boxes[:, 2:] - table.boxes[:, :2], axis=1)
    if table.rings is not None:
        areas = np.where(table.rings.counts() > 0, polygons.area(table.rings), areas)
    if table.masks is not None:
        counted = [np.nan if mask is None else masks.area(mask) for mask in table.masks]
        areas = np.where(np.isnan(counted), areas, counted)
    return np.where(np.isnan(stated), areas, stated)


def _extent(row: Row) -> float:
    """Square pixels of a detection: of its mask, of the bounds of its keypoints, of its box."""
    if "segmentation" in row:
        return runs.area(row["segmentation"])
    if "keypoints" in row:
        points = np.array(row["keypoints"]).reshape(-1, 3)[:, :2]
        return float(np.prod(np.ptp(points, axis=0)))
    return float(row["bbox"][2] * row["bbox"][3])
