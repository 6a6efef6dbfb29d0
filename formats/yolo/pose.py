"""Pose: a box, then ``x y visibility`` of every keypoint; ``x y`` alone is read too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.losses import Losses
from formats.unheld import stated
from formats.yolo import checking
from formats.yolo.detect import clean, clipped, pixels, placed
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.task import Coded, Keypoints, Task

__all__ = ["TASK"]

Floats = NDArray[np.float64]
UNLABELLED = "keypoints of an object of which none is labelled"
UNPLACED = "place of a keypoint that is not labelled"
FURTHER = "keypoint beyond those that the classes name"
VISIBLE = 2.0


def decode(
    rows: Rows, sizes: Floats, keypoints: Keypoints, names: Sequence[str], problems: Problems
) -> dict[str, Any]:
    """Boxes and keypoints in pixels.

    A third number that is not 0, 1 or 2 is a confidence, as predictions have it. Without a third
    number a point at ``0 0`` or left of or above the picture is not labelled, any other visible.
    A line of zeros alone is an object without keypoints.
    """
    count, dims = keypoints
    values = rows.block(4 + count * dims)
    checking.in_picture(rows, values[:, :4], names, problems)
    points = values[:, 4:].reshape(len(rows), count, dims or 3)
    place = points[..., :2]
    third = points[..., 2] if dims == 3 else _labelled(place)
    confident = (third != np.rint(third)) | (third < 0) | (third > 2)
    seen = np.where(confident, np.where(third > 0, 2, 0), third)
    found = np.concatenate([clean(place * sizes[:, None]), seen[..., None]], axis=2)
    found[~found.any(axis=(1, 2))] = np.nan
    scores = np.where(confident, third, np.nan) if confident.any() else None
    return {
        "kinds": np.full(len(rows), Kind.BOX, np.uint8),
        "boxes": pixels(values[:, :4], sizes),
        "keypoints": None if np.isnan(found).all() else found,
        "keypoint_scores": scores,
    }


def _labelled(place: Floats) -> Floats:
    absent = (place < 0).any(axis=2) | (place == 0).all(axis=2)
    return np.where(absent, 0.0, 2.0)


def encode(table: Annotations, sizes: Floats, keypoints: int, losses: Losses) -> Coded:
    """Boxes cut at the border; a keypoint that is not labelled or lies outside is ``0 0 0``."""
    boxes, left = clipped(placed(table, losses), sizes, losses)
    points = np.zeros((len(table), keypoints, 3))
    given = table.keypoints
    if given is not None:
        points[:, : given.shape[1]] = _filled(given[:, :keypoints])
        further = _filled(given[left, keypoints:])[..., 2] > 0
        losses.add(FURTHER, int(further.sum()))
    labelled = points[..., 2] > 0
    unplaced = ~labelled & points[..., :2].any(axis=2) & left[:, None]
    losses.add(UNPLACED, int(unplaced.sum()))
    losses.add(UNLABELLED, int((left & stated(table, "keypoints") & ~labelled.any(axis=1)).sum()))
    share = points[..., :2] / sizes[:, None]
    inside = ((share >= 0) & (share <= 1)).all(axis=2)
    out = labelled & ~inside & left[:, None]
    losses.add("keypoint outside its picture", int(out.sum()))
    points[..., :2] = share
    points[~(labelled & inside)] = 0
    values = np.hstack([boxes, points.reshape(len(table), 3 * keypoints)])
    return Coded.block(np.flatnonzero(left), values[left])


def _filled(points: Floats) -> Floats:
    """Keypoints with zeros where they have no place; visible where nothing says whether."""
    there = np.asarray(np.isfinite(points[..., :2]).all(axis=2))
    third = np.where(there & np.isnan(points[..., 2]), VISIBLE, points[..., 2])
    found = np.concatenate([points[..., :2], third[..., None]], axis=2)
    return np.where(there[..., None], np.nan_to_num(found), 0.0)


def _width(keypoints: Keypoints) -> int:
    return 4 + keypoints[0] * keypoints[1]


TASK = Task(
    name="pose",
    expected="a pose line has 5 + kpt_shape[0] * kpt_shape[1]",
    good=lambda counts, keypoints: counts == _width(keypoints),
    width=_width,
    decode=decode,
    encode=encode,
    kind=Kind.BOX,
    holds=frozenset({"keypoints", "keypoint_scores"}),
)
