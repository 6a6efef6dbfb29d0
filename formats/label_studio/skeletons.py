"""Keypoints as regions: one each, hung on the region of their object by ``parentID``.

Label Studio knows no skeletons. Without a region to hang on, the keypoints of an object share a
text in ``meta``, which the editor shows and keeps.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from formats.annotations import Annotation
from formats.label_studio.frame import SLACK, Frame
from formats.label_studio.mapping import MOST_INDEX, Route
from formats.label_studio.regions import Region, regions

__all__ = ["keypoints"]

OUTSIDE = "keypoint outside of its picture, left out"
NAMELESS = "keypoint that the label config has no label for, left out"
HIDDEN = 1
"""The visibility of a keypoint that is there but hidden; others that are written are visible."""


def keypoints(row: Annotation, place: int, route: Route, frame: Frame, parent: str) -> list[Region]:
    """The regions of a row's keypoints, in their order; those that are labelled, or score enough.

    `place`: the row's number in its table; `parent`: the id of the region they hang on, "" for
    none.
    """
    tie = {"parentID": parent} if parent else {}
    text = {} if parent else {"text": [f"{route.names[row.label]} {place + 1}"]}
    width = frame.numbers(["width"], [route.point_size * 100 / frame.size[0]])
    found = []
    for k, name, value, point in _placed(row, route, frame):
        meta = {**text, **({"visibility": HIDDEN} if point.seen == HIDDEN else {})}
        more: dict[str, Any] = {} if math.isnan(point.score) else {"score": point.score}
        more |= tie | ({"meta": meta} if meta else {})
        number = place * MOST_INDEX + k
        found += regions(route.control, name, {**value, **width}, frame, number, **more)
    return found


class _Point(NamedTuple):
    """One keypoint: pixels, visibility 0 | 1 | 2, score or NaN."""

    x: float
    y: float
    seen: float
    score: float

    def wanted(self, least: float | None) -> bool:
        """Whether it scores enough, or is labelled where no score counts."""
        if not math.isfinite(self.x + self.y):
            return False
        by_score = least is not None and not math.isnan(self.score)
        return self.score >= (least or 0) if by_score else self.seen > 0


def _points(row: Annotation) -> list[_Point]:
    if row.keypoints is None:
        return []
    blank = np.full(len(row.keypoints), np.nan)
    scores = blank if row.keypoint_scores is None else row.keypoint_scores
    return [_Point(*p) for p in np.column_stack([row.keypoints, scores]).tolist()]


def _placed(
    row: Annotation, route: Route, frame: Frame
) -> Iterator[tuple[int, str, dict[str, float], _Point]]:
    """Number, label and place of the keypoints that are wanted, named and in the picture."""
    names = route.points[row.label]
    for k, point in enumerate(_points(row)):
        if not point.wanted(route.point_conf):
            continue
        name = names[k] if k < len(names) else None
        at = frame.percents([point.x, point.y])[0]
        if name is None:
            frame.losses.add(NAMELESS)
        elif at.min() < -SLACK or at.max() > 100 + SLACK:
            frame.losses.add(OUTSIDE)
        else:
            yield k, name, frame.numbers("xy", at.clip(0, 100)), point
