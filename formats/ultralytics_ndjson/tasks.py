"""Which tasks there are, and under which key of a line their objects stand."""

from __future__ import annotations

from collections.abc import Mapping

from formats.yolo import detect, obb, pose, segment
from formats.yolo.task import Task

__all__ = ["CLASSIFY", "KEYS", "TASKS"]

CLASSIFY = "classify"
TASKS: Mapping[str, Task] = {
    task.name: task for task in (detect.TASK, segment.TASK, pose.TASK, obb.TASK)
}
"""The tasks whose values are those of a label line."""
KEYS = {
    "detect": "boxes",
    "segment": "segments",
    "pose": "pose",
    "obb": "obb",
    CLASSIFY: "classification",
}
