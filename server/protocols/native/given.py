"""Labels of pictures as a client sends them: annotations as predictions have them, into tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from formats import tables
from formats.annotations import Annotations, Kind
from formats.dataset import Label
from geometry import masks, rotated
from geometry.errors import GeometryError
from server.errors import RequestError

__all__ = ["OBJECTS", "Given", "GivenAnnotation", "Objects", "Words", "few"]

OBJECTS = 1000
"""Most objects of one side of a picture: pairs grow with their square."""
PICTURES = 10_000
"""Most pictures of a request, or of a rater."""
POINTS = 10_000
"""Most points of an object."""
SIDE = 1 << 16
CORNERS = 64
"""Corners of a ring that are looked at to know whether it is a hole."""
NUMBER = 1e7
"""Coordinates of a picture are far below it."""

Number = Annotated[float, Field(ge=-NUMBER, le=NUMBER, allow_inf_nan=False)]
Point = Annotated[list[Number], Field(min_length=2, max_length=2)]
Ring = Annotated[list[Point], Field(min_length=3)]
Side = Annotated[int, Field(ge=1, le=SIDE)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Given(BaseModel):
    """What is sent has no other fields, and numbers are numbers."""

    model_config = ConfigDict(extra="forbid", strict=True)


class GivenMask(Given):
    """COCO's compressed run lengths."""

    size: tuple[Side, Side] = Field(description="Height, width.")
    counts: str


class GivenKeypoint(Given):
    """A keypoint in pixels; `visible` is COCO's 0 not labelled, 1 hidden, 2 seen."""

    name: Name
    x: Number
    y: Number
    visible: int = Field(2, ge=0, le=2)
    score: float | None = None


class GivenAnnotation(Given):
    """An object, as predictions tell it; without a box, outline or keypoints it is of the whole
    picture.
    """

    label: Name
    score: Annotated[float, Field(ge=0, le=1)] | None = None
    box: Annotated[list[Number], Field(min_length=4, max_length=4)] | None = Field(
        None, description="x0, y0, x1, y1; the bounds of the shape where left out."
    )
    rotated: Annotated[list[Number], Field(min_length=5, max_length=5)] | None = Field(
        None, description="cx, cy, width, height, angle in radians, clockwise."
    )
    polygons: list[Ring] | None = Field(
        None, description="Rings; one inside the ring before it is a hole."
    )
    mask: GivenMask | None = None
    keypoints: list[GivenKeypoint] | None = None


Objects = list[GivenAnnotation]


class Words:
    """The classes of a request by the order in which they come, with their keypoints."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._points: dict[str, dict[str, int]] = {}

    @property
    def labels(self) -> tuple[Label, ...]:
        """All of them."""
        return tuple(Label(name, keypoints=tuple(self._points[name])) for name in self._places)

    def add(self, given: Iterable[GivenAnnotation]) -> None:
        """Learn the classes and keypoints of some objects; before any table is made."""
        for one in given:
            self._places.setdefault(one.label, len(self._places))
            points = self._points.setdefault(one.label, {})
            for point in one.keypoints or ():
                points.setdefault(point.name, len(points))

    def table(self, given: Sequence[GivenAnnotation], where: str) -> Annotations:
        """The table of one side of a picture; RequestError names the object that is wrong."""
        if len(given) > OBJECTS:
            raise RequestError(f"{len(given)} objects, expected {OBJECTS} at most", where=where)
        rows = []
        for k, one in enumerate(given):
            try:
                rows.append(self._row(one))
            except (GeometryError, ValueError) as error:
                what = error.what if isinstance(error, GeometryError) else str(error)
                raise RequestError(what, where=f"{where}.{k}") from error
        return tables.table(rows)

    def _row(self, one: GivenAnnotation) -> dict[str, Any]:
        if sum(map(len, one.polygons or ())) > POINTS or len(one.keypoints or ()) > POINTS:
            raise GeometryError(f"more than {POINTS} points")
        row: dict[str, Any] = {"labels": self._places[one.label], "kinds": _kind(one)}
        if one.score is not None:
            row["scores"] = one.score
        if one.rotated is not None:
            row["rotated"] = one.rotated
        if one.polygons:
            row["rings"] = parts(one.polygons)
        if one.mask is not None:
            height, width = one.mask.size
            row["masks"] = masks.from_coco_string(one.mask.counts, (width, height))
        if one.keypoints:
            row |= self._points_of(one)
        bounds = _bounds(one, row) if one.box is None else one.box
        return row if bounds is None else {**row, "boxes": bounds}

    def _points_of(self, one: GivenAnnotation) -> dict[str, Any]:
        """Keypoints at their places; those that are not told are not labelled."""
        names = self._points[one.label]
        places = [names[point.name] for point in one.keypoints or ()]
        if len(set(places)) < len(places):
            raise GeometryError("two keypoints of one name")
        found = np.zeros((len(names), 3))
        found[places] = [(p.x, p.y, p.visible) for p in one.keypoints or ()]
        return {"keypoints": found}


def few(pictures: Sequence[object], where: str) -> None:
    """RequestError for more pictures than are taken."""
    if len(pictures) > PICTURES:
        raise RequestError(f"{len(pictures)} pictures, expected {PICTURES} at most", where=where)


def _kind(one: GivenAnnotation) -> Kind:
    """The most exact shape that is told."""
    if one.mask is not None:
        return Kind.MASK
    if one.polygons:
        return Kind.POLYGON
    if one.rotated is not None:
        return Kind.ROTATED
    if one.box is None:
        return Kind.POINTS if one.keypoints else Kind.TAG
    return Kind.BOX


def _bounds(one: GivenAnnotation, row: dict[str, Any]) -> list[float] | None:
    """The bounds of a shape that is sent without a box; None for what has no place."""
    if "masks" in row:
        return list(masks.bounds(row["masks"]).tolist())
    points: NDArray[np.float64] | None = None
    if "rings" in row:
        points = np.concatenate([ring for part in row["rings"] for ring in part])
    elif "rotated" in row:
        points = rotated.corners(np.array([row["rotated"]]))[0]
    elif "keypoints" in row:
        known = row["keypoints"]
        points = known[known[:, 2] > 0, :2]
    if points is None or not len(points):
        return None
    return [*points.min(axis=0).tolist(), *points.max(axis=0).tolist()]


def parts(rings: Sequence[Sequence[Sequence[float]]]) -> list[list[NDArray[np.float64]]]:
    """Rings as parts: each an outer ring and the holes that follow it."""
    found: list[list[NDArray[np.float64]]] = []
    for given in rings:
        ring = np.array(given, dtype=np.float64)
        if found and _inside(found[-1][0], ring):
            found[-1].append(ring)
        else:
            found.append([ring])
    return found


def _inside(outer: NDArray[np.float64], ring: NDArray[np.float64]) -> bool:
    """Whether most corners of a ring lie inside another (even-odd rule)."""
    a, b = outer, np.roll(outer, -1, axis=0)
    some = ring[:: 1 + len(ring) // CORNERS]
    y = some[:, 1, None]
    level = (a[:, 1] > y) != (b[:, 1] > y)
    rise = np.where(b[:, 1] == a[:, 1], 1.0, b[:, 1] - a[:, 1])
    at = a[:, 0] + (y - a[:, 1]) * (b[:, 0] - a[:, 0]) / rise
    crossings = (level & (some[:, 0, None] < at)).sum(axis=1)
    return bool((crossings % 2).mean() > 0.5)
