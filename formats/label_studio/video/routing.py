"""Which ``<VideoRectangle>`` of a labeling config takes which classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from formats.columns import nothing
from formats.dataset import Label
from formats.label_studio.attributes import switch
from formats.label_studio.config import Control, LabelConfig
from formats.label_studio.lookup import Lookup
from formats.label_studio.mapping import Route, thresholds
from formats.labels import plain

__all__ = ["VIDEO", "is_open", "once", "routes"]

VIDEO = frozenset({"videorectangle"})
"""Controls of tracks."""


def is_open(control: Control) -> bool:
    """Whether models may write tracks to a control: on a clip, not skipped."""
    return control.kind in VIDEO and control.on == "video" and not switch(control, "model_skip")


def routes(
    config: LabelConfig, labels: Sequence[Label], alias: Mapping[str, str] | None = None
) -> tuple[Route, ...]:
    """The controls that tracks of these classes feed, in the order of the config.

    `alias`: from names of the model to names of the project, "" for a class that is not wanted.
    FormatError, with the line, for an attribute that is no number.
    """
    told = {plain(name): other for name, other in (alias or nothing()).items()}
    found = (_route(control, labels, told) for control in config.controls if is_open(control))
    return tuple(route for route in found if any(name is not None for name in route.names))


def _route(control: Control, labels: Sequence[Label], told: Mapping[str, str]) -> Route:
    lookup = Lookup(control.labels, told)
    conf, iou = thresholds(control)
    model = control.attributes.get("model_path", "").strip()
    names = tuple(lookup[label.name] for label in labels)
    return Route(control, names, model, conf, iou)


def once(config: LabelConfig, labels: Sequence[Label]) -> tuple[Route, ...]:
    """The controls that a data set's tracks are written to: each class to the first that has it."""
    able = [control for control in config.controls if control.kind in VIDEO]
    lookups = [Lookup(control.labels, {}) for control in able]
    names: list[list[str | None]] = [[None] * len(labels) for _ in able]
    for k, label in enumerate(labels):
        for place, lookup in enumerate(lookups):
            if (name := lookup[label.name]) is not None:
                names[place][k] = name
                break
    pairs = zip(able, names, strict=True)
    return tuple(Route(control, tuple(own)) for control, own in pairs if any(own))
