"""The rows of a table as COCO annotations, one JSON object per line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.coco import segmentation
from formats.coco.columns import DECIMALS, FLAGS
from formats.coco.videos import TRACK
from formats.columns import CODING, Flag, Kind
from formats.dataset import Chunk, Item
from formats.losses import Losses
from geometry import boxes, masks, polygons, rotated
from geometry.rings import Rings

__all__ = ["areas", "dicts", "picture", "segmentations", "sides"]

Floats = NDArray[np.float64]
DUST = 1e-12
"""What subtraction leaves of a number, relative to the picture's coordinates."""


def sides(table: Annotations) -> Floats:
    """``x y w h`` of every row, (N, 4).

    Width and height are differences; rounded to 9 decimals they are the source's numbers again. A
    number with more decimals than that is left as it is.
    """
    found = np.asarray(boxes.to_xywh(table.boxes), np.float64)
    rounded = np.round(found, DECIMALS)
    dust = np.abs(rounded - found) <= DUST * np.maximum(1.0, np.abs(table.boxes).max(1))[:, None]
    found[:, 2:] = np.where(dust, rounded, found)[:, 2:]
    return found


def segmentations(table: Annotations, chunk: Chunk, losses: Losses) -> list[Any]:
    """What each row's ``segmentation`` is: rings, run lengths, or ``[]`` where it has no mask."""
    out: list[Any] = [[] for _ in range(len(table))]
    crowd = table.flagged(Flag.CROWD)
    for i in np.flatnonzero(table.kinds == Kind.ROTATED).tolist():
        if table.rotated is not None and not np.isnan(table.rotated[i]).any():
            corners = rotated.corners(table.rotated[i : i + 1])
            out[i] = [np.round(corners, DECIMALS).ravel().tolist()]
    if table.rings is not None:
        plain = _plain(table.rings)
        shaped = (table.kinds == Kind.POLYGON) & (table.rings.counts() > 0)
        for i in np.flatnonzero(shaped).tolist():
            out[i] = _polygon(table, i, chunk, losses) if plain is None else plain[i]
    if table.masks is not None:
        for i in np.flatnonzero(table.kinds == Kind.MASK).tolist():
            if table.masks[i] is not None:
                told = None if table.extra is None else table.extra[i].get(CODING)
                compressed = not crowd[i] if told is None else told == "compressed"
                out[i] = segmentation.run_lengths(table.masks[i], compressed)
    return out


def _plain(rings: Rings) -> list[list[list[float]]] | None:
    """The rings of every row as flat lists; None where a ring is a hole or has under 3 points."""
    lengths = np.diff(rings.ring_offsets)
    if len(rings.part_offsets) != len(rings.ring_offsets) or (lengths < 3).any():
        return None
    numbers: list[float] = rings.points.ravel().tolist()
    flat = [numbers[a:b] for a, b in pairwise((rings.ring_offsets * 2).tolist())]
    return [flat[a:b] for a, b in pairwise(rings.row_offsets.tolist())]


def _polygon(table: Annotations, i: int, chunk: Chunk, losses: Losses) -> Any:
    item = chunk.items[int(table.images[i])]
    row = table.rings.row(i) if table.rings is not None else []
    short = sum(len(part[0]) < 3 for part in row if part)
    losses.add("ring of fewer than three points", short, item.path)
    if any(len(part) > 1 for part in row):
        what = "polygon with holes, written as a mask" if item.size else "holes of a polygon"
        losses.add(what, 1, item.path)
    return segmentation.polygon(row, item)


def areas(table: Annotations) -> Floats:
    """The stated area, else pixels of the mask, area of the polygon, or width times height."""
    found = np.full(len(table), np.nan) if table.areas is None else table.areas.copy()
    if not np.isnan(found).any():
        return found
    if table.masks is not None:
        for i in np.flatnonzero(np.isnan(found) & (table.kinds == Kind.MASK)):
            found[i] = np.nan if table.masks[i] is None else masks.area(table.masks[i])
    if table.rings is not None:
        rows = np.isnan(found) & (table.kinds == Kind.POLYGON) & (table.rings.counts() > 0)
        found[rows] = polygons.area(table.rings[rows])
    if table.rotated is not None:
        rows = np.isnan(found) & (table.kinds == Kind.ROTATED)
        found[rows] = rotated.area(table.rotated[rows])
    rows = np.isnan(found)
    found[rows] = boxes.area(table.boxes[rows])
    return np.round(found, DECIMALS) if table.areas is None else _rounded(found, table.areas)


