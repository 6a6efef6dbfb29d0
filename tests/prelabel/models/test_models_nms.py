"""The embedded operator against a greedy reference and `geometry.boxes.nms`."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry import boxes as upright
from prelabel.models import nms


def crowd(count: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 40, (count, 2))
    boxes = np.concatenate([corner, corner + rng.integers(1, 30, (count, 2))], axis=1)
    scores = rng.integers(1, 50, count) / 64
    return boxes.astype(np.float32), scores.astype(np.float32), rng.integers(0, classes, count)


def test_the_bytes_are_a_valid_onnx_file() -> None:
    model = onnx.load_model_from_string(nms.graph_bytes())
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["NonMaxSuppression"]


@given(
    st.integers(1, 60), st.integers(1, 5), st.integers(0, 10_000), st.sampled_from([0.3, 0.5, 0.7])
)
def test_equal_to_geometry(count: int, classes: int, seed: int, iou: float) -> None:
    boxes, scores, labels = crowd(count, classes, seed)
    kept = nms.keep(boxes, scores, labels, iou, 1000)
    assert np.array_equal(np.sort(kept), np.sort(upright.nms(boxes, scores, labels, iou)))
    assert (np.diff(scores[kept]) <= 0).all()


@given(st.integers(1, 60), st.integers(1, 5), st.integers(0, 10_000))
def test_runs_by_class_equal_one_run(count: int, classes: int, seed: int) -> None:
    boxes, scores, labels = crowd(count, classes, seed)
    whole = nms.keep(boxes, scores, labels, 0.5, 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nms, "TABLE", 0)
        assert np.array_equal(nms.keep(boxes, scores, labels, 0.5, 20), whole)


def test_other_classes_do_not_suppress() -> None:
    boxes = np.array([[0, 0, 10, 10]] * 3, dtype=np.float32)
    scores = np.array([0.5, 0.9, 0.7], dtype=np.float32)
    assert nms.keep(boxes, scores, np.array([0, 0, 1]), 0.5, 10).tolist() == [1, 2]


def test_best_first_and_no_more_than_asked() -> None:
    boxes, scores, labels = crowd(200, 3, 7)
    some, all_of_them = (nms.keep(boxes, scores, labels, 0.5, n) for n in (5, 200))
    assert some.tolist() == all_of_them[:5].tolist()


def test_nothing_in_nothing_out() -> None:
    empty = np.empty((0, 4), np.float32)
    assert nms.keep(empty, empty[:, 0], np.empty(0, int), 0.5, 10).shape == (0,)
    boxes, scores, labels = crowd(3, 1, 0)
    assert nms.keep(boxes, scores, labels, 0.5, 0).shape == (0,)
