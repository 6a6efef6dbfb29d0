"""Which shapes of a picture are one object: parts of one label and group, points of a skeleton."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from formats.labelme.dialect import AREAS, LINES, Dialect
from formats.labelme.shapes import READERS
from formats.labelme.skeletons import Skeletons
from formats.losses import Losses

__all__ = ["Object", "Shape", "objects", "shapes"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape as it stands; `group` is -1 for none."""

    place: str
    told: Mapping[str, Any]
    label: str
    kind: str
    group: int


@dataclass(slots=True)
class Object:
    """One object: its shapes, which are its parts, and the points that are its keypoints."""

    shapes: list[Shape]
    points: list[Shape] = field(default_factory=list)

    @property
    def first(self) -> Shape:
        """The shape that tells what the object is."""
        return self.shapes[0]


def shapes(found: Sequence[Any], where: str, losses: Losses) -> Iterator[Shape]:
    """The shapes of a file that have a label and a type; others are counted."""
    for number, told in enumerate(found):
        place = f"{where}/{number}"
        label = told.get("label") if isinstance(told, dict) else None
        label = str(label) if type(label) in (int, float) else label
        if not isinstance(label, str) or not label:
            losses.add("shape without a label", example=place)
            continue
        kind = told.get("shape_type") or "polygon"
        if not isinstance(kind, str) or kind not in READERS:
            losses.add(f"shape of the unknown type {kind!r}"[:60], example=place)
            continue
        group = told.get("group_id")
        yield Shape(place, told, label, kind, group if type(group) is int and group >= 0 else -1)


def objects(found: Sequence[Shape], dialect: Dialect, skeletons: Skeletons | None) -> list[Object]:
    """The objects of a picture in the order of their first shapes.

    With `skeletons`, a point that shares a group with one other object is a keypoint of it, if
    the class may have it.
    """
    made: list[Object] = []
    parts: dict[tuple[int, str, str], Object] = {}
    for shape in found:
        family = _family(shape, dialect)
        key = (shape.group, shape.label, family)
        if shape.group >= 0 and family and key in parts:
            parts[key].shapes.append(shape)
            continue
        parts[key] = Object([shape])
        made.append(parts[key])
    return made if skeletons is None else _joined(made, skeletons)


def _family(shape: Shape, dialect: Dialect) -> str:
    """What kind of parts a shape is one of, "" where it is an object by itself."""
    if shape.kind in LINES:
        return "line"
    if shape.kind == "mask":
        return "mask"
    return "area" if shape.kind in dialect.merged else ""


def _joined(made: Sequence[Object], skeletons: Skeletons) -> list[Object]:
    """The objects without those points that became keypoints of another one."""
    owners: dict[int, list[Object]] = {}
    for one in made:
        if one.first.kind in AREAS and one.first.group >= 0:
            owners.setdefault(one.first.group, []).append(one)
    left = []
    for one in made:
        among = owners.get(one.first.group, [])
        if one.first.kind == "point" and len(among) == 1 and _fits(one.first, among[0], skeletons):
            among[0].points.append(one.first)
        else:
            left.append(one)
    return left


def _fits(point: Shape, owner: Object, skeletons: Skeletons) -> bool:
    if any(other.label == point.label for other in owner.points):
        return False
    return skeletons.fits(owner.first.label, point.label)
