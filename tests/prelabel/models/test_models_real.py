"""Real models on a real picture: what is known to be on it is found where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from formats.annotations import Annotations
from formats.dataset import Label
from geometry import boxes, masks
from prelabel.image import Image
from prelabel.labeler import Labeler

pytestmark = pytest.mark.real

BUS, PEOPLE = [20, 230, 800, 755], [[49, 398, 245, 903], [670, 385, 810, 879], [221, 406, 345, 860]]
"""Places on bus.jpg, to some ten pixels."""


def see(folder: Path, model: str, labels: list[str] | None = None) -> tuple[Annotations, list[str]]:
    with Pictures.open(folder / "images" / "bus.jpg") as file:
        image = Image(np.asarray(file.convert("RGB")))
    names = [Label(name) for name in labels] if labels else None
    path = folder / "models" / f"{model}.onnx"
    with Labeler.open(path, labels=names, check=False) as labeler:
        found = labeler.label(image)
        return found, [labeler.card.labels[i].name for i in found.labels]


def places(found: Annotations, names: list[str], name: str) -> np.ndarray:
    return found.boxes[[n == name for n in names]]


@pytest.mark.parametrize(
    "model",
    [
        "yolov8n_640_w16",
        "yolo11n_640_w16",
        "yolo26n_640_e2e_w16",
        "yolov8n-seg_640_w16",
        "yolov8n_640_int8dyn",
    ],
)
def test_a_bus_and_three_people(real_data: Path, model: str) -> None:
    found, names = see(real_data, model)
    assert boxes.iou(places(found, names, "bus"), [BUS]).max() > 0.85
    assert (boxes.iou(places(found, names, "person"), PEOPLE).max(axis=0) > 0.85).all()
    assert found.scores[:4].min() > 0.75
    assert (np.diff(found.scores) <= 0).all()


def test_masks_fill_most_of_their_boxes_and_stay_inside(real_data: Path) -> None:
    found, _ = see(real_data, "yolov8n-seg_640_w16")
    for mask, box in zip(found.masks[:4], found.boxes[:4], strict=True):
        assert 0.3 < masks.area(mask) / boxes.area(box[None])[0] < 0.9
        x0, y0, x1, y1 = masks.bounds(mask) - box
        assert min(x0, y0) > -1
        assert max(x1, y1) < 1


def test_people_stand_on_their_feet(real_data: Path) -> None:
    found, names = see(real_data, "yolo11n-pose_640_w16")
    assert names[:3] == ["person"] * 3
    for person, box in zip(found.keypoints[:3], found.boxes[:3], strict=True):
        seen = person[person[:, 2] == 2]
        assert len(seen) >= 8
        assert (seen[:, :2] >= box[:2] - 10).all()
        assert (seen[:, :2] <= box[2:] + 10).all()
        assert person[5:7, 1].mean() < person[11:13, 1].mean() < person[15:17, 1].mean()


def test_models_of_other_families(real_data: Path) -> None:
    found, names = see(real_data, "rtmdet_nano_person_320", ["person"])
    assert (boxes.iou(places(found, names, "person"), PEOPLE).max(axis=0) > 0.8).all()
    coco = ["person", "bicycle", "car", "motorcycle", "airplane", "bus", *map(str, range(6, 80))]
    found, names = see(real_data, "yolox_nano_416", coco)
    assert boxes.iou(places(found, names, "bus"), [BUS]).max() > 0.8
    assert (boxes.iou(places(found, names, "person"), PEOPLE).max(axis=0) > 0.7).all()
