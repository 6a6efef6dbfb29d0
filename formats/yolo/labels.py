"""The classes of a set as labels, with what ``classes.json`` keeps of them.

``classes.json`` is the map that is written beside a set: for every class its number in the label
files, its name, and what a data.yaml has no place for (the id and supercategory in the source, the
bones of its skeleton). It is read back where its names are those of the data.yaml.
"""

from __future__ import annotations

from pathlib import Path

from formats.class_list import FILE, written
from formats.class_list import load as kept
from formats.dataset import Label
from formats.yolo.config import Config

__all__ = ["FILE", "kept", "names_of", "of", "written"]


def of(settings: Config, folder: Path) -> tuple[Label, ...]:
    """The classes in the order of their numbers."""
    known = kept(folder / FILE)
    if [label.name for label in known] == list(settings.names.values()):
        return known
    shared = settings.keypoint_names.get(-1, ())
    return tuple(
        Label(name, keypoints=settings.keypoint_names.get(k, shared), mirror=settings.flip)
        for k, name in settings.names.items()
    )


def names_of(folder: Path) -> list[str]:
    """The names that the ``classes.json`` of a folder has; none without that file."""
    return [label.name for label in kept(folder / FILE)]
