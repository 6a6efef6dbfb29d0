"""The rows of all files of a set, as compact columns in the order of the pictures."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import files
from formats.columns import NOTHING
from formats.counting import counted
from formats.errors import FormatError
from formats.losses import Losses
from formats.openimages.catalogue import Catalogue, Picture
from formats.openimages.columns import (
    ABSENT,
    BOXES,
    COORDINATES,
    FLAGS,
    LABELS,
    LACKS,
    MASK_BOX,
    MASKS,
    TRAITS,
)
from formats.openimages.layout import Layout, Table
from formats.openimages.rows import BAD, cells, numbers

__all__ = ["Masks", "Rows", "boxes", "masks", "tags"]

SURE = "1"
"""The confidence of what a person has verified: no score."""


@dataclass(slots=True)
class Rows:
    """Rows as columns; `shares` are x0 x1 y0 y1 as parts of the picture, 4 to a row.

    `labels` number the LabelNames in `codes`.
    """

    codes: dict[str, int]
    images: array[int] = field(default_factory=lambda: array("i"))
    labels: array[int] = field(default_factory=lambda: array("i"))
    shares: array[float] = field(default_factory=lambda: array("d"))
    scores: array[float] = field(default_factory=lambda: array("d"))
    flags: array[int] = field(default_factory=lambda: array("H"))
    attributes: list[Mapping[str, Any]] = field(default_factory=list)
    extra: list[Mapping[str, Any]] = field(default_factory=list)
    _seen: dict[tuple[Any, ...], Mapping[str, Any]] = field(default_factory=dict)

    def add(self, image: int, code: str, score: float, told: Sequence[Mapping[str, Any]]) -> None:
        """Add a row; `told` are its attributes and further keys."""
        self.images.append(image)
        self.labels.append(self.codes.setdefault(code, len(self.codes)))
        self.scores.append(score)
        for column, found in zip((self.attributes, self.extra), told, strict=True):
            column.append(self._shared(found))

    def _shared(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same mapping for the same keys and values: most rows say the same."""
        return self._seen.setdefault(tuple(found.items()), found) if found else NOTHING

    def order(self) -> NDArray[np.int64]:
        """The rows by picture, those of a picture in their order."""
        return np.argsort(np.frombuffer(self.images, dtype=np.int32), kind="stable")


def boxes(layout: Layout, catalogue: Catalogue, codes: dict[str, int], losses: Losses) -> Rows:
    """The rows of boxes."""
    rows = Rows(codes)
    for table in layout.of("boxes"):
        further = tuple(name for name in table.columns if name not in BOXES or name == "Source")
        for place, row in _sound(table, losses):
            shares, score = numbers(row, COORDINATES), _confidence(row)
            if shares is None or score is None:
                losses.add(BAD, example=place)
                continue
            flags, traits, unknown = _flags(row)
            extra = {name: row[name] for name in further if row[name]} | unknown
            rows.shares.extend(shares)
            rows.flags.append(flags)
            image = catalogue.number(table.split, row["ImageID"])
            rows.add(image, row["LabelName"], score, (traits, extra))
    return rows


def tags(layout: Layout, catalogue: Catalogue, codes: dict[str, int], losses: Losses) -> Rows:
    """The rows of image-level labels."""
    rows = Rows(codes)
    for table in layout.of("labels"):
        further = tuple(name for name in table.columns if name not in LABELS or name == "Source")
        for place, row in _sound(table, losses):
            score = _confidence(row)
            if score is None:
                losses.add(BAD, example=place)
                continue
            extra = {name: row[name] for name in further if row[name]}
            image = catalogue.number(table.split, row["ImageID"])
            if row.get("Confidence") == ABSENT:
                codes.setdefault(row["LabelName"], len(codes))
                _lacks(catalogue.pictures[image], row)
                continue
            rows.add(image, row["LabelName"], score, ({}, extra))
    _tell_lacking(catalogue, losses)
    return rows


def _lacks(picture: Picture, row: Mapping[str, str]) -> None:
    """Keep with a picture what people found it not to show: a row would say that it does."""
    known = picture.extra.get(LACKS, {})
    picture.extra = {**picture.extra, LACKS: {**known, row["LabelName"]: row.get("Source", "")}}


def _tell_lacking(catalogue: Catalogue, losses: Losses) -> None:
    count = sum(len(picture.extra.get(LACKS, ())) for picture in catalogue.pictures)
    if count:
        told = counted(count, "label of confidence 0")
        losses.note(f"{told} (found not to be there): key {LACKS!r} of their pictures")


def _sound(table: Table, losses: Losses) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows that name a picture and a class."""
    for place, row in cells(table, losses):
        if row["ImageID"] and row["LabelName"]:
            yield place, row
        else:
            losses.add(BAD, example=place)


def _confidence(row: Mapping[str, str]) -> float | None:
    """NaN for what a person verified and where none is stated; None for what is no number."""
    text = row.get("Confidence", "")
    if text in ("", SURE):
        return float("nan")
    found = numbers(row, ("Confidence",))
    return None if found is None else found[0]


def _flags(row: Mapping[str, str]) -> tuple[int, dict[str, Any], dict[str, Any]]:
    """Bits, attributes, and the flags of which it is not known whether they are set (-1)."""
    bits = sum(int(flag) for name, flag in FLAGS.items() if row.get(name) == "1")
    traits = {name: True for name in TRAITS if row.get(name) == "1"}
    told = ((name, row.get(name, "")) for name in (*FLAGS, *TRAITS))
    unknown = {name: _whole(text) for name, text in told if text not in ("", "0", "1")}
    return bits, traits, unknown


def _whole(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 9 else text


@dataclass(frozen=True, slots=True)
class Masks:
    """One row of masks: `shares` as in `Rows`, None where no box is stated."""

    file: str
    image: int
    label: int
    split: str
    shares: tuple[float, ...] | None
    extra: Mapping[str, Any]
    place: str


def masks(
    layout: Layout, catalogue: Catalogue, codes: dict[str, int], losses: Losses
) -> dict[int, list[Masks]]:
    """The masks of each picture."""
    found: dict[int, list[Masks]] = {}
    for table in layout.of("masks"):
        for place, row in _sound(table, losses):
            try:
                name = files.safe(row["MaskPath"], place)
            except FormatError as error:
                losses.add("mask whose name leaves the data set", example=error)
                continue
            image = catalogue.number(table.split, row["ImageID"])
            label = codes.setdefault(row["LabelName"], len(codes))
            shares = numbers({k: row.get(k, "") for k in MASK_BOX}, MASK_BOX)
            extra = _of_mask(row, table)
            one = Masks(name, image, label, table.split, shares, extra, place)
            found.setdefault(image, []).append(one)
    return found


def _of_mask(row: Mapping[str, str], table: Table) -> dict[str, Any]:
    known = {"MaskPath", "ImageID", "LabelName", *MASK_BOX}
    names = [name for name in (*MASKS, *table.columns) if name not in known]
    return {name: row[name] for name in dict.fromkeys(names) if row.get(name)}
