"""Ultralytics' own predictions on the same ONNX file are the truth for its models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formats.annotations import Annotations
from geometry import masks, rotated
from prelabel import models
from prelabel.batching import runner
from prelabel.image import Image
from prelabel.models.query import Query
from prelabel.session import open_session

pytestmark = [
    pytest.mark.ultralytics,
    pytest.mark.filterwarnings("ignore"),  # the peer's and PyTorch's own
]

PIXEL, SCORE = 1.0, 1e-3


def picture(width: int, height: int) -> Image:
    """Smooth blobs of colour: resizing keeps them, and networks answer to them."""
    import cv2

    small = np.random.default_rng(3).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return Image(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))


def ours(path: Path, image: Image, query: Query) -> Annotations:
    session = open_session(path)
    card = models.recognise(session.graph)
    running = runner(session, on_cpu=True, side_by_side=1, batch=1, queue=1)
    try:
        return models.predict(card, image, query, lambda _, x, *, key=None: running.run(x))
    finally:
        running.close()


def theirs(peer: Any, path: Path, image: Image, query: Query, task: str, **options: Any) -> Any:
    kind = peer.RTDETR if "rtdetr" in path.name else peer.YOLO
    model = kind(path) if kind is peer.RTDETR else kind(path, task=task)
    pixels = np.ascontiguousarray(image.pixels[..., ::-1])
    if "dynamic" in path.name:
        options["imgsz"] = 96
    found = model.predict(
        pixels, conf=query.conf, iou=query.iou, max_det=query.max_det, verbose=False, **options
    )
    return found[0]


def paired(a: Annotations, scores: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Rows of the peer in the order of ours; both go by score."""
    assert len(a) == len(scores)
    assert len(a) > 1, "nothing to compare"
    order = np.lexsort((classes, -np.round(scores, 5)))
    mine = np.lexsort((a.labels, -np.round(a.scores, 5)))
    rows = np.empty(len(a), dtype=int)
    rows[mine] = order
    assert np.array_equal(a.labels, classes[rows])
    assert np.abs(a.scores - scores[rows]).max() < SCORE
    return rows


def same_boxes(a: Annotations, result: Any) -> np.ndarray:
    """Rows of the peer in the order of ours; boxes that lie in the padding alone are not ours."""
    boxes = result.boxes.cpu().numpy()
    inside = np.flatnonzero((boxes.xyxy[:, 2:] > boxes.xyxy[:, :2]).all(axis=1))
    rows = inside[paired(a, boxes.conf[inside], boxes.cls[inside])]
    assert np.abs(a.boxes - boxes.xyxy[rows]).max() < PIXEL
    return rows


QUERY = Query(conf=0.5, iou=0.5, max_det=100)
DETECTORS = [
    ("yolov5n", {}),
    ("yolov8n", {}),
    ("yolov8n", {"nms": True}),
    ("yolov8n", {"dynamic": True}),
    ("yolov8n", {"batch": 2}),
    ("yolov9t", {}),
    ("yolov10n", {"nms": False}),
    ("yolo12n", {}),
    ("yolo26n", {}),
    ("yolo26n", {"nms": False, "dynamic": True}),
]


@pytest.mark.parametrize(("name", "arguments"), DETECTORS, ids=str)
def test_detect(peer: Any, exported: Callable[..., Path], name: str, arguments: dict) -> None:
    path, image = exported(name, **arguments), picture(130, 90)
    same_boxes(ours(path, image, QUERY), theirs(peer, path, image, QUERY, "detect"))


@pytest.mark.parametrize(
    ("name", "arguments"), [("yolo11n-seg", {}), ("yolo26n-seg", {"nms": False})], ids=str
)
def test_segment(peer: Any, exported: Callable[..., Path], name: str, arguments: dict) -> None:
    path, image = exported(name, **arguments), picture(130, 90)
    mine = ours(path, image, QUERY)
    result = theirs(peer, path, image, QUERY, "segment", retina_masks=True)
    rows = same_boxes(mine, result)
    drawn = [masks.encode(m) for m in result.masks.data.cpu().numpy()[rows] > 0.5]
    iou = np.diag(masks.iou(list(mine.masks), drawn))
    assert iou.mean() > 0.97
    for mask, other, box in zip(mine.masks, drawn, mine.boxes, strict=True):
        x0, y0, x1, y1 = box.astype(int) + (1, 1, -1, -1)
        inside = masks.decode(mask)[y0:y1, x0:x1] != masks.decode(other)[y0:y1, x0:x1]
        assert inside.mean() < 0.01, "they cut at a pixel's corner, we at its centre"