def _rounded(found: Floats, stated: Floats) -> Floats:
    """Computed areas rounded, stated ones as they are."""
    return np.where(np.isnan(stated), np.round(found, DECIMALS), stated)


def dicts(
    table: Annotations,
    chunk: Chunk,
    ids: list[int],
    images: list[int],
    categories: list[int],
    losses: Losses,
) -> Iterator[dict[str, Any]]:
    """One object per row. `images` and `categories` are ids by item and by label."""
    shapes = segmentations(table, chunk, losses)
    squares = areas(table).tolist()
    positions, labels = table.images.tolist(), table.labels.tolist()
    further = _further(table, chunk)
    tags = np.atleast_1d(np.isnan(table.boxes).any(axis=1)).tolist()
    for i, box in enumerate(sides(table).tolist()):
        row: dict[str, Any] = {"id": ids[i], "image_id": images[positions[i]]}
        row["category_id"] = categories[labels[i]]
        if not tags[i]:
            row |= {"segmentation": shapes[i], "area": squares[i], "bbox": box}
        elif squares[i] == squares[i]:
            row["area"] = squares[i]
        row["iscrowd"] = 0
        row |= further[i]
        yield row


def _further(table: Annotations, chunk: Chunk) -> list[dict[str, Any]]:
    """The keys that only some rows have; the track of a frame of a clip has two names."""
    out: list[dict[str, Any]] = [{} for _ in range(len(table))]
    for name, key in (("tracks", "track_id"), ("groups", "group_id")):
        column = getattr(table, name)
        if column is not None:
            for i in np.flatnonzero(column >= 0).tolist():
                out[i][key] = int(column[i])
                if key == "track_id" and chunk.items[int(table.images[i])].media is not None:
                    out[i][TRACK] = int(column[i])
    for i in np.flatnonzero(~np.isnan(table.scores)).tolist():
        out[i]["score"] = float(table.scores[i])
    _add_flags(table, out)
    _add_keypoints(table, out)
    if table.rotated is not None:
        for i in np.flatnonzero(~np.isnan(table.rotated).any(axis=1)).tolist():
            out[i]["rotated"] = table.rotated[i].tolist()
    if table.attributes is not None:
        for i, attributes in enumerate(table.attributes):
            if attributes:
                out[i]["attributes"] = dict(attributes)
    if table.extra is not None:
        for i, extra in enumerate(table.extra):
            out[i].update((k, v) for k, v in extra.items() if k != CODING)
    return out


def _add_flags(table: Annotations, out: list[dict[str, Any]]) -> None:
    if table.flags is None:
        return
    for i in np.flatnonzero(table.flagged(Flag.CROWD)):
        out[i]["iscrowd"] = 1
    for name, flag in FLAGS.items():
        for i in np.flatnonzero(table.flagged(flag)):
            out[i][name] = 1


def _add_keypoints(table: Annotations, out: list[dict[str, Any]]) -> None:
    """``[x, y, v] * k``; visibility that is not known is 2, a point without a place is 0 0 0.

    What detectors give instead of a visibility, a share, stays as it was read.
    """
    if table.keypoints is None:
        return
    given = ~np.asarray(np.isnan(table.keypoints[..., :2]).any(axis=2))
    scores = table.keypoint_scores
    counts = _lengths(table.keypoints)
    for i in np.flatnonzero(counts).tolist():
        k = counts[i]
        points = np.nan_to_num(table.keypoints[i, :k], nan=2.0)
        points[~given[i, :k]] = 0
        flat: list[float | int] = points.ravel().tolist()
        flat[2::3] = [int(v) if v == v // 1 else v for v in flat[2::3]]
        out[i]["keypoints"] = flat
        out[i]["num_keypoints"] = int((points[:, 2] > 0).sum())
        if scores is not None and not np.isnan(scores[i]).all():
            told = scores[i, :k].tolist()
            out[i]["keypoint_scores"] = [None if s != s else s for s in told]


def _lengths(keypoints: Floats) -> list[int]:
    """How many keypoints each row has: rows with fewer are padded with NaN at their end."""
    there = ~np.asarray(np.isnan(keypoints).all(axis=2))
    last = keypoints.shape[1] - np.argmax(there[:, ::-1], axis=1)
    found: list[int] = np.where(there.any(axis=1), last, 0).tolist()
    return found


def picture(item: Item, number: int) -> dict[str, Any]:
    """The image entry of an item."""
    entry: dict[str, Any] = {"id": number, "file_name": item.path}
    if item.size is not None:
        entry["width"], entry["height"] = item.size
    return {**entry, **{k: v for k, v in item.extra.items() if k not in entry}}
