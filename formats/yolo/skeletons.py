"""Keypoints of a whole set: how many, what they are called, which swap sides in a mirror."""

from __future__ import annotations

from collections.abc import Sequence

from formats.dataset import Dataset, Label
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["count", "flip", "names"]

SIDES = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))


def count(dataset: Dataset) -> int:
    """Keypoints per object, at least 1: the most that a class names, else that an object has."""
    stated = max((max(len(e.keypoints), len(e.mirror)) for e in dataset.labels), default=0)
    if stated:
        return stated
    tables = (chunk.annotations.keypoints for chunk in dataset.chunks())
    return max((points.shape[1] for points in tables if points is not None), default=1) or 1


def flip(labels: Sequence[Label], total: int, losses: Losses, stated: str = "") -> list[int]:
    """`flip_idx`: for every keypoint the one that takes its place in the mirrored picture.

    As `stated` (``0,2,1``), as the classes state it, else from names that differ in left and right
    alone; keypoints that nothing is known about stay. FormatError for what is no permutation.
    """
    if stated:
        return _stated(stated, total)
    skeletons = {_mirror(label) for label in labels if label.keypoints or label.mirror}
    if len(skeletons) > 1:
        losses.note("the classes mirror their keypoints differently; flip_idx is the first one's")
    first = next((_mirror(e) for e in labels if e.keypoints or e.mirror), ())
    return [*first, *range(len(first), total)][:total]


def _stated(text: str, total: int) -> list[int]:
    found = [int(part) if part.strip().isdecimal() else -1 for part in text.split(",")]
    if sorted(found) != list(range(total)):
        wanted = f"flip_idx {text!r}, expected each of 0 to {total - 1} once"
        raise FormatError(wanted, where="options")
    return found


def _mirror(label: Label) -> tuple[int, ...]:
    if sorted(label.mirror) == list(range(len(label.mirror))) and label.mirror:
        return label.mirror
    return _swapped(label.keypoints)


def _swapped(keypoints: tuple[str, ...]) -> tuple[int, ...]:
    """The keypoint of the same name on the other side, or the keypoint itself."""
    place = {name: k for k, name in enumerate(keypoints)}
    mirror = [place.get(_other_side(name), k) for k, name in enumerate(keypoints)]
    sound = all(mirror[other] == k for k, other in enumerate(mirror))
    return tuple(mirror if sound else range(len(keypoints)))


def _other_side(name: str) -> str:
    for left, right in SIDES:
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return {"l": "r", "r": "l"}.get(name[:1], "") + name[1:] if name[1:2] in "_-. " else name


def names(labels: Sequence[Label]) -> dict[int, list[str]]:
    """`kpt_names`: the names of the keypoints of each class that has them."""
    return {k: list(label.keypoints) for k, label in enumerate(labels) if label.keypoints}