@pytest.mark.parametrize(
    ("name", "arguments"), [("yolo11n-pose", {}), ("yolo26n-pose", {"nms": False})], ids=str
)
def test_pose(peer: Any, exported: Callable[..., Path], name: str, arguments: dict) -> None:
    path, image = exported(name, **arguments), picture(130, 90)
    mine = ours(path, image, QUERY)
    result = theirs(peer, path, image, QUERY, "pose")
    rows = same_boxes(mine, result)
    points = result.keypoints.data.cpu().numpy()[rows]
    assert np.abs(mine.keypoints[..., :2] - points[..., :2])[points[..., 2] > 0.5].max() < PIXEL
    assert np.abs(mine.keypoint_scores - points[..., 2]).max() < SCORE


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("yolo11n-obb", {}), ("yolo26n-obb", {"nms": False}), ("yolo11n-obb", {"nms": True})],
    ids=str,
)
def test_obb(peer: Any, exported: Callable[..., Path], name: str, arguments: dict) -> None:
    path, image = exported(name, **arguments), picture(130, 90)
    mine = ours(path, image, QUERY)
    result = theirs(peer, path, image, QUERY, "obb").obb.cpu().numpy()
    rows = paired(mine, result.conf, result.cls)
    stated = rotated.canonical(result.xywhr[rows].astype(float))
    corners = np.sort(rotated.corners(stated), axis=1)
    assert np.abs(np.sort(rotated.corners(mine.rotated), axis=1) - corners).max() < PIXEL


def test_classify(peer: Any, exported: Callable[..., Path]) -> None:
    path, image = exported("yolo11n-cls"), picture(130, 90)
    mine = ours(path, image, Query(conf=0.0, max_det=1000))
    scores = theirs(peer, path, image, QUERY, "classify").probs.data.cpu().numpy()
    assert len(mine) == 1000
    assert np.abs(mine.scores - scores[mine.labels]).max() < SCORE
    assert list(mine.labels[:5]) == list(np.argsort(-scores, kind="stable")[:5])


def test_rtdetr(peer: Any, exported: Callable[..., Path]) -> None:
    path, image = exported("rtdetr-l"), picture(130, 90)
    query = Query(conf=0.01, max_det=50)
    same_boxes(ours(path, image, query), theirs(peer, path, image, query, "detect"))


REAL = [
    ("yolov8n_640_w16", "detect"),
    ("yolo11n_640_w16", "detect"),
    ("yolo26n_640_e2e_w16", "detect"),
    ("yolov8n-seg_640_w16", "segment"),
    ("yolo11n-pose_640_w16", "pose"),
]


@pytest.mark.real
@pytest.mark.parametrize(("name", "task"), REAL)
def test_real_models(peer: Any, real_data: Path, name: str, task: str) -> None:
    from PIL import Image as Pictures

    path = real_data / "models" / f"{name}.onnx"
    for photo in ("bus", "zidane"):
        with Pictures.open(real_data / "images" / f"{photo}.jpg") as file:
            image = Image(np.asarray(file.convert("RGB")))
        query = Query(conf=0.05)
        mine = ours(path, image, query)
        result = theirs(peer, path, image, query, task, retina_masks=True)
        rows = same_boxes(mine, result)
        if task == "segment":
            drawn = [masks.encode(m) for m in result.masks.data.cpu().numpy()[rows] > 0.5]
            iou = np.diag(masks.iou(list(mine.masks), drawn))
            assert iou.mean() > 0.97
            assert iou.min() > 0.85, "a tiny mask may differ by the pixels on its box's sides"
        if task == "pose":
            points = result.keypoints.data.cpu().numpy()[rows]
            assert np.abs(mine.keypoints[..., :2] - points[..., :2]).max() < PIXEL
            assert np.abs(mine.keypoint_scores - points[..., 2]).max() < SCORE
