"""What an evaluation tells: figures of each task, of each class, and what was not compared."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from prelabel.evaluate.pairing import Pairing

__all__ = ["TASKS", "ClassFigures", "Figures", "Scores"]

TASKS = ("boxes", "masks", "keypoints")
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: AP over IoU .50 to .95, at .50 and at .75, recall, and how many objects.

    NaN where the truth has no object of the class; `truth` counts the objects to be found (crowds
    and other ignored ones left out), `found` the predicted ones.
    """

    name: str
    ap: float
    ap50: float
    ap75: float
    recall: float
    truth: int
    found: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One task over all classes, each a mean over the classes that the truth has objects of.

    `ap`, `ap50`, `ap75`: average precision over IoU (OKS for keypoints) .50 to .95, at .50, at .75;
    `small`, `medium`, `large`: AP of objects under 32^2, up to 96^2 and above 96^2 square pixels
    (COCO gives no small one for keypoints); `recall`: mean of the greatest recall. NaN where there
    is nothing to find.
    """

    ap: float
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float
    recall: float
    classes: tuple[ClassFigures, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of each task that was scored, None for the others.

    `notes` are facts that a reader of the figures has to know, one sentence each.
    """

    images: int
    boxes: Figures | None
    masks: Figures | None
    keypoints: Figures | None
    pairing: Pairing
    notes: tuple[str, ...] = field(default=())

    @property
    def ap(self) -> float:
        """AP of boxes over IoU .50 to .95; NaN where boxes were not scored."""
        return self.boxes.ap if self.boxes else NAN

    @property
    def ap50(self) -> float:
        """AP of boxes at IoU .50."""
        return self.boxes.ap50 if self.boxes else NAN

    @property
    def ap75(self) -> float:
        """AP of boxes at IoU .75."""
        return self.boxes.ap75 if self.boxes else NAN

    @property
    def mask_ap(self) -> float:
        """AP of masks over IoU .50 to .95."""
        return self.masks.ap if self.masks else NAN

    @property
    def mask_ap50(self) -> float:
        """AP of masks at IoU .50."""
        return self.masks.ap50 if self.masks else NAN

    @property
    def keypoint_ap(self) -> float:
        """AP of keypoints over OKS .50 to .95."""
        return self.keypoints.ap if self.keypoints else NAN

    @property
    def keypoint_ap50(self) -> float:
        """AP of keypoints at OKS .50."""
        return self.keypoints.ap50 if self.keypoints else NAN

    def tasks(self) -> dict[str, Figures]:
        """The tasks that were scored, in the order of `TASKS`."""
        return {name: f for name in TASKS if (f := getattr(self, name)) is not None}

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON file; null where a figure does not exist."""
        figures = {name: asdict(f) for name, f in self.tasks().items()}
        plain = {"images": self.images, **figures, "pictures": self.pairing.as_json()}
        cleaned: dict[str, Any] = _without_nan({**plain, "notes": list(self.notes)})
        return cleaned


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value
