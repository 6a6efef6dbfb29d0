"""NMS against a plain greedy loop and against ONNX's own operator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes as some_boxes

from geometry import boxes, keypoints, polygons, rotated, suppression
from geometry.rings import Rings


def greedy_loop(matrix, scores, labels, limit):
    """The definition, one shape at a time."""
    kept = []
    for row in sorted(range(len(scores)), key=lambda k: (-scores[k], k)):
        if all(labels[row] != labels[k] or not matrix[k, row] > limit for k in kept):
            kept.append(row)
    return kept


@st.composite
def detections(draw):
    found = draw(st.one_of(some_boxes(most=25), some_boxes(most=25, whole=True)))
    few = st.lists(st.integers(0, 3), min_size=len(found), max_size=len(found))
    return found, np.array(draw(few)) / 4, np.array(draw(few), dtype=np.int64)


@given(detections(), st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
def test_boxes_nms_is_the_greedy_loop(found, limit):
    shapes, scores, labels = found
    wanted = greedy_loop(boxes.iou(shapes, shapes), scores, labels, limit)
    assert boxes.nms(shapes, scores, labels, limit).tolist() == wanted
    one = greedy_loop(boxes.iou(shapes, shapes), scores, np.zeros_like(labels), limit)
    assert boxes.nms(shapes, scores, iou=limit).tolist() == one


@given(detections(), st.integers(0, 5))
def test_max_det_takes_the_best(found, most):
    shapes, scores, labels = found
    every = boxes.nms(shapes, scores, labels, 0.5)
    assert boxes.nms(shapes, scores, labels, 0.5, most).tolist() == every[:most].tolist()


def clustered(count, seed):
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.uniform(0, 640, (count // 10, 2, 2)), axis=1).reshape(-1, 4)
    jittered = np.repeat(corners, 10, axis=0) + rng.normal(0, 6, (count, 4))
    found = np.sort(jittered.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    labels = rng.integers(0, 5, count)
    scores = np.round(rng.random(count), 2)  # ties
    return found.astype(np.float32), scores, labels


@pytest.mark.parametrize("limit", [0.3, 0.45, 0.7])
def test_blocks_do_not_change_the_answer(monkeypatch, limit):
    found, scores, labels = clustered(400, 5)
    wanted = greedy_loop(boxes.iou(found, found), scores, labels, np.float32(limit))
    for block in (1, 7, 64, 1024):
        monkeypatch.setattr(suppression, "BLOCK", block)
        assert boxes.nms(found, scores, labels, limit).tolist() == wanted


def test_a_pile_of_equal_boxes_needs_little_memory():
    pile = np.tile(np.array([[0, 0, 50, 50]], np.float32), (8400, 1))
    assert boxes.nms(pile, np.arange(8400)).tolist() == [8399]


def nms_operator(found, scores, limit):
    """ONNX's NonMaxSuppression on one class, as the kept rows in its order."""
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    make = onnx.helper
    kinds = {"boxes": 1, "scores": 1, "most": 7, "limit": 1}
    graph = make.make_graph(
        [make.make_node("NonMaxSuppression", list(kinds), ["rows"])],
        "nms",
        [make.make_tensor_value_info(name, kind, None) for name, kind in kinds.items()],
        [make.make_tensor_value_info("rows", 7, None)],
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 13)], ir_version=8)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feed = {
        "boxes": found[None],
        "scores": scores[None, None].astype(np.float32),
        "most": np.array([len(found)]),
        "limit": np.array([limit], np.float32),
    }
    return session.run(None, feed)[0][:, 2]


@pytest.mark.parametrize("seed", range(4))
def test_same_rows_as_onnx_on_float32(seed):
    found, scores, _ = clustered(1500, seed)
    for limit in (0.45, 0.7):
        wanted = nms_operator(found, scores, limit)
        assert boxes.nms(found, scores, iou=limit).tolist() == wanted.tolist()


