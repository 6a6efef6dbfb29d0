"""MMDetection models exported by MMDeploy: NMS inside, outputs `dets` and `labels`.

The file does not say how pictures were prepared. What is done here is RTMDet's way, MMDeploy's
most common detector: BGR, mean and deviation of ImageNet in 0..255, picture at the top left, grey
beside it. Nor does it say its input size where that is free, nor its classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.image import Image
from prelabel.models.candidates import least_scores, of_rows
from prelabel.models.card import Card
from prelabel.models.detections import boxes
from prelabel.models.graph import Graph, picture_input
from prelabel.models.preprocess import letterbox, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run

__all__ = ["SUPPORTED", "predict", "recognise", "scores", "suppresses"]

SUPPORTED = "outputs dets [1, N, 5] and labels [1, N] (boxes only), prepared like RTMDet"
MEAN, STD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)
DEFAULT_SIZE = (640, 640)


def recognise(graph: Graph) -> Card | None:
    """The claim on a graph with MMDeploy's output names."""
    node = picture_input(graph)
    ranks = {output.name: len(output.shape) for output in graph.outputs}
    if node is None or ranks != {"dets": 3, "labels": 2}:
        return None
    batch, _, height, width = node.sizes
    free = height is None or width is None
    return Card(
        name=graph.stem,
        family="mmdeploy",
        task="detect",
        labels=graph.labels,
        input_size=DEFAULT_SIZE if free else (int(width or 0), int(height or 0)),
        sha256=graph.sha256,
        head="finished",
        input_name=node.name,
        input_dtype=node.dtype,
        dynamic_size=free,
        dynamic_batch=batch is None,
        options={"outputs": tuple(output.name for output in graph.outputs)},
        why="outputs are called dets and labels",
    )


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    place = letterbox(image.size, card.input_size, centre=False)
    feed = tensor(image, place, card.input_dtype, divisor=1, bgr=True, mean=MEAN, std=STD)
    outputs = dict(zip(card.options["outputs"], run("", {card.input_name: feed}), strict=True))
    dets, labels = outputs["dets"][0], outputs["labels"][0]
    rows = np.concatenate([dets, labels[:, None]], axis=1, dtype=np.float32)
    return boxes(of_rows(rows, least_scores(card, query), card.name)[: query.max_det], place)


def scores(card: Card, outputs: list[NDArray]) -> NDArray:
    """The score of every row."""
    named = dict(zip(card.options["outputs"], outputs, strict=True))
    return named["dets"][0][:, 4]


def suppresses(card: Card) -> bool:
    """NMS is inside."""
    return True
