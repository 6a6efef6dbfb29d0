"""Hand-made outputs of YOLOX, RT-DETR and MMDeploy; the picture is 128 x 64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel import models
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models.card import Card
from prelabel.models.query import Query

LABELS = (Label("cat"), Label("dog"))
RED = np.zeros((64, 128, 3), dtype=np.uint8)
RED[..., 0] = 200
IMAGE = Image(RED)


def card(family: str, head: str, *outputs: str, **options: Any) -> Card:
    options["outputs"] = outputs
    return Card("m", family, "detect", LABELS, (64, 64), "", head, "images", options=options)


def seen(
    made: Card, *outputs: np.ndarray, **query: Any
) -> tuple[Annotations, dict[str, np.ndarray]]:
    """What is found, and what the graph was fed."""
    fed: dict[str, np.ndarray] = {}

    def run(graph: str, inputs: dict[str, np.ndarray], *, key: str | None = None) -> list:
        fed.update(inputs)
        return list(outputs)

    return models.predict(made, IMAGE, Query(**query), run), fed


def grid(*cells: tuple[int, list[float]]) -> np.ndarray:
    """(1, 84, 7): 64 cells of stride 8, 16 of stride 16, 4 of stride 32."""
    head = np.zeros((1, 84, 7), dtype=np.float32)
    for cell, numbers in cells:
        head[0, cell] = numbers
    return head


YOLOX = card("yolox", "grid", strides=(8, 16, 32), classes=2)


def test_yolox_cells_are_decoded() -> None:
    """Cell 10 is column 2, row 1 of stride 8; cell 64 + 4 is column 0, row 1 of stride 16."""
    near, far = [0.5, 0.25, np.log(2), 0, 0.9, 1, 0], [1, 0, 0, 0, 0.8, 0, 0.5]
    found, _ = seen(YOLOX, grid((10, near), (68, far)))
    assert found.boxes == pytest.approx(np.array([[24, 12, 56, 28], [16, 16, 48, 48]]), abs=1e-4)
    assert found.scores == pytest.approx([0.9, 0.4])
    assert found.labels.tolist() == [0, 1]


def test_yolox_takes_bytes_blue_first_at_the_top_left() -> None:
    _, fed = seen(YOLOX, grid())
    tensor = fed["images"][0]
    assert (tensor[:, :32] == np.reshape([0, 0, 200], (3, 1, 1))).all()
    assert (tensor[:, 32:] == 114).all()


def test_yolox_that_is_decoded_already_is_refused() -> None:
    with pytest.raises(ModelError, match=r"in pixels already.*decode_in_inference"):
        seen(YOLOX, grid((10, [30, 20, 40, 25, 0.9, 1, 0])))


def test_yolox_of_another_shape_is_refused() -> None:
    with pytest.raises(ModelError, match=r"output \[1, 83, 7\], expected \[1, 84, 7\]"):
        seen(YOLOX, grid()[:, 1:])


BOX = np.array([[32, 0, 96, 32]])
"""Centre (.5, .25), sides (.5, .5) of the picture."""


def test_rtdetr_rows_are_shares_of_the_picture() -> None:
    rows = np.array([[[0.5, 0.25, 0.5, 0.5, 0.9, 1], [0.1, 0.1, 0.1, 0.1, 0.1, 0]]], np.float32)
    for head in ("rows", "either"):
        found, fed = seen(card("rtdetr", head, "output0"), rows)
        assert found.boxes == pytest.approx(BOX)
        assert found.labels.tolist() == [1]
        assert fed["images"][0, 0] == pytest.approx(np.full((64, 64), 200 / 255))


def test_rtdetr_class_scores() -> None:
    rows = np.array(
        [[[0.5, 0.25, 0.5, 0.5, 0.1, 0.9], [0.5, 0.25, 0.5, 0.5, 0.8, 0.2]]], np.float32
    )
    for head in ("scores", "either"):
        found, _ = seen(card("rtdetr", head, "output0"), rows)
        assert found.boxes == pytest.approx(np.repeat(BOX, 2, axis=0))
        assert found.labels.tolist() == [1, 0]
        assert found.scores == pytest.approx([0.9, 0.8])


def test_rtdetr_logits_in_any_order_of_outputs() -> None:
    boxes = np.array([[[0.5, 0.25, 0.5, 0.5]]], np.float32)
    logits = np.array([[[-2.0, 2.0]]], np.float32)
    found, _ = seen(card("rtdetr", "logits", "pred_boxes", "pred_logits"), boxes, logits)
    assert found.boxes == pytest.approx(BOX)
    assert found.scores == pytest.approx([1 / (1 + np.exp(-2))])
    with pytest.raises(ModelError, match="has 3 classes, the card names 2"):
        seen(card("rtdetr", "logits", "pred_boxes", "pred_logits"), boxes, logits[..., [0, 0, 1]])


def test_rtdetr_finished_boxes_are_in_pixels() -> None:
    labels, boxes, scores = (
        np.array([[1, 0]]),
        np.array([[[32, 0, 96, 32], [1, 2, 3, 4]]]),
        np.array([[0.5, 0.1]]),
    )
    made = card("rtdetr", "finished", "labels", "boxes", "scores")
    found, fed = seen(made, labels, boxes.astype(np.float32), scores.astype(np.float32))
    assert found.boxes == pytest.approx(BOX)
    assert found.labels.tolist() == [1]
    assert fed["orig_target_sizes"].tolist() == [[128, 64]]
    assert fed["orig_target_sizes"].dtype == np.int64


def test_rtdetr_is_not_suppressed_but_limited() -> None:
    rows = np.array([[[0.5, 0.25, 0.5, 0.5, s, 1] for s in (0.5, 0.9, 0.7)]], np.float32)
    found, _ = seen(card("rtdetr", "rows", "output0"), rows, iou=0.1, max_det=2)
    assert found.scores == pytest.approx([0.9, 0.7])


def test_mmdeploy_boxes_and_labels() -> None:
    dets = np.array([[[16, 0, 48, 16, 0.9], [0, 0, 5, 5, 0.1]]], np.float32)
    found, fed = seen(card("mmdeploy", "finished", "dets", "labels"), dets, np.array([[1, 0]]))
    assert found.boxes == pytest.approx(BOX)
    assert found.labels.tolist() == [1]
    blue, _, red = fed["images"][0, :, 0, 0]
    assert blue == pytest.approx(-103.53 / 57.375, abs=1e-4)
    assert red == pytest.approx((200 - 123.675) / 58.395, abs=1e-4)


def test_mmdeploy_labels_beyond_the_names() -> None:
    dets = np.array([[[16, 0, 48, 16, 0.9]]], np.float32)
    with pytest.raises(ModelError, match="found class 7, 2 classes have names"):
        seen(card("mmdeploy", "finished", "labels", "dets"), np.array([[7]]), dets)


@pytest.mark.parametrize("family", list(models.FAMILIES))
def test_every_family_keeps_its_contract(family: str) -> None:
    module = models.family_of(family)
    assert module.SUPPORTED
    for name in ("recognise", "predict", "scores", "suppresses"):
        assert callable(getattr(module, name))
