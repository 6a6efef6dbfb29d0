"""The annotations of a chunk of images as one table."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.coco import ring_text, segmentation
from formats.coco.points import labelled, points_of
from formats.coco.schema import ABSENT, Object
from formats.columns import CODING, COLUMNS, Flag, Kind
from formats.errors import FormatError
from formats.numerals import is_double
from geometry import boxes, keypoints, masks, polygons, rotated
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = ["DECIMALS", "FLAGS", "SHORT", "Set", "broken", "table"]

SHORT = "ring of fewer than three points"
"""Left out, and counted."""

PLACES = frozenset({"bbox", "segmentation", "keypoints"})
LIST, NULL = b"[n"
"""What the texts of such values begin with."""

DECIMALS = 9
"""Of numbers that are not written as they were read."""
FLAGS = {flag.name.lower(): flag for flag in Flag if flag.name and flag != Flag.CROWD}
"""Flags that COCO has no key for are written as ``"occluded": 1``."""
MOST = 2
"""The most that a flag is told by: DOTA's difficulty and KITTI's occlusion are 1 or 2, and 3 is
unknown; KITTI's truncation is a share. Numbers other than 1 stay as they are, too."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Set:
    """The objects of a chunk with the position of their image, class index and further keys."""

    rows: Sequence[Object]
    images: NDArray[np.int32]
    labels: NDArray[np.int32]
    extra: list[dict[str, Any]]
    odd: list[tuple[int, str]]
    """Filled here: rows whose value cannot be used, and why; the value goes to `extra`."""
    video: bool = False
    """The file lists videos, so that an ``instance_id`` is a track."""


def table(chunk: Set) -> Annotations:
    """The table; what a key holds of an unusable shape is kept in the row's `extra`."""
    rows = chunk.rows
    rings, found = _segmentations(chunk)
    points, scores = points_of(chunk, "keypoints", 3), points_of(chunk, "keypoint_scores", 1)
    turned = _tuples([row.rotated for row in rows], 5)
    kinds = _kinds(rings, found)
    rings, kinds = _without_corners(rings, kinds, turned)
    sides = _tuples([row.bbox for row in rows], 4)
    stated = np.asarray(boxes.from_xywh(sides), np.float64)
    sides = _boxes(stated, rings, found, points)
    bare = (kinds == Kind.BOX) & np.isnan(stated).all(axis=1)
    if bare.any():
        nowhere = bare & np.isnan(sides).all(axis=1)
        kinds[bare & ~nowhere] = Kind.POINTS
        kinds[nowhere & ~broken(chunk.extra)] = Kind.TAG
    return Annotations(
        images=chunk.images,
        kinds=kinds,
        boxes=sides,
        labels=chunk.labels,
        scores=_filled([row.score for row in rows], "scores"),
        rotated=None if np.isnan(turned).all() else turned,
        rings=rings if rings.ring_offsets[-1] else None,
        masks=found if (kinds == Kind.MASK).any() else None,
        keypoints=points,
        keypoint_scores=None if scores is None else scores[:, :, 0],
        tracks=_numbers(_tracks(chunk), "tracks"),
        flags=_flags(chunk),
        areas=_numbers([r.area for r in rows], "areas"),
        ids=_numbers([r.id for r in rows], "ids"),
        groups=_numbers([r.group_id for r in rows], "groups"),
        attributes=_attributes(chunk),
        extra=_extra(chunk),
    )


def broken(extra: Iterable[Mapping[str, Any]]) -> NDArray[np.bool_]:
    """(N,) which rows carry a place that could not be used."""
    return np.array([not PLACES.isdisjoint(keys) for keys in extra], dtype=bool)


def _tuples(values: Sequence[tuple[float, ...] | None], width: int) -> Floats:
    """(N, width), NaN where there is none."""
    nothing = values.count(None)
    if nothing == len(values):
        return np.full((len(values), width), np.nan)
    none = (np.nan,) * width
    found = [none if value is None else value for value in values]
    numbers = struct.pack(f"{len(values) * width}d", *chain.from_iterable(found))
    return np.frombuffer(numbers, np.float64).reshape(-1, width)


def _tracks(chunk: Set) -> list[int | None]:
    """The track of every row; an ``instance_id`` that is none goes to `extra`."""
    instances = [row.instance_id for row in chunk.rows]
    if instances.count(None) == len(instances):
        return [row.track_id for row in chunk.rows]
    found = []
    for row, extra in zip(chunk.rows, chunk.extra, strict=True):
        own = row.instance_id if chunk.video else None
        track = own if row.track_id is None else row.track_id
        if row.instance_id is not None and track != row.instance_id:
            extra["instance_id"] = row.instance_id
        found.append(track)
    return found


def _numbers(values: Sequence[float | None], name: str) -> NDArray | None:
    """A column with its fill value where there is none; None for an empty one."""
    return None if values.count(None) == len(values) else _filled(values, name)


def _filled(values: Sequence[float | None], name: str) -> NDArray:
    """A column with its fill value where there is none."""
    column = COLUMNS[name]
    if values.count(None) == len(values):
        return column.blank(len(values))
    filled = [column.fill if value is None else value for value in values]
    return np.array(filled, dtype=column.dtype)


