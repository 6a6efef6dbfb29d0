"""COCO: instances and keypoints with boxes, polygons and run-length masks; lists of results."""

from formats.carrying import Drops
from formats.coco import layout, reading, results, writing
from formats.coco.options import CocoOptions, ResultsOptions
from formats.format import Format

__all__ = ["FORMAT", "RESULTS", "CocoOptions", "ResultsOptions"]

FORMAT = Format(
    name="coco",
    title="COCO instances and keypoints (JSON)",
    options=CocoOptions,
    holds=writing.HOLDS,
    kinds=writing.KINDS,
    read=reading.read,
    write=writing.write,
    sniff=layout.sniff,
)
RESULTS = Format(
    name="coco-results",
    title="COCO results: a list of detections with scores (JSON)",
    options=ResultsOptions,
    holds=results.HOLDS,
    kinds=writing.KINDS,
    read=results.read,
    write=results.write,
    sniff=layout.sniff_results,
    drops=Drops(splits="all", coding=False),
)
