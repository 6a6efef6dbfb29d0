"""RT-DETR: a fixed number of queries, no suppression; the picture is stretched to the input.

Zhao et al., "DETRs Beat YOLOs on Real-time Object Detection", 2023. Three exports, for C classes:

==========  ===================================================================================
head        outputs of a picture
==========  ===================================================================================
rows        Ultralytics: (N, 6) cx cy w h of the picture in 0..1, score, class
scores      Ultralytics, older: (N, 4 + C) cx cy w h in 0..1, class scores
logits      the authors' without post-processing: pred_logits (N, C), pred_boxes (N, 4) as above
finished    the authors': labels (N,), boxes (N, 4) x0 y0 x1 y1 in pixels, scores (N,); a second
            input orig_target_sizes (1, 2) is the picture's width and height
==========  ===================================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models.candidates import Candidates, corners, least_scores, of_rows, strongest
from prelabel.models.card import Card
from prelabel.models.detections import boxes
from prelabel.models.graph import Graph, Tensor, is_picture
from prelabel.models.grids import is_grid
from prelabel.models.preprocess import Place, stretch, tensor
from prelabel.models.query import Query
from prelabel.models.run import Run
from prelabel.models.ultralytics import Metadata

__all__ = ["SUPPORTED", "predict", "recognise", "scores", "suppresses"]

SUPPORTED = (
    "[1, N, 6] or [1, N, 4+classes] in 0..1; pred_logits and pred_boxes; "
    "labels, boxes, scores with input orig_target_sizes"
)
SIZES = "orig_target_sizes"


def recognise(graph: Graph) -> Card | None:
    """The claim of the RT-DETR family on a graph."""
    pictures = [node for node in graph.inputs if is_picture(node)]
    if len(pictures) != 1:
        return None
    names = {node.name: node for node in graph.outputs}
    if {"labels", "boxes", "scores"} == set(names) and _has_sizes(graph):
        return _card(graph, pictures[0], "finished", "labels, boxes, scores and " + SIZES)
    if {"pred_logits", "pred_boxes"} == set(names) and len(graph.inputs) == 1:
        return _card(graph, pictures[0], "logits", "pred_logits and pred_boxes")
    return _of_one_output(graph, pictures[0])


def _has_sizes(graph: Graph) -> bool:
    return {node.name for node in graph.inputs if not is_picture(node)} == {SIZES}


def _of_one_output(graph: Graph, node: Tensor) -> Card | None:
    """Ultralytics' exports; boxes of six numbers without a name are claimed by YOLO as well."""
    metadata = Metadata.of(graph)
    shape = graph.outputs[0].sizes
    foreign = metadata.model == "yolo" or metadata.task not in ("", "detect")
    if foreign or len(graph.outputs) != 1 or len(graph.inputs) != 1 or len(shape) != 3:
        return None
    if metadata.model == "rtdetr":
        return _of_ultralytics(graph, node, metadata)
    if shape[2] != 6 or is_grid(shape[1], node.sizes):
        return None
    return _card(graph, node, "rows", f"{list(shape)}: boxes in 0..1, score, class")


def _of_ultralytics(graph: Graph, node: Tensor, metadata: Metadata) -> Card | None:
    """Six numbers of two classes, from before the head was named, may be either form."""
    columns, scored = graph.outputs[0].sizes[2], 4 + len(metadata.labels)
    why = f"Ultralytics metadata; {list(graph.outputs[0].shape)}"
    if columns is None or (columns == scored == 6 and "head" not in graph.metadata):
        return _card(graph, node, "either", why)
    if columns not in (6, scored):
        return None
    return _card(graph, node, "rows" if columns == 6 else "scores", why)


def _card(graph: Graph, node: Tensor, head: str, why: str) -> Card:
    metadata = Metadata.of(graph)
    batch, _, height, width = node.sizes
    free = height is None or width is None
    return Card(
        name=graph.stem,
        family="rtdetr",
        task="detect",
        labels=metadata.labels,
        input_size=metadata.imgsz or (640, 640) if free else (int(width or 0), int(height or 0)),
        sha256=graph.sha256,
        head=head,
        input_name=node.name,
        input_dtype=node.dtype,
        dynamic_size=False,
        dynamic_batch=batch is None,
        licence=metadata.licence,
        options={"outputs": tuple(output.name for output in graph.outputs)},
        why=why,
    )


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """What the model sees in `image`, best first; labels index `card.labels`."""
    place = stretch(image.size, card.input_size)
    feed = {card.input_name: tensor(image, place, card.input_dtype)}
    if card.head == "finished":
        feed[SIZES] = np.array([image.size], dtype=np.int64)
    outputs = dict(zip(card.options["outputs"], run("", feed), strict=True))
    found = _found(card, outputs, least_scores(card, query))
    order = np.argsort(-found.scores, kind="stable")[: query.max_det]
    return boxes(found[order], _place(card, place))


def scores(card: Card, outputs: list[NDArray]) -> NDArray:
    """The score of every row, or of every query and class."""
    named = dict(zip(card.options["outputs"], outputs, strict=True))
    match card.head:
        case "finished":
            return named["scores"][0]
        case "logits":
            return named["pred_logits"][0]
        case _:
            head = _only(named)
            return head[:, 4] if _is_rows(card, head) else head[:, 4:]


def suppresses(card: Card) -> bool:
    """The best of the queries are always in the output, but a score of 0 is nothing."""
    return card.head in ("rows", "either", "finished")


def _place(card: Card, place: Place) -> Place:
    """Where the coordinates of the head live: the picture itself, or a square of side 1."""
    size = place.picture if card.head == "finished" else (1, 1)
    return stretch(place.picture, size)


def _found(card: Card, outputs: dict[str, NDArray], least: NDArray[np.float32]) -> Candidates:
    match card.head:
        case "finished":
            rows = _finished(outputs["labels"][0], outputs["boxes"][0], outputs["scores"][0])
            return of_rows(rows, least, card.name)
        case "logits":
            scores = 1 / (1 + np.exp(-outputs["pred_logits"][0].astype(np.float32)))
            return _of_scores(card, outputs["pred_boxes"][0], scores, least)
        case _:
            head = _only(outputs)
            if not _is_rows(card, head):
                return _of_scores(card, head[:, :4], head[:, 4:], least)
            found = of_rows(head, least, card.name)
            return Candidates(corners(found.boxes), found.scores, found.classes, found.extra)


def _is_rows(card: Card, head: NDArray) -> bool:
    """Class numbers are whole; scores after a sigmoid are not."""
    if card.head == "either":
        return head.shape[1] == 6 and bool((head[:, 5] == np.floor(head[:, 5])).all())
    return card.head == "rows"


def _only(outputs: dict[str, NDArray]) -> NDArray:
    return next(iter(outputs.values()))[0]


def _finished(*columns: NDArray) -> NDArray[np.float32]:
    labels, boxes, scores = columns
    return np.concatenate([boxes, scores[:, None], labels[:, None]], axis=1, dtype=np.float32)


def _of_scores(
    card: Card, stated: NDArray, scores: NDArray, least: NDArray[np.float32]
) -> Candidates:
    if scores.shape[1] != len(card.labels):
        raise ModelError(
            f"the head has {scores.shape[1]} classes, the card names {len(card.labels)}", card.name
        )
    rows, classes, best = strongest(scores.T, least)
    return Candidates(corners(stated[rows].astype(np.float32)), best, classes, scores[rows, :0])
