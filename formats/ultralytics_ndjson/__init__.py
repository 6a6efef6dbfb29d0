"""Ultralytics NDJSON: a data set in one file, as Ultralytics' platform exports it.

The first line tells the task and the classes, every other line one picture and its objects. Values
are those of YOLO's label lines. See ``docs/format-ultralytics-ndjson.md``.
"""

from __future__ import annotations

from functools import partial

from formats.columns import Kind
from formats.format import Drops, Format
from formats.ultralytics_ndjson.options import NdjsonOptions
from formats.ultralytics_ndjson.reading import read
from formats.ultralytics_ndjson.sniffing import sniff
from formats.ultralytics_ndjson.writing import write

__all__ = ["CLASSIFY", "DETECT", "OBB", "POSE", "SEGMENT"]

TOLERANCE = 0.01
"""Pixels: 6 decimals are good for that up to sides of 10,000 pixels."""


def _format(name: str, title: str, task: str, kind: Kind, holds: dict[str, float]) -> Format:
    return Format(
        name=name,
        title=title,
        options=NdjsonOptions,
        holds={"images": 0.0, "labels": 0.0, "scores": 0.0, "tracks": 0.0, **holds},
        write=partial(write, task),
        read=read,
        sniff=partial(sniff, task),
        kinds=frozenset({kind}),
        drops=Drops(pictures=("annotator", "status", "time"), clips=True),
    )


BOX = {"boxes": TOLERANCE}
POINTS = {"keypoints": TOLERANCE, "keypoint_scores": 0.0}
LEAD = "ultralytics-ndjson"
DETECT = _format(LEAD, "Ultralytics NDJSON: boxes", "detect", Kind.BOX, BOX)
SEGMENT = _format(
    f"{LEAD}-seg", "Ultralytics NDJSON: polygons", "segment", Kind.POLYGON, {"rings": TOLERANCE}
)
POSE = _format(
    f"{LEAD}-pose", "Ultralytics NDJSON: boxes with keypoints", "pose", Kind.BOX, BOX | POINTS
)
OBB = _format(
    f"{LEAD}-obb", "Ultralytics NDJSON: oriented boxes", "obb", Kind.ROTATED, {"rotated": TOLERANCE}
)
CLASSIFY = _format(
    f"{LEAD}-cls", "Ultralytics NDJSON: classes of pictures", "classify", Kind.TAG, {}
)