def _segmentations(chunk: Set) -> tuple[Rings, NDArray[np.object_]]:
    texts = [bytes(row.segmentation) for row in chunk.rows]
    listed, left = _sorted(texts)
    done = ring_text.rings([texts[i] for i in listed], np.array(listed, np.int64), len(texts))
    if done is None:
        left = sorted([*left, *listed])
    rows: list[segmentation.Row] = [[] for _ in texts] if done is None else []
    found = np.empty(len(texts), dtype=object)
    values = segmentation.loaded([chunk.rows[i].segmentation for i in left])
    for i, value in zip(left, values, strict=True):
        try:
            if isinstance(value, list):
                rows[i] = _rings(value, chunk, i)
            elif value is not None:
                found[i] = _mask(value, chunk, i)
        except FormatError as error:
            chunk.extra[i]["segmentation"] = value
            chunk.odd.append((i, f"segmentation that cannot be used: {error.what}"))
    return (Rings.of(rows) if done is None else done), found


def _sorted(texts: list[bytes]) -> tuple[list[int], list[int]]:
    """Which texts are lists that hold something, and which are neither a list nor null."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    first = np.frombuffer(b"".join([text[:1] for text in texts]), np.uint8)
    lists = first == LIST
    listed = np.flatnonzero(lists & (lengths > len(b"[]")))
    return listed.tolist(), np.flatnonzero(~lists & (first != NULL)).tolist()


def _rings(value: list[Any], chunk: Set, i: int) -> segmentation.Row:
    """The rings of a polygon; one of two points would make a polygon of a box."""
    rings = segmentation.rings(value)
    kept = [part for part in rings if len(part[0]) > 2]
    if len(kept) < len(rings):
        chunk.odd.append((i, SHORT))
    return kept


def _mask(value: Any, chunk: Set, i: int) -> Mask:
    """A mask; which of the two codings it had is noted where it is not the usual one."""
    if not isinstance(value, dict):
        raise FormatError(f"expected a list or an object, found {value!r}")
    compressed = isinstance(value.get("counts"), str)
    found = segmentation.mask(value)
    if compressed == bool(chunk.rows[i].iscrowd):
        chunk.extra[i][CODING] = "compressed" if compressed else "counts"
    return found


def _kinds(rings: Rings, found: NDArray[np.object_]) -> NDArray[np.uint8]:
    kinds = np.full(len(found), Kind.BOX, dtype=np.uint8)
    kinds[rings.counts() > 0] = Kind.POLYGON
    kinds[np.array([mask is not None for mask in found], dtype=bool)] = Kind.MASK
    return kinds


def _without_corners(
    rings: Rings, kinds: NDArray[np.uint8], turned: Floats
) -> tuple[Rings, NDArray[np.uint8]]:
    """Rotated boxes lose the polygon that the writer made of their corners."""
    rows = np.flatnonzero(~np.isnan(turned).any(axis=1)).tolist()
    if not rows:
        return rings, kinds
    corners = rotated.corners(turned[rows])
    same = [i for i, ring in zip(rows, corners, strict=True) if _is_ring(rings.row(i), ring)]
    if not same:
        return rings, kinds
    kinds[same] = Kind.ROTATED
    kept = [[] if i in set(same) else rings.row(i) for i in range(len(rings))]
    return Rings.of(kept), kinds


def _is_ring(row: segmentation.Row, ring: Floats) -> bool:
    if len(row) != 1 or len(row[0]) != 1 or len(row[0][0]) != len(ring):
        return False
    return np.array_equal(np.round(row[0][0], DECIMALS), np.round(ring, DECIMALS))


def _boxes(
    stated: Floats, rings: Rings, found: NDArray[np.object_], points: Floats | None
) -> Floats:
    """Boxes as stated; bounds of the polygon, mask or keypoints where none is stated."""
    sides = stated.copy()
    missing = np.isnan(sides).all(axis=1)
    if missing.any():
        sides[missing] = polygons.bounds(rings)[missing]
        for i in np.flatnonzero(missing):
            if found[i] is not None:
                sides[i] = masks.bounds(found[i])
        missing = np.isnan(sides).all(axis=1)
        if points is not None:
            sides[missing] = keypoints.bounds(points)[missing]
    return sides


def _flags(chunk: Set) -> NDArray[np.uint16] | None:
    stated = [row.iscrowd for row in chunk.rows]
    flags = np.array([number == 1 for number in stated], bool) * np.uint16(Flag.CROWD)
    for i, number in enumerate(stated if set(stated) - {0, 1} else ()):
        if number not in (0, 1):
            chunk.extra[i]["iscrowd"] = number
    for i, extra in enumerate(chunk.extra if any(chunk.extra) else ()):
        for name in FLAGS.keys() & extra.keys():
            if is_double(extra[name]) and 0 < extra[name] <= MOST:
                flags[i] |= FLAGS[name]
                if type(extra[name]) is int and extra[name] == 1:
                    del extra[name]
    return flags if flags.any() else None


def _attributes(chunk: Set) -> NDArray[np.object_] | None:
    found = [row.attributes for row in chunk.rows]
    if found.count(ABSENT) == len(found):
        return None
    values = segmentation.loaded(found)
    for i, value in enumerate(values):
        if value is not None and (not isinstance(value, dict) or not value):
            chunk.extra[i]["attributes"] = value
    return _objects([value if isinstance(value, dict) else {} for value in values])


def _extra(chunk: Set) -> NDArray[np.object_] | None:
    """Further keys; the stated count of keypoints only where it is not the true one."""
    counts = [row.num_keypoints for row in chunk.rows]
    for i, count in enumerate(counts if any(counts) or 0 in counts else ()):
        if count is not None and count != labelled(chunk.rows[i]):
            chunk.extra[i]["num_keypoints"] = count
    return _objects(chunk.extra) if any(chunk.extra) else None


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
