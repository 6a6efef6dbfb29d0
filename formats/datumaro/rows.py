"""One annotation of Datumaro as a row: its class, attributes, group and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.columns import Flag
from formats.dataset import Label
from formats.datumaro.categories import Known
from formats.datumaro.shapes import READERS, ROTATION
from formats.errors import FormatError
from formats.losses import Losses
from formats.numerals import is_double

__all__ = ["DEPTH", "FLAGS", "KNOWN", "Reader", "Row"]

Row = dict[str, Any]
DEPTH = "z_order"
FLAGS = {
    "is_crowd": Flag.CROWD,
    "difficult": Flag.DIFFICULT,
    "truncated": Flag.TRUNCATED,
    "occluded": Flag.OCCLUDED,
}
"""Attributes by which datumaro's other formats tell a flag."""
SCORE, TRACK = "score", "track_id"
SHAPE = frozenset({"bbox", "points", "visibility", "rle", "points_attributes"})
KNOWN = SHAPE | {"id", "type", "attributes", "group", "label_id", "object_id", DEPTH}
"""Keys of an annotation that have a column, or that say where it is."""
NUMBERS = ("id", "group", "object_id", DEPTH)
LARGEST = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the annotations of one file; `labels` are those of the whole data set."""

    known: Known
    labels: Sequence[Label]
    classes: Sequence[int]
    """The index in `labels` of each class of the file."""
    losses: Losses

    def row(self, told: Any, where: str) -> Row | None:
        """One row; None for what has no place in a table, which is counted with its pointer."""
        try:
            return self._row(told, where)
        except FormatError as error:
            what = "annotation that cannot be read"
            self.losses.add(what, example=f"{where}: {error}")
            return None

    def _row(self, told: Any, where: str) -> Row | None:
        if not isinstance(told, dict):
            raise FormatError(f"an annotation is an object, found {told!r:.40}")
        kind = told.get("type")
        if not isinstance(kind, str) or kind not in READERS:
            self.losses.add(f"annotation of the type {kind!r:.40}", example=where)
            return None
        number = told.get("label_id")
        if number is None:
            self.losses.add("annotation without a class", example=where)
            return None
        whole = is_double(number) and number == int(number)
        k = self.known.place.get(int(number), -1) if whole else -1
        if k < 0:
            raise FormatError(f"label_id is {number!r:.40}, which is no class of the file")
        label = self.labels[self.classes[k]]
        row = {**READERS[kind](told, label), "labels": self.classes[k]}
        told_apart = told.get("points_attributes")
        if isinstance(told_apart, list) and any(told_apart):
            self.losses.add("skeleton whose points have attributes", example=where)
        odd = [key for key in NUMBERS if type(told.get(key)) not in (int, type(None))]
        self.losses.add("number other than a whole one", len(odd), f"{where}/{''.join(odd[:1])}")
        return {**row, **_numbers(told), **_said(told, kind)}


def _numbers(told: Mapping[str, Any]) -> Row:
    """Id, group and track; 0 is none for the first two."""
    row: Row = {}
    for key, name, least in (("id", "ids", 1), ("group", "groups", 1), ("object_id", "tracks", 0)):
        value = told.get(key)
        if type(value) is int and least <= value <= LARGEST:
            row[name] = value
    return row


def _said(told: Mapping[str, Any], kind: str) -> Row:
    """Attributes, and what some of them stand for; unknown keys."""
    found = told.get("attributes") or {}
    if not isinstance(found, dict):
        raise FormatError(f"attributes is {found!r:.40}, expected an object")
    attributes = dict(found)
    row: Row = {}
    flags = [flag for name, flag in FLAGS.items() if _taken(attributes, name, bool)]
    if flags:
        row["flags"] = sum(flags)
    if is_double(attributes.get(SCORE)):
        row["scores"] = float(attributes.pop(SCORE))
    if type(attributes.get(TRACK)) is int and 0 <= attributes[TRACK] <= LARGEST:
        row["tracks"] = attributes.pop(TRACK)
    if kind in ("bbox", "ellipse") and is_double(attributes.get(ROTATION)):
        attributes.pop(ROTATION)
    if attributes:
        row["attributes"] = attributes
    extra = {key: value for key, value in told.items() if key not in KNOWN}
    if type(told.get(DEPTH)) is int and told[DEPTH]:
        extra[DEPTH] = told[DEPTH]
    return {**row, "extra": extra} if extra else row


def _taken(attributes: dict[str, Any], name: str, kind: type) -> bool:
    """Take a truth out of the attributes; whether it is one and true."""
    return type(attributes.get(name)) is kind and bool(attributes.pop(name))
