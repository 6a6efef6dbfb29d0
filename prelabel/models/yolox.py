"""YOLOX: offsets within the cells of three grids; BGR 0..255, picture at the top left.

Ge et al., "YOLOX: Exceeding YOLO Series in 2021". The graph is the project's own export, without
`--decode_in_inference`: a cell states offset x y in cells, log of width and height in cells,
objectness and class scores (both after the sigmoid).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models import nms
from prelabel.models.candidates import Candidates, corners, least_scores, strongest
from prelabel.models.card import Card
from prelabel.models.detections import boxes
from prelabel.models.graph import Graph, picture_input
from prelabel.models.preprocess import Size, letterbox, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run

__all__ = ["SUPPORTED", "predict", "recognise", "scores", "suppresses"]

SUPPORTED = "raw grid [1, cells, 5+classes] of strides 8 16 32 (or up to 64), fixed input size"
PYRAMIDS = ((8, 16, 32), (8, 16, 32, 64))
LOG_SIDE = 20


def recognise(graph: Graph) -> Card | None:
    """The claim on a graph without metadata whose rows are the cells of its grids."""
    node = picture_input(graph)
    if node is None or "task" in graph.metadata or len(graph.outputs) != 1:
        return None
    head, (_, _, height, width) = graph.outputs[0].sizes, node.sizes
    if len(head) != 3 or height is None or width is None or (head[2] or 0) < 6:
        return None
    strides = next((s for s in PYRAMIDS if len(_grid((width, height), s)) == head[1]), None)
    if strides is None:
        return None
    classes = int(head[2] or 0) - 5
    if graph.labels and len(graph.labels) != classes:
        raise ModelError(
            f"the head has {classes} classes, {len(graph.labels)} names are given", graph.path
        )
    return Card(
        name=graph.stem,
        family="yolox",
        task="detect",
        labels=graph.labels,
        input_size=(width, height),
        sha256=graph.sha256,
        head="grid",
        input_name=node.name,
        input_dtype=node.dtype,
        dynamic_batch=node.sizes[0] is None,
        options={"strides": strides, "classes": classes},
        why=f"{head[1]} cells of strides {strides} with 5 + {classes} numbers",
    )


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    place = letterbox(image.size, card.input_size, centre=False, rounded=False)
    feed = tensor(image, place, card.input_dtype, divisor=1, bgr=True)
    head = run("", {card.input_name: feed})[0]
    grid = _grid(card.input_size, card.options["strides"])
    if head.shape[1:] != (len(grid), 5 + len(card.labels)):
        raise ModelError(
            f"output {list(head.shape)}, expected [1, {len(grid)}, {5 + len(card.labels)}]",
            card.name,
        )
    _refuse_decoded(head[0], card)
    found = _decoded(head[0], grid, least_scores(card, query))
    kept = nms.keep(found.boxes, found.scores, found.classes, query.iou, query.max_det)
    return boxes(found[kept], place)


def _refuse_decoded(head: NDArray, card: Card) -> None:
    """A side is e^x cells; x in the hundreds is a side in pixels."""
    if head[:, 2:4].max() > LOG_SIDE:
        raise ModelError(
            "its boxes are in pixels already, expected the raw grid",
            where=card.name,
            hint="export without --decode_in_inference",
        )


def scores(card: Card, outputs: list[NDArray]) -> NDArray:
    """Objectness times class score, (C, cells)."""
    head = outputs[0][0]
    return (head[:, 5:] * head[:, 4:5]).T


def suppresses(card: Card) -> bool:
    """Every cell is in the output."""
    return False


def _decoded(head: NDArray, grid: NDArray[np.float32], least: NDArray[np.float32]) -> Candidates:
    """Candidates with boxes x0 y0 x1 y1 in tensor pixels; score = objectness * best class."""
    cells, classes, scores = strongest((head[:, 5:] * head[:, 4:5]).T, least)
    rows = head[cells].astype(np.float32)
    cell, stride = grid[cells, :2], grid[cells, 2:]
    stated = np.concatenate([(rows[:, :2] + cell) * stride, np.exp(rows[:, 2:4]) * stride], axis=1)
    return Candidates(corners(stated), scores, classes, rows[:, :0])


@lru_cache(maxsize=16)
def _grid(size: Size, strides: tuple[int, ...]) -> NDArray[np.float32]:
    """(cells, 3): column, row and stride of every cell, finest grid first, row by row."""
    parts = []
    for stride in strides:
        rows, columns = np.mgrid[: size[1] // stride, : size[0] // stride]
        parts.append(np.stack([columns, rows, np.full_like(rows, stride)], axis=-1).reshape(-1, 3))
    grid = np.concatenate(parts).astype(np.float32)
    grid.setflags(write=False)
    return grid
