"""Names, bones and mirror of keypoints: COCO's person, else numbered points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from formats.dataset import Label

__all__ = ["COCO_PERSON", "labels_of", "skeleton"]

COCO_PERSON = Label(
    "person",
    keypoints=(
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
    ),
    bones=(
        (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
        (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ),
    mirror=(0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15),
)  # fmt: skip
"""The keypoints of https://cocodataset.org/#format-data, indices from 0."""


def skeleton(name: str, row: int, points: int, names: tuple[str, ...] = ()) -> Label:
    """The label of class `row` with `points` keypoints.

    `names` are used where there is one for each point; a person of 17 points is COCO's; other
    points are called by their number.
    """
    if len(names) == points:
        return Label(name, id=row, keypoints=names)
    if name == "person" and points == len(COCO_PERSON.keypoints):
        coco = COCO_PERSON
        return Label(name, row, keypoints=coco.keypoints, bones=coco.bones, mirror=coco.mirror)
    return Label(name, id=row, keypoints=tuple(str(k) for k in range(points)))


def labels_of(
    names: Sequence[str], kpt_shape: tuple[int, int] | None = None, kpt_names: Any = None
) -> tuple[Label, ...]:
    """Labels of class names in order, each with the points of its skeleton.

    `kpt_names` as Ultralytics writes it: the points' names, or a mapping of class to those.
    """
    points = kpt_shape[0] if kpt_shape else 0
    return tuple(skeleton(n, i, points, _names_of(kpt_names, i)) for i, n in enumerate(names))


def _names_of(kpt_names: Any, row: int) -> tuple[str, ...]:
    found = kpt_names.get(row, ()) if isinstance(kpt_names, Mapping) else kpt_names
    return tuple(str(name) for name in found) if isinstance(found, Sequence) else ()
