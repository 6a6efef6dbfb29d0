"""Options of the YOLO formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Crowd, Images, Options

__all__ = ["ClassifyOptions", "Tree", "YoloOptions"]

Tree = Literal["ultralytics", "beside", "darknet"]
Trailing = Literal["", "none", "conf", "id", "conf,id", "id,conf"]


@dataclass(frozen=True, slots=True, kw_only=True)
class YoloOptions(Options):
    """Reading and writing of label files, one line per object."""

    crowd: Crowd = "skip"
    """Ignore regions: left out, kept as objects, or painted into masks under ``ignore/``."""
    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in its place, or none."""
    tree: Tree = "ultralytics"
    """Writing: ``images/SPLIT/`` and ``labels/SPLIT/``, each label file beside its picture, or
    Darknet's ``obj.data``, ``obj.names`` and ``obj_SPLIT_data/``."""
    columns: Trailing = ""
    """Reading: what stands behind the shape on every line; guessed for the whole set if empty."""
    names: str = ""
    """Reading: a file of class names, one a line, for a set that has none."""
    kpt_shape: str = ""
    """Reading: keypoints per object and numbers per keypoint, as ``17,3``, without a data.yaml."""
    flip_idx: str = ""
    """Writing keypoints: which one takes the place of each in the mirrored picture, as ``0,2,1``,
    where neither the source nor the names tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyOptions(Options):
    """Reading and writing of folders that are named after classes."""

    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in its folder, or none."""
