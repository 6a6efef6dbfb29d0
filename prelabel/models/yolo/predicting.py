"""One picture through an Ultralytics YOLO graph: place, run, choose, suppress, map back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models import nms, probiou
from prelabel.models.candidates import Candidates, corners, least_scores, of_rows, strongest
from prelabel.models.card import Card
from prelabel.models.detections import boxes
from prelabel.models.preprocess import fitted, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run
from prelabel.models.yolo import classify, shapes

__all__ = ["predict", "scores", "suppresses"]


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    if card.task == "classify":
        return classify.predict(card, image, query, run)
    place = fitted(image.size, card, card.options["stride"])
    outputs = run("", {card.input_name: tensor(image, place, card.input_dtype)})
    head, prototypes = split(card, outputs)
    found = choose(card, head, query)
    match card.task:
        case "segment":
            return shapes.masks(found, place, prototypes)
        case "pose":
            return shapes.poses(found, place, card.options["kpt_shape"])
        case "obb":
            return shapes.rotated(found, place)
        case _:
            return boxes(found, place)


def scores(card: Card, outputs: Sequence[NDArray]) -> NDArray:
    """Class scores (C, A) of a raw head, the score column of rows, (C,) of a classifier."""
    if card.task == "classify":
        return outputs[0][0]
    head, _ = split(card, outputs)
    return head[:, 4] if card.head == "rows" else head[4 : 4 + len(card.labels)]


def suppresses(card: Card) -> bool:
    """Rows are what is left after NMS, or the best of an end-to-end head."""
    return card.head == "rows"


def split(card: Card, outputs: Sequence[NDArray]) -> tuple[NDArray, NDArray]:
    """The head of the one picture, (rows, A) or (N, columns), and its prototypes (M, h, w)."""
    head = next((x for x in outputs if x.ndim == 3), None)
    prototypes = next((x for x in outputs if x.ndim == 4), None)
    if head is None or (card.task == "segment" and prototypes is None):
        raise _unlike(card, outputs, "a head of three axes")
    numbers = head.shape[2] if card.head == "rows" else head.shape[1]
    wanted = _numbers(card, 0 if prototypes is None else prototypes.shape[1])
    if numbers != wanted:
        raise _unlike(card, outputs, f"{wanted} numbers a candidate")
    kept = head[:0] if prototypes is None else prototypes[0]
    return head[0].astype(np.float32, copy=False), kept.astype(np.float32, copy=False)


def _numbers(card: Card, masks: int) -> int:
    """Numbers of one candidate: its box, its classes or best class, and what its task adds."""
    points, dims = card.options.get("kpt_shape", (0, 0))
    extra = {"segment": masks, "pose": points * dims, "obb": 1}.get(card.task, 0)
    return 6 + extra if card.head == "rows" else 4 + len(card.labels) + extra


def _unlike(card: Card, outputs: Sequence[NDArray], wanted: str) -> ModelError:
    found = ", ".join(str(list(x.shape)) for x in outputs)
    return ModelError(f"outputs {found} are not those of {card.task}: expected {wanted}", card.name)


def choose(card: Card, head: NDArray, query: Query) -> Candidates:
    """The detections of a head, best first: above their thresholds and, where raw, after NMS."""
    least = least_scores(card, query)
    if card.head == "rows":
        return of_rows(head, least)[: query.max_det]
    count = 4 + len(least)
    columns, classes, scores = strongest(head[4:count], least)
    stated, extra = (part[:, columns].T.astype(np.float32) for part in (head[:4], head[count:]))
    found = Candidates(stated, scores, classes, extra)
    if card.task == "obb":
        return found[probiou.keep(found, query.iou, query.max_det)]
    found = replace(found, boxes=corners(found.boxes))
    return found[nms.keep(found.boxes, scores, classes, query.iou, query.max_det)]
