"""Options of the Label Studio format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Options

__all__ = ["LabelStudioOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStudioOptions(Options):
    """Reading of JSON and JSON_MIN exports, writing of tasks to import."""

    label_config: str = ""
    """The project's labeling config (XML); else one is made of the classes and written beside."""
    rows: Literal["auto", "predictions", "annotations"] = "auto"
    """What objects are read from or written as; auto: annotations where persons made them."""
    annotators: Literal["all", "newest"] = "all"
    """Reading: every annotation of a task, or the one that was saved last."""
    image_prefix: str = ""
    """Writing: what stands before the path of a picture, https://... or /data/local-files/?d="""
    image_key: str = ""
    """The key of a task's data that holds the picture or clip; else what the config says."""
    images: str = ""
    """Reading: the folder of the pictures, where it is not the file's own."""
    framerate: float = 0.0
    """Clips: how many frames a second Label Studio counts, where no labeling config says so."""
    keyframes: float = 0.0
    """Writing clips: the fewest keyframes that leave this IoU in every frame; 0: every frame."""
    model_version: str = ""
    """Writing: the model version of predictions; else the name of the model that made them."""
