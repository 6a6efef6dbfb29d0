"""One picture through an Ultralytics YOLO graph: place, run, choose, suppress, map back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.image import Image
from prelabel.models import nms, probiou
from prelabel.models.candidates import Candidates, corners, least_scores, of_rows, strongest
from prelabel.models.card import Card
from prelabel.models.detections import boxes
from prelabel.models.preprocess import fitted, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run
from prelabel.models.yolo import classify, shapes
from prelabel.models.yolo.outputs import Outputs

__all__ = ["predict", "scores", "suppresses"]


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    if card.task == "classify":
        return classify.predict(card, image, query, run)
    place = fitted(image.size, card, card.options["stride"])
    answer = run("", {card.input_name: tensor(image, place, card.input_dtype)})
    outputs = Outputs.of(card, answer)
    found = choose(card, outputs, query)
    match card.task:
        case "segment":
            return shapes.masks(found, place, outputs.prototypes)
        case "pose":
            return shapes.poses(found, place, card.options["kpt_shape"])
        case "obb":
            return shapes.rotated(found, place)
        case _:
            return boxes(found, place)


def scores(card: Card, outputs: Sequence[NDArray]) -> NDArray:
    """Class scores (C, A) of a raw head, the score column of rows, (C,) of a classifier."""
    return outputs[0][0] if card.task == "classify" else Outputs.of(card, outputs).scores(card)


def suppresses(card: Card) -> bool:
    """Rows are what is left after NMS, or the best of an end-to-end head."""
    return card.head in ("rows", "either")


def choose(card: Card, outputs: Outputs, query: Query) -> Candidates:
    """The detections of a head, best first: above their thresholds and, where raw, after NMS."""
    least, head = least_scores(card, query), outputs.head
    if outputs.finished:
        return of_rows(head, least, card.name)[: query.max_det]
    columns, classes, scores = strongest(outputs.scores(card), least)
    extras = head[4 + len(least) :]
    stated, extra = head[:4, columns].T, np.ascontiguousarray(extras[:, columns].T)
    if card.task == "obb":
        found = Candidates(stated, scores, classes, extra)
        return found[probiou.keep(found, query.iou, query.max_det)]
    found = Candidates(corners(stated), scores, classes, extra)
    return found[nms.keep(found.boxes, scores, classes, query.iou, query.max_det)]
