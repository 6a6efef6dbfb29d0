"""VIA's regions as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats.columns import Flag, Kind
from formats.errors import FormatError
from formats.losses import Losses
from formats.via import shapes
from formats.via.choosing import OWN, Choice
from formats.via.document import Picture
from geometry.errors import GeometryError

__all__ = ["FLAGS", "NUMBERS", "Reading", "said"]

FLAGS = {str(flag.name).lower(): flag for flag in Flag}
NUMBERS = {"track_id": "tracks", "id": "ids", "group_id": "groups"}
"""Attributes that are whole numbers -> columns."""
FAR = 1 << 53
TOLD = frozenset({"shape_attributes", "region_attributes"})


def said(region: Any) -> dict[str, Any]:
    """The attributes of a region, none where it has none."""
    found = region.get("region_attributes") if isinstance(region, dict) else None
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Reading:
    """What rows are made with."""

    choice: Choice
    classes: Mapping[str, int]
    unlabelled: str
    losses: Losses

    def row(self, region: tuple[int, Any], picture: Picture) -> dict[str, Any] | None:
        """The row of a region; None, and counted, where it has no shape that can be read."""
        number, told = region
        where = f"{picture.where}/regions/{number}"
        shape = told.get("shape_attributes") if isinstance(told, dict) else None
        if not isinstance(shape, dict) or not shape:
            self.losses.add("region without a shape left out", example=where)
            return None
        try:
            row = shapes.read(shape)
        except (FormatError, GeometryError) as error:
            self.losses.add(f"region left out: {error.what}", 1, where)
            return None
        extra = {k: v for k, v in told.items() if k not in TOLD}
        return {**row, **self._columns(said(told), where), **({"extra": extra} if extra else {})}

    def _columns(self, told: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The class of a region and what its other attributes are."""
        names = self.choice.classes(told)
        self.losses.add("further class of a region", len(names) - 1, where)
        self.losses.warn(f"region without a class, read as {self.unlabelled!r}", not names, where)
        row: dict[str, Any] = {"labels": self.classes[names[0] if names else self.unlabelled]}
        others = {k: v for k, v in told.items() if k != self.choice.attribute}
        for key in OWN & others.keys():
            column = _column(key, others[key])
            if column:
                row |= column
                del others[key]
        return row | ({"attributes": others} if others else {})

    def tags(self, picture: Picture) -> list[dict[str, Any]]:
        """A tag for every class of the whole picture."""
        names = self.choice.classes(picture.attributes)
        return [{"kinds": Kind.TAG, "labels": self.classes[name]} for name in names]


def _column(key: str, value: Any) -> dict[str, Any]:
    """What an attribute of ours says; nothing where its value is of another type."""
    if key == "score":
        whole = type(value) is int and abs(value) < FAR
        return {"scores": value} if whole or type(value) is float else {}
    if key == "flags":
        known = isinstance(value, dict) and value.keys() <= FLAGS.keys()
        return {"flags": sum(FLAGS[k] for k, on in value.items() if on is True)} if known else {}
    whole = type(value) is int and 0 <= value < 1 << 63
    return {NUMBERS[key]: value} if whole else {}
