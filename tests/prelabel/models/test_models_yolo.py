"""What hand-made outputs of each head mean in the picture.

The picture is 128 x 64 and the tensor 64 x 64, so a place (x, y) of the tensor is (2x, 2(y - 16))
of the picture: half the size, 16 rows of grey above and below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formats.annotations import Annotations, Kind
from formats.dataset import Label
from geometry import masks
from prelabel import models
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.models.card import Card
from prelabel.models.query import Query

IMAGE = Image(np.full((64, 128, 3), 50, dtype=np.uint8))
LABELS = (Label("cat"), Label("dog"))
A = 84


def card(task: str, head: str = "raw", **options: Any) -> Card:
    return Card(
        "m", "yolo", task, LABELS, (64, 64), "", head, "images", options={"stride": 32, **options}
    )


def answers(*outputs: np.ndarray) -> Callable[..., list[np.ndarray]]:
    """A run that always gives `outputs`, after a look at what it is fed."""

    def run(graph: str, inputs: dict[str, np.ndarray], *, key: str | None = None) -> list:
        assert graph == ""
        assert inputs["images"].shape == (1, 3, 64, 64)
        return list(outputs)

    return run


def raw(*columns: list[float]) -> np.ndarray:
    """(1, rows, A): the candidates given, among others that no class wants."""
    head = np.zeros((1, len(columns[0]), A), dtype=np.float32)
    head[0, :4] = 10
    for place, column in zip((7, 40, 3, 60), columns, strict=False):
        head[0, :, place] = column
    return head


def rows(*lines: list[float]) -> np.ndarray:
    """(1, 300, columns), zero padded."""
    head = np.zeros((1, 300, len(lines[0])), dtype=np.float32)
    head[0, : len(lines)] = lines
    return head


def seen(made: Card, *outputs: np.ndarray, **query: Any) -> Annotations:
    return models.predict(made, IMAGE, Query(**query), answers(*outputs))


CAT, DOG = [20, 30, 20, 10, 0.9, 0.1], [40, 40, 10, 8, 0.2, 0.6]
BOXES = [[20, 18, 60, 38], [70, 40, 90, 56]]


def test_raw_boxes_come_back_best_first() -> None:
    found = seen(card("detect"), raw(DOG, CAT))
    assert found.boxes.tolist() == BOXES
    assert found.labels.tolist() == [0, 1]
    assert found.scores == pytest.approx([0.9, 0.6])
    assert found.kinds.tolist() == [Kind.BOX] * 2


def test_raw_boxes_of_one_class_suppress_each_other() -> None:
    near = [21, 30, 20, 10, 0.7, 0.1]
    other = [21, 30, 20, 10, 0.1, 0.7]
    assert seen(card("detect"), raw(CAT, near), iou=0.5).scores == pytest.approx([0.9])
    assert len(seen(card("detect"), raw(CAT, near), iou=0.95)) == 2
    assert len(seen(card("detect"), raw(CAT, other), iou=0.5)) == 2


def test_finished_boxes_are_taken_as_they_are() -> None:
    overlapping = rows([10, 25, 30, 35, 0.6, 0], [10, 25, 30, 35, 0.9, 0], [0, 0, 9, 9, 0.1, 1])
    found = seen(card("detect", "rows"), overlapping, iou=0.1)
    assert found.boxes.tolist() == [BOXES[0]] * 2
    assert found.scores == pytest.approx([0.9, 0.6])


@pytest.mark.parametrize(
    ("head", "output"),
    [("raw", raw(CAT, DOG)), ("rows", rows([10, 25, 30, 35, 0.9, 0], [35, 36, 45, 44, 0.6, 1]))],
)
def test_the_query_decides(head: str, output: np.ndarray) -> None:
    made = card("detect", head)
    assert len(seen(made, output, conf=0.7)) == 1
    assert seen(made, output, labels=frozenset({"dog"})).labels.tolist() == [1]
    assert seen(made, output, conf=0.95, thresholds={"dog": 0.5}).labels.tolist() == [1]
    assert seen(made, output, max_det=1).labels.tolist() == [0]
    assert len(seen(made, output, conf=0.99)) == 0


def test_a_head_of_free_axes_shows_what_it_is() -> None:
    made = card("detect", "either")
    assert seen(made, raw(CAT)).boxes.tolist() == BOXES[:1]
    assert seen(made, rows([10, 25, 30, 35, 0.9, 0])).boxes.tolist() == BOXES[:1]


def test_boxes_end_at_the_picture() -> None:
    assert seen(card("detect"), raw([0, 16, 20, 20, 0.9, 0])).boxes.tolist() == [[0, 0, 20, 20]]


@pytest.mark.parametrize("task", ["detect", "segment", "pose"])
def test_boxes_in_the_padding_alone_are_left_out(task: str) -> None:
    extra = {"detect": [], "segment": [1.0, 0.0], "pose": [20, 30, 0.9]}[task]
    output = raw([20, 8, 10, 10, 0.95, 0, *extra], [*CAT, *extra])
    more = [prototypes()] if task == "segment" else []
    found = seen(card(task, kpt_shape=(1, 3)), output, *more)
    assert found.boxes.tolist() == BOXES[:1]
    assert found.scores == pytest.approx([0.9])


def test_half_precision_outputs() -> None:
    found = seen(card("detect"), raw(CAT).astype(np.float16))
    assert found.boxes == pytest.approx(np.array(BOXES[:1]), abs=0.1)


def test_a_head_of_another_shape_is_refused() -> None:
    with pytest.raises(ModelError, match=r"m: outputs \[1, 7, 84\]: detect expects \[1, 6, N\]"):
        seen(card("detect"), raw([*CAT, 0]))
    with pytest.raises(ModelError, match=r"expects \[1, N, 6\]"):
        seen(card("detect", "rows"), rows([0] * 7))


def prototypes() -> np.ndarray:
    """(1, 2, 16, 16): left half of the tensor, top half of the tensor."""
    both = -np.ones((1, 2, 16, 16), dtype=np.float32)
    both[0, 0, :, :8] = 1
    both[0, 1, :8] = 1
    return both


@pytest.mark.parametrize("head", ["raw", "rows"])
def test_a_mask_is_the_weighted_prototypes_inside_the_box(head: str) -> None:
    boxed = [32, 32, 40, 20, 0.9, 0.1] if head == "raw" else [12, 22, 52, 42, 0.9, 0]
    output = (raw if head == "raw" else rows)([*boxed, 1.0, 0.0])
    found = seen(card("segment", head), output, prototypes())
    assert found.boxes.tolist() == [[24, 12, 104, 52]]
    assert found.kinds.tolist() == [Kind.MASK]
    dense = masks.decode(found.masks[0])
    expected = np.zeros((64, 128), dtype=bool)
    expected[12:52, 24:64] = True
    assert np.array_equal(dense, expected)


def test_coefficients_mix_prototypes() -> None:
    column = [32, 32, 64, 32, 0.9, 0.1, 1.0, 1.0]
    dense = masks.decode(seen(card("segment"), raw(column), prototypes()).masks[0])
    assert dense[:31, :63].all()
    assert not dense[33:, 65:].any()


def test_an_empty_mask_is_no_detection() -> None:
    column = [50, 50, 10, 10, 0.9, 0.1, 1.0, 0.0]
    found = seen(card("segment"), raw(column, [10, 30, 10, 10, 0.8, 0, 1.0, 0.0]), prototypes())
    assert found.scores == pytest.approx([0.8])
    nothing = seen(card("segment"), raw(column), prototypes())
    assert len(nothing) == 0
    assert nothing.masks is not None


def test_keypoints_with_scores() -> None:
    points = [20, 30, 0.9, 22, 31, 0.3, 99, -9, 0.1]
    found = seen(card("pose", kpt_shape=(3, 3)), raw([*CAT, *points]))
    assert found.kinds.tolist() == [Kind.BOX]
    assert found.keypoints.tolist() == [[[40, 28, 2], [44, 30, 1], [128, 0, 0]]]
    assert found.keypoint_scores == pytest.approx(np.array([[0.9, 0.3, 0.1]]))


def test_keypoints_without_scores_are_visible() -> None:
    found = seen(
        card("pose", "rows", kpt_shape=(2, 2)), rows([10, 25, 30, 35, 0.9, 0, 20, 30, 22, 31])
    )
    assert found.keypoints.tolist() == [[[40, 28, 2], [44, 30, 2]]]
    assert found.keypoint_scores is None


def test_rotated_boxes_keep_their_angle() -> None:
    found = seen(card("obb"), raw([32, 32, 20, 10, 0.9, 0, np.pi / 2]))
    assert found.kinds.tolist() == [Kind.ROTATED]
    assert found.rotated == pytest.approx(np.array([[64, 32, 40, 20, np.pi / 2]]), abs=1e-5)
    assert found.boxes == pytest.approx(np.array([[54, 12, 74, 52]]), abs=1e-4)
    finished = seen(card("obb", "rows"), rows([32, 32, 20, 10, 0.9, 0, np.pi / 2]))
    assert finished.rotated == pytest.approx(found.rotated)


def test_rotated_boxes_suppress_by_their_turned_shape() -> None:
    crossed = [
        [32, 32, 40, 4, 0.9, 0, 0.0],
        [32, 32, 40, 4, 0.8, 0, 1.5],
        [32, 32, 40, 4, 0.7, 0, 0.02],
    ]
    assert seen(card("obb"), raw(*crossed), iou=0.5).scores == pytest.approx([0.9, 0.8])


def test_tags_are_best_first_and_have_no_place() -> None:
    made = card("classify", "scores")
    found = seen(made, np.array([[0.3, 0.7]], np.float32))
    assert found.labels.tolist() == [1, 0]
    assert found.kinds.tolist() == [Kind.TAG] * 2
    assert np.isnan(found.boxes).all()
    assert seen(made, np.array([[0.3, 0.7]], np.float32), conf=0.5).labels.tolist() == [1]
    with pytest.raises(ModelError, match=r"output \[1, 3\], expected 2 class scores"):
        seen(made, np.zeros((1, 3), np.float32))


def test_a_classifier_sees_the_middle_square() -> None:
    pixels = np.zeros((64, 128, 3), dtype=np.uint8)
    pixels[:, 32:96] = 255
    fed: list[np.ndarray] = []

    def run(graph: str, inputs: dict[str, np.ndarray], *, key: str | None = None) -> list:
        fed.append(inputs["images"])
        return [np.array([[0.5, 0.5]], np.float32)]

    made = card("classify", "scores")
    for dtype in ("float32", "float16", "uint8"):
        models.predict(replace(made, input_dtype=dtype), Image(pixels), Query(), run)
        assert fed[-1].shape == (1, 3, 64, 64)
        assert fed[-1].dtype == dtype
        assert fed[-1].min() == (255 if dtype == "uint8" else 1)


@pytest.mark.parametrize("task", ["detect", "segment", "pose", "obb"])
def test_nothing_seen_is_an_empty_table(task: str) -> None:
    extra = {"detect": 0, "segment": 2, "pose": 6, "obb": 1}[task]
    outputs = [np.zeros((1, 6 + extra, A), np.float32)] + [prototypes()] * (task == "segment")
    assert len(seen(card(task, kpt_shape=(2, 3)), *outputs)) == 0
    finished = [np.zeros((1, 0, 6 + extra), np.float32)] + [prototypes()] * (task == "segment")
    assert len(seen(card(task, "rows", kpt_shape=(2, 3)), *finished)) == 0
