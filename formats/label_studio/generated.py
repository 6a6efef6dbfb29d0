"""A labeling config for a data set: its classes, in controls for the kinds of rows it has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from xml.sax.saxutils import quoteattr

import numpy as np

from formats.annotations import Kind
from formats.dataset import Dataset, Label
from formats.unheld import stated

__all__ = ["for_dataset", "xml"]

CONTROLS = {
    "RectangleLabels": ("box", frozenset({Kind.BOX, Kind.ROTATED, Kind.POINTS})),
    "PolygonLabels": ("polygon", frozenset({Kind.POLYGON})),
    "BitmaskLabels": ("mask", frozenset({Kind.MASK})),
    "EllipseLabels": ("ellipse", frozenset({Kind.ELLIPSE})),
}
"""Tag, its name, and the kinds of rows that it holds."""


def for_dataset(dataset: Dataset) -> str:
    """The text of a config for all rows of a data set, which is walked once for it.

    Keypoints of a class that does not name them are numbered.
    """
    kinds: set[Kind] = set()
    points = np.zeros(len(dataset.labels), np.int64)
    for chunk in dataset.chunks():
        table = chunk.annotations
        kinds |= set(map(Kind, np.unique(table.kinds).tolist()))
        if table.keypoints is not None:
            rows = stated(table, "keypoints")
            seen = (~np.isnan(table.keypoints[rows, :, 0])).sum(axis=1)
            np.maximum.at(points, table.labels[rows], seen)
    pairs = zip(dataset.labels, points.tolist(), strict=True)
    return xml([_pointed(label, count) for label, count in pairs], kinds)


def _pointed(label: Label, count: int) -> Label:
    """A label with a name for each of its keypoints."""
    if label.keypoints or not count:
        return label
    return replace(label, keypoints=tuple(f"keypoint {k + 1}" for k in range(count)))


def xml(labels: Sequence[Label], kinds: Collection[Kind]) -> str:
    """The text of a config that holds rows of some kinds, and skeletons of labels that have one.

    Without any kind there are rectangles, so that no label is lost. Controls have the same names
    whatever the kinds.
    """
    asked = set(kinds) or {Kind.BOX}
    smooth = ' smoothing="false"' if Kind.MASK in asked else ""
    lines = ["<View>", f'  <Image name="image" value="$image"{smooth}/>']
    for tag, (name, held) in CONTROLS.items():
        if held & asked:
            lines += _control(tag, name, "", [_label("Label", label.name) for label in labels])
    for number, (points, owners) in enumerate(_skeletons(labels).items(), 1):
        name = "keypoints" if number == 1 else f"keypoints{number}"
        lines += _control("KeyPointLabels", name, "", _points(points, owners))
    if Kind.TAG in asked:
        choices = [_label("Choice", label.name) for label in labels]
        lines += _control("Choices", "tags", ' choice="multiple"', choices)
    return "\n".join([*lines, "</View>", ""])


def _control(tag: str, name: str, more: str, lines: Iterable[str]) -> list[str]:
    head = f'  <{tag} name="{name}" toName="image"{more}>'
    return [head, *(f"    {line}" for line in lines), f"  </{tag}>"]


def _label(tag: str, name: str) -> str:
    return f"<{tag} value={quoteattr(name)}/>"


def _skeletons(labels: Sequence[Label]) -> dict[tuple[str, ...], list[str]]:
    """The classes of each skeleton."""
    found: dict[tuple[str, ...], list[str]] = {}
    for label in labels:
        if label.keypoints:
            found.setdefault(label.keypoints, []).append(label.name)
    return found


def _points(points: Sequence[str], owners: Sequence[str]) -> list[str]:
    named = quoteattr(",".join(owners))
    return [
        f'<Label value={quoteattr(point)} predicted_values={named} model_index="{k}"/>'
        for k, point in enumerate(points)
    ]
