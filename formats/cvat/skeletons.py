"""Skeletons of CVAT: each point is a track of its own, with keyframes of its own.

A row of ours has all points of a frame, so it stands in every frame in which one of them has a
keyframe; the others are then where CVAT shows them: on the straight line between their own
keyframes, seen or not as in the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formats.columns import Kind
from formats.cvat import shapes
from formats.cvat.labels import SKELETON, point_names
from formats.cvat.markup import Node
from formats.dataset import Label
from formats.errors import FormatError
from geometry import keypoints

__all__ = ["Told", "is_skeleton", "keyframes"]

Floats = NDArray[np.float64]
GONE, HIDDEN, SEEN = 0, 1, 2


class Told(NamedTuple):
    """What the file says of a skeleton in one frame; `node` is None where only points speak."""

    frame: int
    node: Node | None
    columns: dict[str, Any]
    outside: bool


class _Point(NamedTuple):
    frame: int
    x: float
    y: float
    seen: int


def is_skeleton(track: Node) -> bool:
    """Whether a ``<track>`` is one of a skeleton."""
    return any(child.tag == SKELETON for child in track.children)


def keyframes(track: Node, label: Label) -> list[Told]:
    """The skeleton at every keyframe of its own or of one of its points, in ascending frames.

    FormatError for a point that cannot be read, or that the class does not have.
    """
    found = _points(track)
    names = point_names(label, 0) or tuple(dict.fromkeys(found))
    unknown = [name for name in found if name not in names]
    if unknown:
        have = ", ".join(names)
        raise FormatError(f"the point {unknown[0]!r} of class {label.name!r}, which has {have}")
    nodes = {shapes.whole(node, "frame"): node for node in _keyed(track.every(SKELETON))}
    frames = sorted({*nodes, *(point.frame for told in found.values() for point in told)})
    whole = np.stack([_along(found.get(name, []), frames) for name in names], axis=1)
    return [_told(k, nodes.get(k), rows) for k, rows in zip(frames, whole, strict=True)]


def _keyed(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if node.attributes.get("keyframe", "1") == "1"]


def _points(track: Node) -> dict[str, list[_Point]]:
    """The keyframes of every point by its name, ascending, from either way of writing them."""
    found: dict[str, dict[int, _Point]] = {}
    for name, frame, node in _elements(track):
        where = shapes.points(node, 1)
        gone, hidden = shapes.flag(node, "outside"), shapes.flag(node, "occluded")
        seen = GONE if gone else HIDDEN if hidden else SEEN
        point = _Point(frame, float(where[0, 0]), float(where[0, 1]), seen)
        found.setdefault(name, {})[frame] = point
    return {name: [told[frame] for frame in sorted(told)] for name, told in found.items()}


def _elements(track: Node) -> Iterator[tuple[str, int, Node]]:
    """(point, frame, element) inside skeletons, and of tracks inside the track."""
    for skeleton in track.every(SKELETON):
        frame = shapes.whole(skeleton, "frame")
        for node in _keyed([child for child in skeleton.children if child.tag == "points"]):
            yield node.attributes.get("label", ""), frame, node
    for below in track.every("track"):
        for node in _keyed(below.every("points")):
            yield below.attributes.get("label", ""), shapes.whole(node, "frame"), node


def _along(told: Sequence[_Point], frames: Sequence[int]) -> Floats:
    """x y seen of one point in some frames, (F, 3); before its first keyframe it is not there."""
    if not told:
        return np.zeros((len(frames), 3))
    own = np.array(told, dtype=np.float64)
    at = np.asarray(frames, dtype=np.float64)
    before = np.searchsorted(own[:, 0], at, side="right") - 1
    seen = np.where(before < 0, GONE, own[before, 3])
    x, y = (np.interp(at, own[:, 0], own[:, k]) for k in (1, 2))
    return np.column_stack([x, y, seen])


def _told(frame: int, node: Node | None, rows: Floats) -> Told:
    seen = rows[:, 2] > 0
    box = keypoints.bounds(rows[None])[0] if seen.any() else shapes.around(rows[:, :2])
    columns = {"kinds": Kind.POINTS, "keypoints": rows, "boxes": box}
    outside = not seen.any() or (node is not None and shapes.flag(node, "outside"))
    return Told(frame, node, columns, outside)
