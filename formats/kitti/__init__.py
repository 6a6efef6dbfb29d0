"""KITTI's object detection: boxes with 15 columns in ``label_2``. See ``docs/format-kitti.md``."""

from __future__ import annotations

import re

from formats.columns import Kind
from formats.kitti import lines
from formats.paired import ruled
from formats.paired.rule import Rule

__all__ = ["FORMAT", "RULE"]

CLASSES = (
    "Car",
    "Van",
    "Truck",
    "Pedestrian",
    "Person_sitting",
    "Cyclist",
    "Tram",
    "Misc",
    lines.IGNORED,
)
"""The types of KITTI's object benchmark, in the order of its development kit."""


def folder(split: str) -> str:
    """KITTI has two folders; its lists divide the first one into train and val."""
    return "testing" if split == "test" else "training"


RULE = Rule(
    name="kitti",
    labels="label_2",
    pictures="image_2",
    label_folders=re.compile(r"label_[0-3]|labels?"),
    picture_folders=frozenset({"image_2", "image_3", "images", "data"}),
    standard=CLASSES,
    blank="_",
    folder=folder,
    parse=lines.parse,
    table=lines.table,
    lines=lines.encode,
    lists="ImageSets",
    holds=lines.HOLDS,
    kinds=frozenset({Kind.BOX}),
)

FORMAT = ruled.format_of(RULE, "KITTI object detection (label_2): boxes, 3-D boxes carried along")
