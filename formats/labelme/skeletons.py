"""The keypoints of classes by their names, which are the labels of points.

The form has no list of them: it comes from ``classes.prelabel``, from X-AnyLabeling's pose
configuration, or from the points that share a group with a shape of the class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from formats import files
from formats.dataset import Label
from formats.errors import FormatError

__all__ = ["POSE", "Skeletons", "configured", "names_for", "written"]

POSE = "pose.yaml"
"""X-AnyLabeling's configuration of the keypoints of classes."""


class Skeletons:
    """The names of the keypoints of each class; those of `known` classes are complete."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self.known = {label: tuple(names) for label, names in known.items() if names}
        self.met: dict[str, dict[str, None]] = {}

    def fits(self, label: str, name: str) -> bool:
        """Whether a class may have a keypoint of a name."""
        if label in self.known:
            return name in self.known[label] or _is_number(name)
        return name != label

    def add(self, label: str, names: Sequence[str]) -> None:
        """Note the keypoints that an object of a class has."""
        if label not in self.known:
            self.met.setdefault(label, {}).update(dict.fromkeys(names))

    def names(self, label: str) -> tuple[str, ...]:
        """The keypoints of a class; of numbered ones, which have no names, the numbers."""
        if label in self.known:
            return self.known[label]
        met = list(self.met.get(label, ()))
        if met and all(_is_number(name) for name in met):
            return tuple(str(k + 1) for k in range(max(map(int, met))))
        return tuple(met)

    def named(self, label: str) -> tuple[str, ...]:
        """The same, but none where they are numbers only."""
        names = self.names(label)
        return () if names and label not in self.known and names[0] == "1" else names

    def column(self, label: str, points: Mapping[str, Sequence[float]]) -> NDArray[np.float64]:
        """(K, 3) x y visibility; 0 0 0 for a keypoint that is not among `points`."""
        names = self.names(label)
        if any(name not in names for name in points):
            names = tuple(str(k + 1) for k in range(max(map(int, points.keys() - set(names)))))
        rows = [points.get(name, (0.0, 0.0, 0.0)) for name in names]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and name[0] != "0" and len(name) < 4


def names_for(label: Label, count: int) -> tuple[str, ...]:
    """What the keypoints of a class are called in a file: their names, or numbers from 1."""
    names = label.keypoints
    if len(names) >= count and len(set(names)) == len(names):
        return names
    return tuple(str(k + 1) for k in range(count))


def configured(path: Path) -> dict[str, list[str]]:
    """The classes of a pose configuration with their keypoints; none without the file."""
    if not path.is_file():
        return {}
    try:
        found: Any = yaml.load(files.read(path), Loader=yaml.BaseLoader)  # all scalars as texts
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(f"not YAML: {error}", where=path) from error
    classes = found.get("classes") if isinstance(found, dict) else None
    if not isinstance(classes, dict):
        raise FormatError("no classes with their keypoints", where=path)
    return {
        label: [name for name in names if isinstance(name, str)]
        for label, names in classes.items()
        if isinstance(names, list)
    }


def written(labels: Sequence[Label]) -> bytes:
    """The pose configuration of the classes that have keypoints; nothing where none has."""
    classes = {label.name: list(label.keypoints) for label in labels if label.keypoints}
    if not classes:
        return b""
    told = {"has_visible": True, "classes": classes}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True).encode()