def test_same_rows_as_onnx_where_iou_equals_the_limit():
    found = np.array([[0, 0, 10, 10], [0, 0, 10, 5], [0, 5, 10, 10], [20, 0, 30, 7]], np.float32)
    for scores in (np.array([4, 3, 2, 1.0]), np.array([1.0, 1, 1, 1])):
        wanted = nms_operator(found, scores, 0.5)
        assert boxes.nms(found, scores, iou=0.5).tolist() == wanted.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("block", [5, 1024])
def test_rotated_nms_is_the_greedy_loop(monkeypatch, block):
    monkeypatch.setattr(suppression, "BLOCK", block)
    rng = np.random.default_rng(2)
    found = np.repeat(rng.uniform(5, 60, (20, 5)), 6, axis=0) + rng.normal(0, 1, (120, 5))
    scores, labels = np.round(rng.random(120), 1), rng.integers(0, 3, 120)
    wanted = greedy_loop(rotated.iou(found, found), scores, labels, 0.4)
    assert rotated.nms(found, scores, labels, 0.4).tolist() == wanted
    assert rotated.nms(found, scores, labels, 0.4, 3).tolist() == wanted[:3]
    assert rotated.nms(np.empty((0, 5)), []).tolist() == []


@pytest.mark.parametrize("rivals", [0, 1 << 18])
@pytest.mark.parametrize("labels", [1, 80])
def test_both_ways_of_boxes_nms(monkeypatch, rivals, labels):
    monkeypatch.setattr(boxes, "RIVALS", rivals)
    found, scores, _ = clustered(1500, 7)
    kinds = np.random.default_rng(8).integers(0, labels, 1500)
    matrix = boxes.iou(found, found)
    wanted = greedy_loop(matrix, scores, kinds, np.float32(0.5))
    assert boxes.nms(found, scores, kinds, 0.5).tolist() == wanted
    assert boxes.nms(found, scores, kinds, 0.5, 11).tolist() == wanted[:11]


def test_boxes_that_are_not_finite_stay():
    odd = np.array([[0, 0, 9, 9], [np.nan] * 4, [0, 0, np.inf, 9], [0, 0, 9, 9]])
    assert boxes.nms(odd, [4, 3, 2, 1]).tolist() == [0, 1, 2]


@pytest.mark.parametrize("block", [5, 1024])
def test_polygon_nms_is_the_greedy_loop(monkeypatch, block):
    monkeypatch.setattr(suppression, "BLOCK", block)
    rng = np.random.default_rng(3)
    angle = np.arange(9) * (2 * np.pi / 9)
    star = np.column_stack([np.cos(angle), np.sin(angle)]) * rng.uniform(8, 15, (20, 9, 1))
    places = np.repeat(rng.uniform(5, 90, (20, 1, 2)) + star, 6, axis=0)
    found = Rings.of([[[ring]] for ring in places + rng.normal(0, 1, (120, 1, 2))])
    scores, labels = np.round(rng.random(120), 1), rng.integers(0, 3, 120)
    wanted = greedy_loop(polygons.iou(found, found), scores, labels, 0.4)
    assert polygons.nms(found, scores, labels, 0.4).tolist() == wanted
    assert polygons.nms(found, scores, labels, 0.4, 3).tolist() == wanted[:3]
    assert polygons.nms(Rings.empty(), []).tolist() == []


@pytest.mark.parametrize("block", [5, 1024])
def test_keypoint_nms_is_the_greedy_loop(monkeypatch, block):
    monkeypatch.setattr(suppression, "BLOCK", block)
    rng = np.random.default_rng(4)
    people = np.repeat(rng.uniform(0, 60, (15, 5, 2)), 6, axis=0) + rng.normal(0, 2, (90, 5, 2))
    found = np.dstack([people, rng.integers(0, 3, (90, 5))])
    scores, labels, areas = np.round(rng.random(90), 1), rng.integers(0, 2, 90), np.full(90, 900.0)
    spread = np.full(5, 0.1)
    matrix = keypoints.mutual_oks(found, found, areas, areas, spread)
    wanted = greedy_loop(matrix, scores, labels, 0.5)
    assert 20 < len(wanted) < 80
    assert keypoints.nms(found, areas, spread, scores, labels, 0.5).tolist() == wanted
    assert keypoints.nms(found, areas, spread, scores, labels, 0.5, 4).tolist() == wanted[:4]
