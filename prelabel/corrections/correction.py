"""`Correction`: one annotation that a person has saved, beside all that the model had to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from formats.annotations import Annotations
from formats.columns import nothing
from formats.dataset import Label

__all__ = ["UNFILTERED", "Correction", "View"]

UNFILTERED = 0.01
"""Least score of the predictions that are kept: nothing can be learned about what was cut off."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class View:
    """One picture as one model saw it, and as a person left it; both in pixels of `size`.

    `path` of the picture in a data set. `model`, `fingerprint` and `task` of the model; `asked`:
    its thresholds (conf, iou, max_det). `predicted` counts through `classes`, which are the
    model's, with keypoints as the project calls them, and has shapes as they would be shown, an
    outline for a mask where that is what people correct. `names[k]` is the project's label for
    class k, None where it has none, and `shown[k]` the least score of class k that people see.
    `corrected` counts through `labels`, which are the project's. `edits`: how many of each kind
    (`prelabel.cost.table.EDITS`) what was shown has needed.
    """

    path: str
    size: tuple[int, int]
    model: str
    fingerprint: str
    task: str
    classes: tuple[Label, ...]
    names: tuple[str | None, ...]
    predicted: Annotations
    labels: tuple[Label, ...]
    corrected: Annotations
    asked: Mapping[str, float] = field(default_factory=nothing)
    shown: tuple[float, ...] = ()
    edits: Mapping[str, int] = field(default_factory=nothing)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Correction:
    """An annotation, once for each picture and model that it is about.

    `annotator`, `project` and `item` (task): as the tool numbers them. `lead_time`: seconds that it
    took, as the tool measured it, None where it did not. `saw`: version of the predictions that the
    person began with, "" where that is not known. `version`: of prelabel.
    """

    views: tuple[View, ...]
    annotator: str = ""
    project: str = ""
    item: str = ""
    lead_time: float | None = None
    saw: str = ""
    version: str = ""
