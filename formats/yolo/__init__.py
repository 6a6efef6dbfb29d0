"""The YOLO formats as ultralytics lays them out: detect, segment, pose, obb and classify.

ultralytics' own loader is the specification: what is written here it loads without a warning, and
what it would refuse is told while reading. See ``docs/yolo.md``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from formats.carrying import PICTURES
from formats.columns import Kind
from formats.format import Drops, Format, Match
from formats.yolo import classify, detect, folders, obb, pose, segment, sniffing
from formats.yolo.config import DATA_YAML
from formats.yolo.options import ClassifyOptions, YoloOptions
from formats.yolo.reader import read
from formats.yolo.task import Task
from formats.yolo.writer import write

__all__ = ["CLASSIFY", "DETECT", "OBB", "POSE", "SEGMENT"]

TOLERANCE = 0.01
"""Pixels: 6 decimals are good for that up to sides of 10,000 pixels."""

SHARED = {"images": 0.0, "labels": 0.0, "scores": 0.0, "tracks": 0.0}
DROPS = Drops(pictures=tuple(PICTURES), whole=True)
KEEPS = replace(DROPS, whole_keeps=(DATA_YAML,))


def _format(name: str, title: str, task: Task, holds: dict[str, float]) -> Format:
    return Format(
        name=name,
        title=title,
        options=YoloOptions,
        holds={**SHARED, **holds},
        write=partial(write, task),
        read=partial(read, task),
        sniff=partial(_sniff, task),
        kinds=frozenset({task.kind}),
        drops=KEEPS,
    )


def _sniff(task: Task, path: Path) -> Match | None:
    return sniffing.labels(path, task.name)


DETECT = _format("yolo", "YOLO boxes", detect.TASK, {"boxes": TOLERANCE})
SEGMENT = _format("yolo-seg", "YOLO polygons", segment.TASK, {"rings": TOLERANCE})
POSE = _format(
    "yolo-pose",
    "YOLO boxes with keypoints",
    pose.TASK,
    {"boxes": TOLERANCE, "keypoints": TOLERANCE, "keypoint_scores": 0.0},
)
OBB = _format("yolo-obb", "YOLO oriented boxes", obb.TASK, {"rotated": TOLERANCE})
CLASSIFY = Format(
    name="yolo-cls",
    title="YOLO folders of classes",
    options=ClassifyOptions,
    holds={"images": 0.0, "labels": 0.0, "scores": 0.0},
    write=classify.write,
    read=folders.read,
    sniff=sniffing.classify,
    kinds=frozenset({Kind.TAG}),
    drops=DROPS,
)
