"""Classification: the picture's middle square through the graph, tags out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models.candidates import least_scores
from prelabel.models.card import Card
from prelabel.models.query import Query
from prelabel.models.run import Run

__all__ = ["cut", "predict"]


def predict(card: Card, image: Image, query: Query, run: Run) -> Annotations:
    """Tags of the classes that reach their thresholds, best first."""
    outputs = run("", {card.input_name: cut(image, card.input_size, card.input_dtype)})
    scores = np.asarray(outputs[0], dtype=np.float32).reshape(-1)
    if len(scores) != len(card.labels):
        raise ModelError(
            f"output {list(outputs[0].shape)}, expected {len(card.labels)} class scores", card.name
        )
    order = np.argsort(-scores, kind="stable")
    rows = order[scores[order] >= least_scores(card, query)[order]][: query.max_det]
    return Annotations.of(
        len(rows),
        kinds=np.full(len(rows), Kind.TAG, dtype=np.uint8),
        labels=rows.astype(np.int32),
        scores=scores[rows].astype(np.float64),
    )


def cut(image: Image, size: tuple[int, int], dtype: str) -> NDArray[np.generic]:
    """(1, 3, H, W) in 0..1: the shorter side resized to `size` (width, height), middle cut out.

    Where `size` is no square the picture is stretched to it. Pillow's filter, which looks at every
    pixel that it shrinks, is what the models are trained with.
    """
    from PIL import Image as Pictures

    picture = Pictures.fromarray(image.pixels)
    resized = picture.resize(_resized(image.size, size), Pictures.Resampling.BILINEAR)
    left, top = (round((r - s) / 2) for r, s in zip(resized.size, size, strict=True))
    square = np.asarray(resized.crop((left, top, left + size[0], top + size[1])))
    values = square.transpose(2, 0, 1)[None]
    if dtype == "uint8":
        return np.ascontiguousarray(values)
    return np.divide(values, 255, dtype=np.float32).astype(dtype, copy=False)


def _resized(picture: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    if size[0] != size[1]:
        return size
    short = min(picture)
    return int(size[0] * picture[0] / short), int(size[1] * picture[1] / short)
