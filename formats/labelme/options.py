"""Options of LabelMe's formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Images, Options

__all__ = ["AnyLabelingOptions", "LabelMeOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyLabelingOptions(Options):
    """Reading and writing of X-AnyLabeling's label files."""

    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture beside its label file, or none."""
    names: str = ""
    """Reading: a file of class names, one a line; else labels.txt or classes.txt in the folder."""
    points: Literal["join", "apart"] = "join"
    """Reading: points that share a group with one other shape are its keypoints, or objects."""
    group_id: Literal["group", "track"] = "group"
    """What a group_id is, read and written: a group of shapes, or the track of the object."""
    flags: Literal["auto", "tags", "keep"] = "auto"
    """Reading: flags of a picture become tags of it, or stay further keys; auto: tags where they
    are classes of the list, or where no file has a shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMeOptions(AnyLabelingOptions):
    """Reading and writing of LabelMe's label files."""

    rotated: Literal["oriented", "polygon"] = "oriented"
    """Writing: rotated boxes as LabelMe's oriented_rectangle (which versions before 6.2 refuse to
    open), or as polygons."""
