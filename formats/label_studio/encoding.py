"""Annotations of one picture as the regions of a Label Studio result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from formats import unheld
from formats.annotations import Annotation, Annotations, Kind
from formats.label_studio import skeletons, tags
from formats.label_studio.config import Control
from formats.label_studio.frame import Frame
from formats.label_studio.mapping import CHOICES, KEYPOINTS, RECTANGLES, Route, in_order
from formats.label_studio.regions import SUFFIX, Region, regions
from formats.label_studio.shapes import SHAPES, upright
from formats.losses import Losses

__all__ = ["encode", "prediction", "result"]

LOOSE = "score of keypoints that hang on no region"
BROKEN = "shape with a coordinate that is no number, left out"


def encode(
    annotations: Annotations,
    names: Sequence[str | None],
    control: Control,
    size: tuple[int, int],
    *,
    losses: Losses | None = None,
    exact: bool = False,
) -> list[Region]:
    """The regions of one control, in the order of the rows; rows whose name is None are left out.

    `names[k]` is what label k is written as; `size` = (width, height) of the picture in pixels. On
    a control of keypoints, its labels stand for the keypoints of each of these classes in order.
    """
    points = tuple(in_order(control.labels) if name is not None else () for name in names)
    one = Route(control, tuple(names), points=points)
    return result(annotations, [one], size, losses, exact)


def result(
    annotations: Annotations,
    routes: Sequence[Route],
    size: tuple[int, int],
    losses: Losses | None = None,
    exact: bool = False,
) -> list[Region]:
    """The regions of all controls that rows are routed to; thresholds of the controls are applied.

    Skeletons hang on the region of their object by ``parentID``; no region comes twice. The same
    annotations always give the same regions, ids included. `exact`: with every digit, and with
    what the editor does not show in ``meta``, so that `decode` gives back what was encoded.
    """
    job = _Job(routes, Frame(size, exact, Losses() if losses is None else losses))
    for place, row in enumerate(annotations.rows()):
        job.add(place, row)
    return job.found + job.choices()


def prediction(regions: list[Region], model_version: str) -> dict[str, Any]:
    """What `/predict` answers for one task: the regions, their mean score, the model's version."""
    scores = [float(region["score"]) for region in regions if "score" in region]
    score = sum(scores) / len(scores) if scores else 0.0
    return {"model_version": model_version, "score": score, "result": regions}


class _Job:
    """The regions of one picture while they are gathered, row by row."""

    def __init__(self, routes: Sequence[Route], frame: Frame) -> None:
        self.frame = frame
        self.found: list[Region] = []
        self._tags: list[tuple[Route, list[Annotation]]] = [
            (route, []) for route in routes if route.control.kind in CHOICES
        ]
        self._bones = [route for route in routes if route.control.kind in KEYPOINTS]
        self._shapes = [r for r in routes if r.control.kind not in KEYPOINTS | CHOICES]
        self._known: dict[tuple[int, str], str] = {}
        """Ids of regions by row and control."""

    def add(self, place: int, row: Annotation) -> None:
        """A row: its shapes, then the keypoints that hang on one of them."""
        if row.kind == Kind.TAG:
            for route, rows in self._tags:
                if _goes(row, route):
                    rows.append(row)
            return
        for route in self._shapes:
            if _goes(row, route):
                self._shape(place, row, route)
        if row.keypoints is None or np.isnan(row.keypoints).all():
            return
        for route in self._bones:
            if _goes(row, route):
                parent = self._parent(place, row, route)
                self.frame.losses.add(LOOSE, int(not parent and not np.isnan(row.score)))
                self.found += skeletons.keypoints(row, place, route, self.frame, parent)

    def choices(self) -> list[Region]:
        """The tags, one region for each control."""
        made = (tags.choices(rows, route, self.frame) for route, rows in self._tags)
        return [region for regions in made for region in regions]

    def _shape(self, place: int, row: Annotation, route: Route) -> None:
        if (place, route.control.name) in self._known:
            return
        if not unheld.finite(row):
            self.frame.losses.add(BROKEN)
            return
        name = str(route.names[row.label])
        draw = upright if route.upright else SHAPES[route.control.kind.removesuffix(SUFFIX)]
        more: dict[str, Any] = {} if np.isnan(row.score) else {"score": row.score}
        drawn: list[Any] = []
        for part, value in enumerate(draw(row, self.frame)):
            key = [place, part] if value in drawn else place  # of two regions of one id one is lost
            drawn.append(value)
            meta = _meta(row, value, self.frame.exact) if part == 0 else {}
            told = {**more, **({"meta": meta} if meta else {})}
            made = regions(route.control, name, value, self.frame, key, **told)
            if part == 0:
                self._known[place, route.control.name] = made[0]["id"]
                more = {**more, "parentID": made[0]["id"]}
            self.found += made

    def _parent(self, place: int, row: Annotation, route: Route) -> str:
        """The id of the region that the keypoints of a row hang on, "" for none.

        What is drawn of the row already serves; else the rectangle of the route is added.
        """
        if found := self._drawn(place):
            return found
        if route.parent is None or route.parent_names[row.label] is None:
            return ""
        self._shape(place, row, replace(route, control=route.parent, names=route.parent_names))
        return self._known.get((place, route.parent.name), "")

    def _drawn(self, place: int) -> str:
        """The id of a row's first region of those drawn, rectangles first; "" for none."""
        controls = [route.control for route in self._shapes]
        controls.sort(key=lambda control: control.kind not in RECTANGLES)
        known = (self._known.get((place, control.name)) for control in controls)
        return next(filter(None, known), "")


def _goes(row: Annotation, route: Route) -> bool:
    """Whether a row goes a route: by its label, kind and score."""
    known = row.label < len(route.names) and route.names[row.label] is not None
    fits = route.kinds is None or row.kind in route.kinds
    if not known or not fits:
        return False
    least = route.shows(row.label)
    return not (least is not None and row.score < least)


def _meta(row: Annotation, value: Mapping[str, Any], exact: bool) -> dict[str, Any]:
    """What a region does not show of its row, for whoever reads it back.

    That a rectangle is no more than the bounds of keypoints, or a rotated one that is not turned;
    and the scores of keypoints that are not labelled, by their number.
    """
    plain = value.get("rotation") == 0 and "width" in value
    odd = plain and row.kind in (Kind.POINTS, Kind.ROTATED)
    meta: dict[str, Any] = {"kind": row.kind.name.lower()} if odd else {}
    if exact and row.keypoints is not None and row.keypoint_scores is not None:
        unseen = ~(row.keypoints[:, 2] > 0) & ~np.isnan(row.keypoint_scores)
        scores = {str(k): float(row.keypoint_scores[k]) for k in np.flatnonzero(unseen)}
        meta |= {"keypoint_scores": scores} if scores else {}
    return meta
