"""Annotations of one picture as the regions of a Label Studio result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from formats.annotations import Annotation, Annotations, Kind
from formats.label_studio import skeletons, tags
from formats.label_studio.config import Control
from formats.label_studio.frame import DECIMALS, Frame
from formats.label_studio.mapping import CHOICES, KEYPOINTS, Route, in_order
from formats.label_studio.regions import SUFFIX, Region, regions
from formats.label_studio.shapes import SHAPES, upright
from formats.losses import Losses

__all__ = ["encode", "prediction", "result"]

POINTS = "points"
"""In the ``meta`` of a rectangle that is no more than the bounds of its keypoints."""
BROKEN = "shape with a coordinate that is no number, left out"


def encode(
    annotations: Annotations,
    names: Sequence[str | None],
    control: Control,
    size: tuple[int, int],
    *,
    losses: Losses | None = None,
    decimals: int = DECIMALS,
) -> list[Region]:
    """The regions of one control, in the order of the rows; rows whose name is None are left out.

    `names[k]` is what label k is written as; `size` = (width, height) of the picture in pixels. On
    a control of keypoints, its labels stand for the keypoints of each of these classes in order.
    """
    points = tuple(in_order(control.labels) if name is not None else () for name in names)
    one = Route(control, tuple(names), points=points)
    return result(annotations, [one], size, losses, decimals)


def result(
    annotations: Annotations,
    routes: Sequence[Route],
    size: tuple[int, int],
    losses: Losses | None = None,
    decimals: int = DECIMALS,
) -> list[Region]:
    """The regions of all controls that rows are routed to; thresholds of the controls are applied.

    Skeletons hang on the region of their object by ``parentID``; no region comes twice. The same
    annotations always give the same regions, ids included.
    """
    job = _Job(annotations, Frame(size, decimals, Losses() if losses is None else losses))
    shapes = [r for r in routes if r.control.kind not in KEYPOINTS | CHOICES]
    for route in shapes:
        job.shapes(route)
    for route in routes:
        if route.control.kind in KEYPOINTS:
            job.skeletons(route)
        elif route.control.kind in CHOICES:
            job.tags(route)
    return job.found


def prediction(regions: list[Region], model_version: str) -> dict[str, Any]:
    """What `/predict` answers for one task: the regions, their mean score, the model's version."""
    scores = [float(region["score"]) for region in regions if "score" in region]
    score = sum(scores) / len(scores) if scores else 0.0
    return {"model_version": model_version, "score": score, "result": regions}


class _Job:
    """The regions of one picture while they are gathered."""

    def __init__(self, annotations: Annotations, frame: Frame) -> None:
        self.frame = frame
        self.found: list[Region] = []
        self._rows = list(enumerate(annotations.rows()))
        self._known: dict[tuple[int, str], str] = {}
        """Ids of regions by row and control."""
        self._any: dict[int, str] = {}
        """The first region of each row."""

    def shapes(self, route: Route) -> None:
        """Every row that goes to a control of shapes; further parts hang on the first."""
        for place, row in self._of(route):
            if row.kind != Kind.TAG:
                self._shape(place, row, route)

    def skeletons(self, route: Route) -> None:
        """Keypoints, and the rectangles they hang on where those are not there already."""
        for place, row in self._of(route):
            if row.keypoints is not None and not np.isnan(row.keypoints).all():
                parent = self._parent(place, row, route)
                self.found += skeletons.keypoints(row, place, route, self.frame, parent)

    def tags(self, route: Route) -> None:
        """All tags, in one region."""
        rows = [row for _, row in self._of(route) if row.kind == Kind.TAG]
        self.found += tags.choices(rows, route, self.frame)

    def _of(self, route: Route) -> Iterator[tuple[int, Annotation]]:
        """The rows that go a route, with their numbers."""
        least = -np.inf if route.conf is None else route.conf
        for place, row in self._rows:
            known = row.label < len(route.names) and route.names[row.label] is not None
            fits = route.kinds is None or row.kind in route.kinds
            if known and fits and not row.score < least:
                yield place, row

    def _shape(self, place: int, row: Annotation, route: Route) -> None:
        if (place, route.control.name) in self._known:
            return
        if not _finite(row):
            self.frame.losses.add(BROKEN)
            return
        name = str(route.names[row.label])
        draw = upright if route.upright else SHAPES[route.control.kind.removesuffix(SUFFIX)]
        more: dict[str, Any] = {} if np.isnan(row.score) else {"score": row.score}
        more |= {"meta": {"kind": POINTS}} if row.kind == Kind.POINTS else {}
        for part, value in enumerate(draw(row, self.frame)):
            made = regions(route.control, name, value, self.frame, place, **more)
            if part == 0:
                self._known[place, route.control.name] = made[0]["id"]
                self._any.setdefault(place, made[0]["id"])
                more = {**more, "parentID": made[0]["id"]}
            self.found += made

    def _parent(self, place: int, row: Annotation, route: Route) -> str:
        """The id of the region that the keypoints of a row hang on, "" for none."""
        if route.parent is not None and route.parent_names[row.label] is not None:
            self._shape(place, row, replace(route, control=route.parent, names=route.parent_names))
            return self._known.get((place, route.parent.name), "")
        return self._any.get(place, "")


def _finite(row: Annotation) -> bool:
    """Whether all coordinates of a shape are numbers."""
    rings = [ring for part in row.rings or () for ring in part]
    arrays = [row.box, *rings, *([] if row.rotated is None else [row.rotated])]
    return all(bool(np.isfinite(array).all()) for array in arrays)
