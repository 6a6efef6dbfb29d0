"""Which controls of a labeling config a model can feed, and what its classes are called there.

How a class finds its label stands in `Lookup`. Nothing in a config names a file to load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.columns import Kind, nothing
from formats.dataset import Label
from formats.label_studio.attributes import number, switch
from formats.label_studio.config import Choice, Control, LabelConfig
from formats.label_studio.lookup import Lookup
from formats.labels import plain

__all__ = [
    "CHOICES",
    "FEEDS",
    "KEYPOINTS",
    "MOST_INDEX",
    "RECTANGLES",
    "Names",
    "Route",
    "in_order",
    "is_open",
    "route",
    "skeletons",
]

Names = tuple[str | None, ...]

RECTANGLES = frozenset({"rectanglelabels", "rectangle"})
POLYGONS = frozenset({"polygonlabels", "polygon"})
BRUSHES = frozenset({"brushlabels", "brush"})
BITMASKS = frozenset({"bitmasklabels", "bitmask"})
ELLIPSES = frozenset({"ellipselabels", "ellipse"})
KEYPOINTS = frozenset({"keypointlabels", "keypoint"})
CHOICES = frozenset({"choices"})
MOST_INDEX = 1000
"""A ``model_index`` from here on is no number of a keypoint."""

FEEDS: Mapping[str, frozenset[str]] = {
    "detect": RECTANGLES,
    "obb": RECTANGLES | POLYGONS,
    "segment": RECTANGLES | POLYGONS | BRUSHES | BITMASKS | ELLIPSES,
    "pose": RECTANGLES | KEYPOINTS,
    "classify": CHOICES,
}
"""Kinds of controls that a model of a task can feed."""


@dataclass(frozen=True, slots=True)
class Route:
    """What goes from one model to one control.

    `names[k]` is the label that class k is written as, None where it is left out; on a control of
    keypoints, `points[k][j]` is the label of keypoint j of class k, and `parent` the rectangle that
    a skeleton hangs on, whose own labels are `parent_names`. `model` is the name that
    ``model_path`` asks for, "" for any; it never names a file. `conf` and `iou`: thresholds of the
    control, None for the usual ones; `least[k]` the least score of class k, instead of `conf`;
    `point_conf`: least score of a keypoint, None for those that
    are labelled; `point_size`: its size in pixels. `upright`: rotated boxes become their bounds.
    `kinds` of rows that go this way, None for all.
    """

    control: Control
    names: Names
    model: str = ""
    conf: float | None = None
    iou: float | None = None
    points: tuple[Names, ...] = ()
    point_conf: float | None = None
    point_size: float = 1.0
    parent: Control | None = None
    parent_names: Names = ()
    upright: bool = False
    kinds: frozenset[Kind] | None = None
    least: tuple[float, ...] = ()

    def shows(self, label: int) -> float | None:
        """The least score of a class, None for the usual one."""
        return self.least[label] if self.least else self.conf


def route(
    config: LabelConfig,
    labels: Sequence[Label],
    alias: Mapping[str, str] | None = None,
    task: str = "",
) -> tuple[Route, ...]:
    """The controls that a model with these classes feeds, in the order of the config.

    `alias`: from names of the model to names of the project, "" for a class that is not wanted;
    `task`: of the model (a key of `FEEDS`), "" for any. Left out: controls of other kinds, on
    anything but a picture, with ``model_skip``, and without a label for any class.
    FormatError, with the line, for an attribute that is no number.
    """
    told = {plain(name): other for name, other in (alias or nothing()).items()}
    kinds = FEEDS.get(task, frozenset().union(*FEEDS.values()))
    fed = [c for c in config.controls if c.kind in kinds and is_open(c)]
    routes = (_route(control, config, labels, told) for control in fed)
    return tuple(r for r in routes if any(name is not None for name in r.names))


def thresholds(control: Control) -> tuple[float | None, float | None]:
    """(least score, IoU of NMS) that a control asks for, None for the usual ones.

    FormatError, with the line, for an attribute that is no number.
    """
    conf = number(control, "model_score_threshold", "score_threshold", "model_conf")
    return conf, number(control, "model_iou")


def in_order(choices: Sequence[Choice]) -> tuple[str, ...]:
    """The labels of keypoints by ``model_index``; those without one behind, as they stand."""
    last = len(choices) + MOST_INDEX
    places = [last if (k := _index(c)) is None else k for c in choices]
    return tuple(choices[i].name for i in sorted(range(len(choices)), key=places.__getitem__))


def _named(choices: Sequence[Choice], labels: Sequence[Label], told: Mapping[str, str]) -> Names:
    """The label of each class among some choices, None where it has none."""
    lookup = Lookup(choices, told)
    return tuple(lookup[label.name] for label in labels)


def is_open(control: Control) -> bool:
    """Whether models may write to a control: on a picture, not skipped, not about a region."""
    skipped = switch(control, "model_skip") or switch(control, "perRegion")
    return control.on == "image" and not skipped


def _route(
    control: Control, config: LabelConfig, labels: Sequence[Label], told: Mapping[str, str]
) -> Route:
    if control.kind in KEYPOINTS:
        return skeletons(control, config, labels, told)
    upright = switch(control, "model_obb") is False
    names = _named(control.labels, labels, told)
    return Route(names=names, upright=upright, **_shared(control))


def _shared(control: Control) -> dict[str, Any]:
    """What routes to all kinds of controls have."""
    conf, iou = thresholds(control)
    model = control.attributes.get("model_path", "").strip()
    return {"control": control, "model": model, "conf": conf, "iou": iou}


def skeletons(
    control: Control,
    config: LabelConfig,
    labels: Sequence[Label],
    told: Mapping[str, str] | None = None,
) -> Route:
    """The route to a control of keypoints; `names` are those of the classes it has points for."""
    points = tuple(_points(label, control.labels) for label in labels)
    pairs = zip(labels, points, strict=True)
    parent = _parent(control, config, labels, told or {})
    size = number(control, "model_point_size", high=100.0)
    return Route(
        names=tuple(label.name if any(names) else None for label, names in pairs),
        points=points,
        point_conf=number(control, "model_point_threshold"),
        point_size=1.0 if size is None else size,
        parent=parent,
        parent_names=_named(parent.labels, labels, told or {}) if parent else (),
        **_shared(control),
    )


def _points(label: Label, choices: Sequence[Choice]) -> Names:
    """The choice of each keypoint of a class: by ``model_index``, else by the keypoint's name."""
    able = [c for c in choices if not c.predicted or plain(label.name) in map(plain, c.predicted)]
    index = {k: c.name for c in reversed(able) if (k := _index(c)) is not None}
    count = max([len(label.keypoints), *(k + 1 for k in index)])
    rest = [c for c in able if _index(c) is None]
    lookup = Lookup(rest, {})
    names = [*map(lookup.called, label.keypoints), *[None] * (count - len(label.keypoints))]
    return tuple(index.get(k, name) for k, name in enumerate(names))


def _index(choice: Choice) -> int | None:
    text = choice.attributes.get("model_index", "").strip()
    whole = text.isascii() and text.isdecimal() and len(text) < 5
    return int(text) if whole and int(text) < MOST_INDEX else None


def _parent(
    control: Control, config: LabelConfig, labels: Sequence[Label], told: Mapping[str, str]
) -> Control | None:
    """The rectangles that skeletons hang on: ``<name>_bbox``, else the first with such a class.

    None with ``model_add_bboxes="false"``, unless the rectangles are there by themselves.
    """
    able = [c for c in config.controls if c.kind in RECTANGLES and c.to_name == control.to_name]
    if switch(control, "model_add_bboxes") is False:
        able = [c for c in able if is_open(c)]
    able.sort(key=lambda c: c.name != f"{control.name}_bbox")
    return next((c for c in able if any(_named(c.labels, labels, told))), None)
