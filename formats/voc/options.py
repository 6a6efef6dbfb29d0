"""Options of Pascal VOC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Images, Options

__all__ = ["Masks", "Origin", "VocOptions"]

Origin = Literal["auto", "one", "zero"]
Masks = Literal["maps", "polygons", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VocOptions(Options):
    """Reading and writing of an XML file for each picture."""

    origin: Origin = "auto"
    """The first pixel: 1, ends included, as VOC's specification has it (one); 0 as CVAT and others
    write it (zero). Reading: auto tells by the set; writing: auto is one."""
    masks: Masks = "maps"
    """Masks and polygons: label maps in SegmentationClass and SegmentationObject, polygons in the
    XML as Roboflow and supervision have them (writing only), or none."""
    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in JPEGImages, or none."""
    names: str = ""
    """Reading: a file of class names, one a line, for a set that lists none."""
    class_lists: bool = False
    """Writing: the lists of each class too (ImageSets/Main/CLASS_SPLIT.txt)."""
