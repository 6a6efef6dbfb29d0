"""Real data: answers of Label Studio's own YOLO backend beside ours, and COCO sets there and back.

Theirs came from yolov8n-seg and a YOLO11 pose model through ultralytics and torch; ours from the
.onnx files, float16 weights, by our own decoding. Only the first persons are sure ones.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from label_studio_configs import view

import formats
from formats.annotations import Annotations
from formats.dataset import Label
from formats.label_studio import config, decoding, encoding
from formats.label_studio.mapping import route
from formats.losses import Losses
from geometry import boxes, keypoints, masks, polygons
from prelabel.image import decode
from prelabel.labeler import Labeler
from prelabel.models.query import Query

pytestmark = [pytest.mark.real, pytest.mark.slow]

SIZE = (768, 576)
PERSON = '<Label value="Person"/>'
BONES = ("left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_knee")
POINTS = "".join(
    f'<Label value="{name}" predicted_values="person" model_index="{k}"/>'
    for name, k in zip(BONES, (5, 6, 11, 12, 13, 14), strict=True)
)
LABELS = (Label("Person", keypoints=BONES),)


@pytest.fixture
def folder(real_data: Path) -> Path:
    return real_data / "datasets/labelstudio_yolo_expected"


def theirs(folder: Path, name: str) -> list[dict[str, Any]]:
    (answer,) = json.loads((folder / f"{name}.json").read_text())
    return answer["result"]


def ours(folder: Path, model: str, text: str) -> list[dict[str, Any]]:
    """The regions that a model gives for a labeling config."""
    image = decode((folder / "car.jpg").read_bytes(), "car.jpg", 1 << 24)
    with_model = Labeler.open(folder.parents[1] / "models" / f"{model}.onnx", check=False)
    try:
        card = with_model.card
        routes = route(config.parse(text), card.labels, task=card.task)
        conf = min(0.25 if each.conf is None else each.conf for each in routes)
        found = with_model.label(image, Query(conf=conf))
        assert (image.pixels.shape[1], image.pixels.shape[0]) == SIZE
        return encoding.result(found, routes, SIZE)
    finally:
        with_model.close()


def read(results: list[dict[str, Any]]) -> Annotations:
    losses = Losses()
    table = decoding.decode(results, LABELS, SIZE, losses)
    assert not losses
    assert not losses.warnings
    return table


def drawn(table: Annotations) -> list[Any]:
    """Masks of polygons or strokes."""
    if table.masks is not None:
        return list(table.masks)
    assert table.rings is not None
    return list(polygons.to_masks(table.rings, SIZE))


@pytest.mark.parametrize(
    ("name", "tag"),
    [("test_polygon_labels", "PolygonLabels"), ("test_brush_labels", "BrushLabels")],
)
def test_segments_agree(folder: Path, name: str, tag: str) -> None:
    head = f'<{tag} name="label" toName="image" model_score_threshold="0.5">'
    expected = theirs(folder, name)
    found = ours(folder, "yolov8n-seg_640_w16", view(f"{head}{PERSON}</{tag}>"))
    for key in ("from_name", "to_name", "type"):
        assert {r[key] for r in found} == {r[key] for r in expected}
    assert {tuple(r["value"][tag.lower()]) for r in found} == {("Person",)}
    a, b = read(expected), read(found)
    overlap = masks.iou(drawn(a), drawn(b))
    assert overlap.max(axis=1).min() > 0.8
    assert overlap.max(axis=1).mean() > 0.85
    scores = b.scores[overlap.argmax(axis=1)]
    np.testing.assert_allclose(scores, a.scores, atol=0.12)


def test_their_polygons_and_strokes_are_the_same_objects(folder: Path) -> None:
    polygon, strokes = (read(theirs(folder, f"test_{k}_labels")) for k in ("polygon", "brush"))
    overlap = masks.iou(drawn(polygon), drawn(strokes))
    assert np.diag(overlap).min() > 0.9
    assert np.abs(overlap - np.diag(np.diag(overlap))).max() < 0.05


def test_keypoints_agree(folder: Path) -> None:
    text = view(
        '<RectangleLabels name="keypoints_bbox" toName="image" model_skip="true">'
        '<Label value="person"/></RectangleLabels><KeyPointLabels name="keypoints" toName="image" '
        f'model_score_threshold="0.8" model_point_threshold="0.5">{POINTS}</KeyPointLabels>'
    )
    expected = theirs(folder, "test_keypoint_labels_1")
    found = ours(folder, "yolo11n-pose_640_w16", text)
    names = {(r["type"], r["from_name"]) for r in expected}
    assert {(r["type"], r["from_name"]) for r in found} == names
    a, b = read(expected), read(found)
    best = int(boxes.iou(a.boxes, b.boxes)[0].argmax())
    assert boxes.iou(a.boxes, b.boxes)[0, best] > 0.9
    assert a.keypoints is not None
    assert b.keypoints is not None
    area = boxes.area(a.boxes)
    likeness = keypoints.oks(b.keypoints, a.keypoints, area, keypoints.sigmas(BONES))
    assert likeness[best, 0] > 0.9
    assert b.scores[best] == pytest.approx(a.scores[0], abs=0.1)


def test_keypoints_without_boxes_agree(folder: Path) -> None:
    """Theirs share a text, as ours do; nothing else tells which belong together."""
    expected = read(theirs(folder, "test_keypoint_labels_2"))
    boxed = read(theirs(folder, "test_keypoint_labels_1"))
    assert expected.keypoints is not None
    assert boxed.keypoints is not None
    np.testing.assert_array_equal(expected.keypoints, boxed.keypoints)
    text = view(
        '<KeyPointLabels name="keypoints" toName="image" model_add_bboxes="false" '
        f'model_score_threshold="0.8" model_point_threshold="0.5">{POINTS}</KeyPointLabels>'
    )
    found = read(ours(folder, "yolo11n-pose_640_w16", text))
    assert found.keypoints is not None
    area = boxes.area(boxed.boxes)
    sigmas = keypoints.sigmas(BONES)
    assert keypoints.oks(found.keypoints, expected.keypoints, area, sigmas).max() > 0.9


@pytest.mark.parametrize("name", ["opossum_snow_short_1", "opossum_snow_short_2"])
def test_regions_of_clips_are_counted(folder: Path, name: str) -> None:
    results = theirs(folder, name)
    losses = Losses()
    assert not len(decoding.decode(results, LABELS, SIZE, losses))
    assert {loss.what: loss.count for loss in losses} == {
        "result of type videorectangle": len(results)
    }


LEFT_OUT = {
    *("stated area", "annotation id", "flags", "key of the whole data set"),
    *("category id", "supercategory of a class", "class with bones between its keypoints"),
    *("picture with unknown keys", "stated box, other than that around the shape"),
}


@pytest.mark.parametrize("name", ["coco_tiny38", "coco_pose60"])
def test_numbers_of_coco_come_back(real_data: Path, tmp_path: Path, name: str) -> None:
    """Shapes of one part and keypoints number for number; what is left out is counted."""
    for source in sorted((real_data / "datasets" / name / "annotations").glob("*.json")):
        stem = tmp_path / source.stem
        losses = formats.convert(source, stem / "tasks", "label-studio")
        back = formats.convert(stem / "tasks", stem / "coco.json", "coco")
        assert {loss.what for loss in losses} <= LEFT_OUT
        assert {loss.what for loss in back} <= {"split"}
        before = json.loads(source.read_text(), parse_int=float)
        after = json.loads((stem / "coco.json").read_text(), parse_int=float)
        assert len(after["annotations"]) == len(before["annotations"])
        assert told(before, "keypoints") == told(after, "keypoints")
        missing = told(before, "segmentation") - told(after, "segmentation")
        several = [e for e in before["annotations"] if len(e["segmentation"]) != 1 or e["iscrowd"]]
        assert sum(missing.values()) <= len(several)
        assert len(several) < len(before["annotations"]) / 4


def told(coco: dict[str, Any], key: str) -> Counter[str]:
    """What annotations say under a key, by picture and class; nothing for keypoints all at 0."""
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    classes = {category["id"]: category["name"] for category in coco["categories"]}
    return Counter(
        json.dumps([names[e["image_id"]], classes[e["category_id"]], *e[key]])
        for e in coco["annotations"]
        if any(e.get(key, ()))
    )
