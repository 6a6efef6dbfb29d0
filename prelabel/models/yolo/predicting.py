"""One picture through an Ultralytics YOLO graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.image import Image
from prelabel.models import nms
from prelabel.models.card import Card
from prelabel.models.preprocess import Letterbox, letterbox, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run
from prelabel.models.thresholds import least_scores
from prelabel.models.yolo.candidates import Candidates, of_raw, of_rows

__all__ = ["predict"]


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    place = letterbox(image.size, card.input_size)
    outputs = run("", {card.input_name: tensor(image, place, card.input_dtype)})
    found = _found(card, outputs[0][0], query)
    return _boxes(found, place)


def _found(card: Card, head: NDArray, query: Query) -> Candidates:
    least = least_scores(card, query)
    if card.head == "rows":
        return of_rows(head, least)[: query.max_det]
    found = of_raw(head, least)
    corners = np.concatenate(
        [found.boxes[:, :2] - found.boxes[:, 2:] / 2, found.boxes[:, :2] + found.boxes[:, 2:] / 2],
        axis=1,
    )
    kept = nms.keep(corners, found.scores, found.classes, query.iou, query.max_det)
    return Candidates(corners, found.scores, found.classes, found.extra)[kept]


def _boxes(found: Candidates, place: Letterbox) -> Annotations:
    return Annotations.of(
        boxes=place.back(found.boxes),
        kinds=np.full(len(found.boxes), Kind.BOX, dtype=np.uint8),
        labels=found.classes.astype(np.int32),
        scores=found.scores.astype(np.float64),
    )
