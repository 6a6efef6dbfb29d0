"""The objects of one annotation file as rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from formats import cut
from formats.columns import Kind
from formats.errors import FormatError
from formats.losses import Losses
from formats.numerals import is_double
from formats.supervisely import tags
from formats.supervisely.meta import Meta
from formats.supervisely.shapes import KEYS, READERS, Frame, geometry_of
from geometry.errors import GeometryError

__all__ = ["OWN", "Reader", "further"]

OWN = frozenset({"classTitle", "tags", "geometryType", "shape", "area", "trackId", "group"})
BLANK = frozenset({"id", "instance", "points", "bitmap", "nodes", "angle", "parts", "alpha_mask"})
"""Keys that older exports have with null, or with no points, beside what they are about."""
MADE = ("nnCreated", "nnUpdated")
"""Whether a model made an object: kept where its score does not tell."""
PAIR = re.compile(r"(\d{0,18})#\d+")
"""How we bind the two objects of a shape with keypoints: their group, and a number."""


class Reader:
    """Turns objects into rows; what cannot be read is counted, with its place."""

    def __init__(self, meta: Meta, pixels: bool, losses: Losses) -> None:
        self.meta, self.pixels, self.losses = meta, pixels, losses
        self.place = {label.name: k for k, label in enumerate(meta.labels)}

    def rows(self, objects: Any, size: tuple[int, int] | None, where: str) -> list[dict[str, Any]]:
        """The rows of a list of objects, those that belong together joined."""
        found, bound = [], []
        for k, told in enumerate(objects if isinstance(objects, list) else ()):
            row = self._row(told, size, f"{where}/objects/{k}")
            if row is not None:
                found.append(row)
                bound.append(told.get("instance"))
        return _grouped(_joined(found, bound))

    def _row(self, told: Any, size: tuple[int, int] | None, where: str) -> dict[str, Any] | None:
        title = told.get("classTitle") if isinstance(told, dict) else None
        if not isinstance(title, str) or title not in self.place:
            self.losses.add("object of a class that meta.json does not have", example=where)
            return None
        kind = geometry_of(told, self.meta.shapes[title])
        if kind not in READERS:
            self.losses.add(f"object of the geometry {kind!r:.40}", example=where)
            return None
        try:
            row = READERS[kind](told, Frame(size, self.pixels, self.meta.nodes[title]))
        except (FormatError, GeometryError) as error:
            self.losses.add("object that cannot be read", example=f"{where}: {error}")
            return None
        cut.count(row, self.losses, where)
        return {**row, "labels": self.place[title], **further(told, KEYS.get(kind, ("points",)))}


def further(told: Mapping[str, Any], geometry: tuple[str, ...]) -> dict[str, Any]:
    """Everything of an object but its class and its place."""
    values, score, flags, raw = tags.of_tags(told.get("tags"))
    row: dict[str, Any] = {"scores": score}
    extra = {k: v for k, v in told.items() if k not in OWN and k not in geometry}
    extra = {k: v for k, v in extra.items() if not _is_plain(k, v, score)}
    for key, column in (("id", "ids"), ("trackId", "tracks"), ("group", "groups")):
        if _is_number(told.get(key)):
            row[column] = told[key]
            extra.pop(key, None)
    exact = extra.pop(tags.ATTRIBUTES, None)
    values |= exact if isinstance(exact, dict) else {}
    if is_double(told.get("area")):
        row["areas"] = float(told["area"])
    extra |= {"tags": raw} if raw else {}
    columns = {"flags": flags, "attributes": values, "extra": extra}
    return row | {name: value for name, value in columns.items() if value}


def _is_plain(key: str, value: Any, score: float) -> bool:
    """Whether a key says no more than what is known without it."""
    if key in BLANK and (value is None or value == {"exterior": [], "interior": []}):
        return True
    return (key in MADE and value is (score == score)) or (key == "description" and not value)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _joined(rows: list[dict[str, Any]], bound: list[Any]) -> list[dict[str, Any]]:
    """The rows; a shape and the keypoints of its class that are bound, just those two, are one."""
    members: dict[str, list[int]] = {}
    for i, name in enumerate(bound):
        if isinstance(name, str):
            members.setdefault(name, []).append(i)
    gone = set()
    for pair in members.values():
        if len(pair) == 2 and (found := _pair(rows[pair[0]], rows[pair[1]])):
            shape, points = (pair[found - 1], pair[2 - found])
            rows[shape]["keypoints"] = rows[points]["keypoints"]
            gone.add(points)
    return [row for i, row in enumerate(rows) if i not in gone]


def _pair(a: Mapping[str, Any], b: Mapping[str, Any]) -> int:
    """Which of two rows is the shape whose keypoints the other has: 1, 2, or 0 for neither.

    Keypoints that tell something of their own stay an object of their own.
    """
    if a["labels"] != b["labels"]:
        return 0
    for k, (shape, points) in enumerate(((a, b), (b, a)), 1):
        bare = points.keys() <= {"kinds", "keypoints", "boxes", "labels", "scores", "extra"}
        alone = points.get("extra", {}).keys() <= {"instance", *MADE} and np.isnan(points["scores"])
        lined = shape["kinds"] in (Kind.POINTS, Kind.LINE)
        if points["kinds"] == Kind.POINTS and not lined and bare and alone:
            return k
    return 0


def _grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the numbers of their groups: as stated, else counted on from the largest."""
    largest = max((row.get("groups", 0) for row in rows), default=0)
    numbers: dict[str, int] = {}
    for row in rows:
        extra = row.get("extra", {})
        name = extra.get("instance")
        if not isinstance(name, str):
            continue
        if PAIR.fullmatch(name) or str(row.get("groups")) == name:
            del extra["instance"]
        elif "groups" not in row:
            row["groups"] = numbers.setdefault(name, largest + 1 + len(numbers))
        if not extra:
            del row["extra"]
    return rows
