"""Rows as annotations of Datumaro."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from formats.annotations import Annotation
from formats.columns import Kind
from formats.datumaro.rows import DEPTH, FLAGS, KNOWN, SCORE
from formats.datumaro.shapes import ROTATION
from formats.losses import Losses
from geometry import masks

__all__ = ["annotation"]

DECIMALS = 9

Told = dict[str, Any]
WHOLE = 360.0
"""Degrees of a turned box that is not turned: 0 would say that it is none."""


def annotation(row: Annotation, group: int, losses: Losses, where: str) -> Told:
    """One annotation with its keys in datumaro's order, then the unknown ones."""
    kind, shape = WRITERS[row.kind](row)
    told: Told = {"id": max(row.id, 0), "type": kind}
    told |= {"attributes": _attributes(row, losses, where), "group": group}
    if row.track >= 0:
        told["object_id"] = row.track
    told["label_id"] = row.label
    depth = row.extra.get(DEPTH, 0)
    if row.kind != Kind.TAG or depth:
        told[DEPTH] = depth if type(depth) is int else 0
    further = {key: value for key, value in row.extra.items() if key not in KNOWN}
    odd = len(row.extra) - len(further) - (type(depth) is int and DEPTH in row.extra)
    losses.add("unknown key with a name of Datumaro's own", odd, where)
    return {**told, **shape, **further}


def _attributes(row: Annotation, losses: Losses, where: str) -> Told:
    """The attributes, with the flags, score and angle that datumaro tells among them."""
    own: Told = {name: True for name, flag in FLAGS.items() if row.flags & flag}
    if np.isfinite(row.score):
        own[SCORE] = row.score
    if row.kind in (Kind.ROTATED, Kind.ELLIPSE) and row.rotated is not None:
        own |= _turn(row.kind, round(float(np.degrees(row.rotated[4])), DECIMALS))
    losses.add("attribute with a name of Datumaro's own", len(own.keys() & row.attributes), where)
    return {**row.attributes, **own}


def _turn(kind: Kind, degrees: float) -> Told:
    if degrees:
        return {ROTATION: degrees}
    return {ROTATION: WHOLE} if kind == Kind.ROTATED else {}


Written = tuple[str, Told]


def _box(row: Annotation) -> Written:
    x0, y0, x1, y1 = row.box.tolist()
    return "bbox", {"bbox": [x0, y0, *_plain(x1 - x0, y1 - y0)]}


def _rotated(row: Annotation) -> Written:
    cx, cy, w, h, _ = _five(row)
    return "bbox", {"bbox": [*_plain(cx - w / 2, cy - h / 2), w, h]}


def _ellipse(row: Annotation) -> Written:
    cx, cy, w, h, _ = _five(row)
    return "ellipse", {"points": _plain(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)}


def _plain(*numbers: float) -> list[float]:
    """Sums and differences without the dust of floating point behind their decimals."""
    return [round(number, DECIMALS) for number in numbers]


def _five(row: Annotation) -> list[float]:
    return [0.0] * 5 if row.rotated is None else row.rotated.tolist()


def _outline(row: Annotation) -> Written:
    ring = row.rings[0][0].ravel().tolist() if row.rings else []
    return "polyline" if row.kind == Kind.LINE else "polygon", {"points": ring}


def _points(row: Annotation) -> Written:
    found = np.empty((0, 3)) if row.keypoints is None else row.keypoints
    found = found[~np.isnan(found).any(axis=1)]
    seen = found[:, 2].astype(int).tolist()
    return "points", {"points": found[:, :2].ravel().tolist(), "visibility": seen}


def _mask(row: Annotation) -> Written:
    if row.mask is None:
        return "mask", {}
    width, height = row.mask.size
    return "mask", {"rle": {"counts": masks.to_coco_string(row.mask), "size": [height, width]}}


def _tag(row: Annotation) -> Written:
    return "label", {}


WRITERS: Mapping[Kind, Callable[[Annotation], Written]] = {
    Kind.BOX: _box,
    Kind.ROTATED: _rotated,
    Kind.ELLIPSE: _ellipse,
    Kind.POLYGON: _outline,
    Kind.LINE: _outline,
    Kind.POINTS: _points,
    Kind.MASK: _mask,
    Kind.TAG: _tag,
}
"""Kinds of rows -> the type of an annotation and what says where it is."""
