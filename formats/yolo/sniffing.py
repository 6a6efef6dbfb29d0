"""Which of the YOLO formats a path holds, told by its configuration and a sample of its lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats import splits
from formats.errors import FormatError
from formats.format import Match
from formats.yolo import layout
from formats.yolo.folders import split_folders
from formats.yolo.options import YoloOptions
from formats.yolo.paths import is_picture
from formats.yolo.reader import sample
from formats.yolo.rows import Rows

__all__ = ["classify", "labels"]

SURE, LIKELY, DOUBTFUL = 0.9, 0.7, 0.5
SHORTEST = 4
"""Values behind the class on the shortest line; a shorter one is broken, and tells nothing."""
MOST = 0.95
"""Share of rows of four points that must be rectangles."""
ASKEW = 0.05
"""How far the middles of a rectangle's diagonals may be apart, of their length."""
UPRIGHT = 1e-5
"""What 6 decimals leave of a side that runs along an axis."""


def labels(path: Path, task: str) -> Match | None:
    """The claim of a task on a data.yaml, an obj.data or a folder with either."""
    try:
        if layout.configuration(path) is None:
            return None
        found = layout.found(path, YoloOptions())
    except (FormatError, OSError):
        return None
    settings = found.config
    if settings.task:
        return Match(settings.path.name, SURE) if settings.task == task else None
    if settings.keypoints != (0, 0):
        return Match(f"{settings.path.name} with kpt_shape", SURE) if task == "pose" else None
    certainty = _claims(sample(found)).get(task)
    return Match(settings.path.name, certainty) if certainty else None


def _claims(rows: Rows) -> dict[str, float]:
    """What the numbers of values on the lines allow; of four points, rectangles are no tie."""
    if not len(rows.counts):
        return {"detect": DOUBTFUL}
    rows = rows.keep(rows.counts >= SHORTEST)
    counts = set(rows.counts.tolist())
    if not counts:
        return {}
    if counts <= {4, 5, 6}:
        small = np.abs(rows.values).max(initial=0) <= 1.01 and counts == {6}
        return {"detect": DOUBTFUL, "segment": DOUBTFUL} if small else {"detect": LIKELY}
    if counts in ({8}, {9}):  # a confidence may stand behind the corners
        turned = _are_turned(rows.values.reshape(len(rows), -1)[:, :8].reshape(-1, 4, 2))
        return {"segment": DOUBTFUL, "obb": LIKELY if turned else DOUBTFUL}
    if len(counts) == 1 and _are_posed(rows.values.reshape(len(rows), -1)):
        return {"segment": DOUBTFUL, "pose": LIKELY}
    return {"segment": LIKELY}


def _are_posed(values: NDArray[np.float64]) -> bool:
    """Whether a box and points follow, each with a visibility of 0, 1 or 2."""
    third = values[:, 6::3]
    return bool(values.shape[1] % 3 == 1 and third.size and np.isin(third, (0, 1, 2)).all())


def _are_turned(corners: NDArray[np.float64]) -> bool:
    """Whether four points a row (N, 4, 2) are rectangles, as good as, of which some are turned.

    Relative coordinates make parallelograms of them, whose diagonals halve each other. Upright ones
    may be boxes in a set of polygons.
    """
    one, other = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    long = (np.hypot(*one.T) + np.hypot(*other.T)) / 2
    apart = np.hypot(*(corners[:, 0] + corners[:, 2] - corners[:, 1] - corners[:, 3]).T) / 2
    sides = np.abs(corners - np.roll(corners, 1, axis=1))
    upright = (sides.min(axis=2) <= UPRIGHT).all(axis=1)
    return bool(np.mean(apart <= ASKEW * long) >= MOST and not upright.all())


def classify(path: Path) -> Match | None:
    """The claim on a folder of split/class/picture."""
    if not path.is_dir() or layout.configuration(path) is not None:
        return None
    found = split_folders(path)
    if not any(splits.canonical(folder.name) == "train" for folder in found):
        return None
    return Match("split/class/picture", LIKELY) if all(map(_of_classes, found)) else None


def _of_classes(folder: Path) -> bool:
    """Whether a folder holds folders of pictures alone."""
    inner = sorted(folder.iterdir())
    if not inner or not all(entry.is_dir() for entry in inner if not is_picture(entry.name)):
        return False
    names = {entry.name for entry in inner if entry.is_dir()}
    if not names or names <= {"images", "labels", "annotations"}:
        return False
    first = next((f for e in inner if e.is_dir() for f in sorted(e.iterdir())), None)
    return first is None or first.is_dir() or is_picture(first.name)
