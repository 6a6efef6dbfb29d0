"""Keypoints that belong together, joined into the row of their object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from formats.annotations import Kind
from formats.dataset import Label
from formats.label_studio.frame import Frame
from formats.label_studio.gathering import Region, is_number
from formats.labels import find
from geometry import keypoints

__all__ = ["groups", "join"]

Row = dict[str, Any]
Lose = Callable[[str, int], None]

UNLABELLED = "keypoint without a label"
STRANGE = "keypoint of a label that its object does not have"
TWICE = "keypoint that its object has already"
BROKEN = "keypoint whose place is no number"
HIDDEN, VISIBLE = 1, 2


def groups(points: Iterable[Region], others: Iterable[str]) -> dict[str, list[Region]]:
    """Keypoints by what they hang on: the id of another region, else a text they share, else
    nothing but themselves.
    """
    there = set(others)
    found: dict[str, list[Region]] = {}
    for point in points:
        hung = point.parent if point.parent in there else ""
        key = hung or (point.parent or (point.text and f"text {point.text}")) or f"lone {point.id}"
        found.setdefault(key, []).append(point)
    return found


def join(
    points: Sequence[Region],
    shapes: Mapping[str, Region],
    made: Mapping[str, Row],
    labels: Sequence[Label],
    frame: Frame,
    lose: Lose,
) -> dict[str, Row]:
    """New rows of keypoints without a region to hang on; the others join theirs in `made`.

    `shapes`: the regions that the rows of `made` come from.
    """
    fresh: dict[str, Row] = {}
    for key, members in groups(points, made).items():
        named = [p for p in members if p.labels]
        lose(UNLABELLED, len(members) - len(named))
        if not named:
            continue
        row = made.get(key) or {"kinds": Kind.POINTS, "labels": _owner(named, labels)}
        if row["labels"] < 0:
            lose(STRANGE, len(named))
            continue
        found = _placed(named, labels[row["labels"]], frame, lose)
        if found is None:
            continue
        row |= found | _unseen(shapes[key].meta if key in shapes else {}, found)
        if key not in made:
            fresh[key] = {**row, "boxes": keypoints.bounds(row["keypoints"][None])[0]}
    return fresh


def _unseen(meta: Mapping[str, Any], found: Row) -> Row:
    """The scores of all keypoints, where a region tells those of keypoints that are not labelled.

    See `encoding`.
    """
    told = meta.get("keypoint_scores")
    if not isinstance(told, Mapping):
        return {}
    count = len(found["keypoints"])
    scores = np.array(found.get("keypoint_scores", np.full(count, np.nan)))
    for key, score in told.items():
        if key in map(str, range(count)) and is_number(score):
            scores[int(key)] = score
    return {"keypoint_scores": scores}


def _owner(points: Sequence[Region], labels: Sequence[Label]) -> int:
    """The label that has all of these keypoints, or the label of a lone one; -1 for none."""
    names = [p.labels[0] for p in points]
    for k, label in enumerate(labels):
        own = label.keypoints or (label.name,)
        if all(name in own for name in names) and (len(names) == 1 or label.keypoints):
            return k
    return -1


def _placed(
    points: Sequence[Region], label: Label, frame: Frame, lose: Lose
) -> dict[str, Any] | None:
    """The columns of one skeleton: (K, 3) places and (K,) scores, None where no point is left."""
    names = [Label(name) for name in label.keypoints or (label.name,)]
    places = np.zeros((len(names), 3))
    scores = np.full(len(names), np.nan)
    for point in points:
        k = find(point.labels[0], names)
        place = _place(point, frame)
        if k < 0 or place is None or places[k, 2]:
            lose(STRANGE if k < 0 else BROKEN if place is None else TWICE, 1)
            continue
        places[k], scores[k] = place, point.score
    if not places[:, 2].any():
        return None
    return {"keypoints": places, **({} if np.isnan(scores).all() else {"keypoint_scores": scores})}


def _place(point: Region, frame: Frame) -> tuple[float, float, int] | None:
    """x, y in pixels and visibility."""
    try:
        x, y = frame.pixels([point.value["x"], point.value["y"]])[0].tolist()
    except (KeyError, TypeError, ValueError):
        return None
    seen = HIDDEN if point.meta.get("visibility") == HIDDEN else VISIBLE
    return x, y, seen
