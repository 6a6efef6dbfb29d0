"""What an annotation of Datumaro can be: rows made ready for it, what is lost counted.

An object of several shapes is several annotations of one group, as in datumaro's own readers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats import marks, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import SHAPE_OF, Flag, Kind
from formats.dataset import Chunk
from formats.datumaro.options import DatumaroOptions
from formats.datumaro.rows import FLAGS
from formats.losses import Losses
from geometry import masks

__all__ = ["HOLDS", "fitted", "group", "parts"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "rings", "masks"), 0.0),
    **dict.fromkeys(("keypoints", "tracks", "flags", "ids", "groups", "attributes", "extra"), 0.0),
    **dict.fromkeys(("boxes", "rotated"), 1e-9),
}
"""Numbers are written as they are; of boxes, width and height are differences."""
HELD = sum(FLAGS.values())
MADE = Flag.KEYFRAME | Flag.INTERPOLATED
"""How a row of a clip was made goes without a word."""
POINTED = frozenset({Kind.POINTS, Kind.TAG})
RINGED = frozenset({Kind.POLYGON, Kind.LINE})


def fitted(chunk: Chunk, options: DatumaroOptions, losses: Losses) -> Annotations:
    """The rows that can be written; what else they have is counted."""
    where = chunk.paths()
    table = marks.in_picture(chunk.annotations, losses, where)
    table = marks.without_crowds(table, options, losses, where)
    broken = _shapeless(table)
    unheld.count(losses.add, "object without a usable shape", table, broken, where)
    table = table[~broken] if broken.any() else table
    unheld.report(table, HOLDS, losses, where)
    unheld.hidden(table, losses, where)
    unheld.boxes(table, losses, where)
    _count(table, losses)
    return table


def _shapeless(table: Annotations) -> NDArray[np.bool_]:
    """(N,) rows whose kind has no finite shape; datumaro refuses polygons of less than 3 points."""
    found = ~np.isfinite(table.boxes).all(axis=1) & (table.kinds != Kind.TAG)
    for kind, name in SHAPE_OF.items():
        found |= (table.kinds == kind) & ~unheld.stated(table, name)
    if table.rings is not None:
        none = unheld.flat(table) == table.rings.counts()
        found |= (table.kinds == Kind.POLYGON) & none
    if table.rotated is not None:
        turned = np.isin(table.kinds, [Kind.ROTATED, Kind.ELLIPSE])
        found |= turned & ~np.isfinite(table.rotated).all(axis=1)
    return found


def _count(table: Annotations, losses: Losses) -> None:
    """Count the values of held columns that have no place."""
    for name, what in (("groups", "group 0"), ("ids", "annotation id 0")):
        value = getattr(table, name)
        if value is not None:
            losses.add(f"{what}, which is none in Datumaro", int((value == 0).sum()))
    for flag in Flag:
        if not flag & (HELD | MADE):
            name = (flag.name or "").lower()
            losses.add(f"{name} flag", int(table.flagged(flag).sum()))


def parts(
    row: Annotation, size: tuple[int, int] | None, losses: Losses, where: str
) -> Iterator[Annotation]:
    """The annotations of one row: one, unless it has several parts or keypoints beside its shape.

    Holes need a mask, and that the size of the picture; without one a part loses its holes.
    """
    rings = row.rings or [] if row.kind in RINGED else []
    if row.kind == Kind.POLYGON:
        whole = [part for part in rings if len(part[0]) >= unheld.CORNERS]
        losses.add("part of too few points", len(rings) - len(whole), where)
        rings = whole
    if len(rings) > 1:
        losses.add("polygon of several parts, written as polygons of one group", 1, where)
    holed = any(len(part) > 1 for part in rings)
    if holed and size is not None:
        losses.add("polygon with holes, written as a mask", 1, where)
        mask = masks.from_rings(rings, size)
        yield replace(row, kind=Kind.MASK, mask=mask, rings=None, keypoints=None)
    elif rings:
        losses.add("hole", sum(len(part) - 1 for part in rings), where)
        yield from (replace(row, rings=[part[:1]]) for part in rings)
    else:
        yield row
    if row.kind not in POINTED and _pointed(row):
        losses.add("keypoints beside a shape, written as points of its group", 1, where)
        yield replace(row, kind=Kind.POINTS)


def _pointed(row: Annotation) -> bool:
    return row.keypoints is not None and not np.isnan(row.keypoints).all()


def group(rows: Sequence[Annotation], free: Iterator[int]) -> int:
    """The group of the annotations of one row: its own, a free one for several, else none."""
    if rows[0].group > 0:
        return rows[0].group
    return next(free) if len(rows) > 1 else 0
