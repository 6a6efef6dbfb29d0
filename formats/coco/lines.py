"""The rows of a table as lines of a COCO file.

Most rows are a box or a polygon and nothing else. Their numbers are turned into text a column at a
time, which gives the same bytes as turning each row into an object first (`rows.dicts`).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import orjson
from numpy.typing import NDArray

from formats import json_text, unheld
from formats.annotations import Annotations
from formats.coco import rows
from formats.columns import Kind
from formats.dataset import Chunk
from formats.losses import Losses
from geometry.rings import Rings

__all__ = ["lines"]

Bools = NDArray[np.bool_]
FURTHER = ("scores", "tracks", "groups", "flags", "keypoints", "rotated", "attributes", "extra")
ARRAYS = orjson.OPT_SERIALIZE_NUMPY
LINE = (
    b'{"id":%d,"image_id":%d,"category_id":%d,"segmentation":%b,"area":%b,"bbox":[%b],"iscrowd":0}'
)
POLYGON, BOX = LINE.replace(b"%b", b"[[%b]]", 1), LINE.replace(b"%b", b"[%b]", 1)


def lines(
    table: Annotations,
    chunk: Chunk,
    ids: list[int],
    images: list[int],
    categories: list[int],
    losses: Losses,
) -> list[bytes]:
    """One JSON object per row. `images` and `categories` are ids by item and by label."""
    simple = _simple(table)
    if simple.all():
        return _plain(table, ids, images, categories)
    out = np.empty(len(table), dtype=object)
    own = np.array(ids, dtype=object)
    out[simple] = _plain(table[simple], own[simple].tolist(), images, categories)
    others = rows.dicts(table[~simple], chunk, own[~simple].tolist(), images, categories, losses)
    out[~simple] = [json_text.dumps(row) for row in others]
    return out.tolist()


def _simple(table: Annotations) -> Bools:
    """Boxes and polygons without anything that only some rows have."""
    found = (table.kinds == Kind.BOX) | ((table.kinds == Kind.POLYGON) & _whole(table))
    for name in FURTHER:
        if getattr(table, name) is not None:
            found &= ~unheld.stated(table, name)
    return found & np.isfinite(table.boxes).all(axis=1)


def _whole(table: Annotations) -> Bools:
    """Rows whose parts are rings of three points or more, without holes."""
    rings = table.rings
    if rings is None:
        return np.zeros(len(table), dtype=bool)
    found = rings.counts() > 0
    part_row = np.repeat(np.arange(len(rings)), rings.counts())
    hollow = np.diff(rings.part_offsets) != 1
    found[part_row[hollow]] = False
    if not hollow.any():
        found[part_row[np.diff(rings.ring_offsets) < 3]] = False
        return found
    parts = rings.part_offsets[:-1][~hollow]
    found[part_row[~hollow][np.diff(rings.ring_offsets)[parts] < 3]] = False
    return found


def _plain(
    table: Annotations, ids: list[int], images: list[int], categories: list[int]
) -> list[bytes]:
    """The lines of simple rows."""
    if not len(table):
        return []
    sides = orjson.dumps(rows.sides(table), option=ARRAYS)[2:-2].split(b"],[")
    areas = orjson.dumps(rows.areas(table), option=ARRAYS)[1:-1].split(b",")
    positions, labels = table.images.tolist(), table.labels.tolist()
    columns = zip(ids, positions, labels, _outlines(table), areas, sides, strict=True)
    return [
        (POLYGON if outline else BOX)
        % (number, images[position], categories[label], outline, area, side)
        for number, position, label, outline, area, side in columns
    ]


def _outlines(table: Annotations) -> list[bytes]:
    """The rings of polygons, nothing for boxes."""
    shaped = table.kinds == Kind.POLYGON
    if table.rings is None or not shaped.any():
        return [b""] * len(table)
    if shaped.all():
        return _texts(table.rings)
    texts = np.full(len(table), b"", dtype=object)
    texts[shaped] = _texts(table.rings[shaped])
    return texts.tolist()


def _texts(rings: Rings) -> list[bytes]:
    """The rings of every row, of which each has some, none with holes.

    All numbers are turned into one text; NaN, which is written as null, stands between two rings.
    """
    ends = 2 * rings.ring_offsets[1:-1]
    numbers = np.insert(rings.points.ravel(), ends, np.nan)
    texts = orjson.dumps(numbers, option=ARRAYS)[1:-1].split(b",null,")
    if len(texts) == len(rings):
        return texts
    return [b"],[".join(texts[a:b]) for a, b in pairwise(rings.row_offsets.tolist())]
