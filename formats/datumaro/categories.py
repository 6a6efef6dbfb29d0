"""The categories of a file as labels, and back.

``label`` lists the classes, ``points`` their keypoints, ``mask`` their colours. A class whose
parent has a keypoint of its name is that keypoint (CVAT lists those too), not a class of its own.
Bones are pairs of keypoints counted from 1, as in COCO, unless one of them is a 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from formats.dataset import Label
from formats.errors import FormatError

__all__ = ["KEY", "POSITIONS", "Known", "known", "written"]

KEY = "datumaro"
"""Where `Dataset.extra` keeps what belongs to no class: groups of classes, common attributes."""
COMMON = ("label_groups", "attributes")
POSITIONS = "positions"


class _Class(msgspec.Struct):
    name: str
    parent: str | None = ""
    attributes: list[str] | None = None


class _Labels(msgspec.Struct):
    labels: list[_Class]


class _Points(msgspec.Struct):
    label_id: int
    labels: list[str] | None = None
    joints: list[tuple[int, int]] | None = None
    positions: list[float] | None = None


class _Colour(msgspec.Struct):
    label_id: int
    r: int
    g: int
    b: int


@dataclass(frozen=True, slots=True)
class Known:
    """The classes of one file; `place` has the index of each of its numbers that is a class."""

    labels: tuple[Label, ...]
    place: Mapping[int, int]
    common: Mapping[str, Any]


def known(told: Any, where: str) -> Known:
    """What the ``categories`` of a file say; FormatError names `where` for what is none."""
    if not isinstance(told, dict):
        raise FormatError("no object 'categories'", where=where)
    own = told.get("label") or {}
    listed = _as(_Labels, {"labels": [], **own} if isinstance(own, dict) else own, where, "label")
    points = _of(_Points, told, "points", "items", where)
    colours = _of(_Colour, told, "mask", "colormap", where)
    names = [one.name for one in listed.labels]
    made = [_label(k, one, points, colours) for k, one in enumerate(listed.labels)]
    kept = [k for k, one in enumerate(listed.labels) if not _is_point(one, names, points)]
    place = {k: i for i, k in enumerate(kept)}
    common = {key: own[key] for key in COMMON if own.get(key)}
    return Known(tuple(made[k] for k in kept), place, common)


def _of(
    kind: type[Any], told: Mapping[str, Any], name: str, key: str, where: str
) -> dict[int, Any]:
    """The entries of a kind of categories by the number of their class."""
    block = told.get(name) or {}
    entries = block.get(key) or [] if isinstance(block, dict) else block
    many: Any = list[kind]  # type: ignore[valid-type]
    found = _as(many, entries, where, name, key)
    return {entry.label_id: entry for entry in found}


def _as(kind: Any, value: Any, where: str, *keys: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise FormatError(str(error), where="/".join((where, *keys))) from error


def _is_point(one: _Class, names: Sequence[str], points: Mapping[int, _Points]) -> bool:
    """Whether an entry is a keypoint of its parent."""
    if not one.parent or one.parent not in names:
        return False
    own = points.get(names.index(one.parent))
    return own is not None and one.name in (own.labels or ())


def _label(
    k: int, one: _Class, points: Mapping[int, _Points], colours: Mapping[int, _Colour]
) -> Label:
    extra: dict[str, Any] = {}
    if colour := colours.get(k):
        extra["color"] = f"#{colour.r & 255:02x}{colour.g & 255:02x}{colour.b & 255:02x}"
    own = points.get(k) or _Points(k)
    if own.positions:
        extra[POSITIONS] = own.positions
    names = tuple(own.labels or ())
    attributes: dict[str, Any] = {name: {} for name in one.attributes or ()}
    label = Label(one.name, supercategory=one.parent or "", attributes=attributes, extra=extra)
    return replace(label, keypoints=names, bones=_bones(own.joints or (), len(names)))


def _bones(joints: Sequence[tuple[int, int]], count: int) -> tuple[tuple[int, int], ...]:
    first = 0 if any(0 in pair for pair in joints) else 1
    found = [(a - first, b - first) for a, b in joints]
    return tuple((a, b) for a, b in found if min(a, b) >= 0 and max(a, b) < count)


def written(labels: Sequence[Label], common: object) -> dict[str, Any]:
    """The ``categories`` of a file."""
    kept = common if isinstance(common, Mapping) else {}
    listed = [_entry(label) for label in labels]
    told: dict[str, Any] = {"label": {"labels": listed, "label_groups": [], "attributes": []}}
    told["label"] |= {key: kept[key] for key in COMMON if key in kept}
    colours = [c for k, label in enumerate(labels) if (c := _colour(k, label)) is not None]
    if colours:
        told["mask"] = {"colormap": colours}
    points = [_points(k, label) for k, label in enumerate(labels) if label.keypoints]
    if points:
        told["points"] = {"items": points}
    return told


def _entry(label: Label) -> dict[str, Any]:
    return {
        "name": label.name,
        "parent": label.supercategory,
        "attributes": sorted(map(str, label.attributes)),
    }


def _colour(k: int, label: Label) -> dict[str, int] | None:
    told = str(label.extra.get("color", ""))
    try:
        number = int(told[1:], 16) if len(told) == 7 and told[0] == "#" else -1
    except ValueError:
        number = -1
    if number < 0:
        return None
    return {"label_id": k, "r": number >> 16, "g": number >> 8 & 255, "b": number & 255}


def _points(k: int, label: Label) -> dict[str, Any]:
    positions = label.extra.get(POSITIONS)
    return {
        "label_id": k,
        "labels": list(label.keypoints),
        "joints": [[a + 1, b + 1] for a, b in label.bones],
        POSITIONS: positions if isinstance(positions, list) else [],
    }
