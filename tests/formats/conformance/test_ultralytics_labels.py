"""Ultralytics converts COCO and DOTA that we write; its labels and results are read here."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

import formats
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import rotated
from geometry.rings import Rings

pytestmark = pytest.mark.ultralytics

READS = {"coco", "dota"}
"""Formats that Ultralytics' converters read from us."""
WRITES = {"coco-results", "yolo", "yolo-obb", "yolo-pose", "yolo-seg"}
"""Formats that Ultralytics writes and we read."""
SIZE = (40, 30)
NAMES = ("plane", "ship")
BOXES = [[1.25, 2.5, 11.75, 20.25], [20, 5, 38, 28]]
RINGS = [
    np.array([[1.25, 2.5], [11.75, 2.5], [6, 20.25]]),
    np.array([[20, 5], [38, 5.5], [37, 28.0]]),
]
POINTS = [[[4, 5, 2], [6, 7, 1]], [[30, 9, 2], [0, 0, 0]]]
FIVES = np.array([[15.0, 12, 12, 6, 0.5], [20, 10, 8, 4, -0.25]])
CONVERTED = {"yolo": {}, "yolo-seg": {"use_segments": True}, "yolo-pose": {"use_keypoints": True}}
"""What is made of a COCO file, with the arguments of the converter."""
ROUNDED = 1e-4
"""Pixels; Ultralytics writes six digits."""


def converter() -> Any:
    pytest.importorskip("ultralytics", exc_type=ImportError)
    from ultralytics.data import converter

    return converter


def scene(root: Path, table: Annotations) -> Dataset:
    """A picture with the rows, and one without any."""
    root.mkdir()
    for name in ("7.png", "8.png"):
        Image.new("RGB", SIZE).save(root / name)
    items = [
        Item("7.png", SIZE, table, split="train"),
        Item("8.png", SIZE, Annotations.empty(), split="train"),
    ]
    labels = [Label(name, keypoints=("left", "right")) for name in NAMES]
    return Dataset.of(labels, items, root=str(root))


def shapes(name: str) -> Annotations:
    """Rows of boxes, with polygons or keypoints where a format has them."""
    if name == "yolo-seg":
        bounds = [[*ring.min(axis=0), *ring.max(axis=0)] for ring in RINGS]
        rings = Rings.of([[[ring]] for ring in RINGS])
        return Annotations.of(kinds=[Kind.POLYGON] * 2, labels=[0, 1], boxes=bounds, rings=rings)
    points = {"keypoints": np.array(POINTS, float)} if name == "yolo-pose" else {}
    return Annotations.of(2, labels=[0, 1], boxes=BOXES, **points)


def completed(folder: Path, pictures: Path, **further: Any) -> Path:
    """The labels that a converter made, with the pictures and the file that a trainer wants."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    shutil.copytree(pictures, folder / "images/train")
    told = {"train": "images/train", "names": dict(enumerate(NAMES)), **further}
    (folder / "data.yaml").write_text(yaml.safe_dump(told))
    return folder


def rows(folder: Path, name: str) -> list[Annotation]:
    """The rows of the first of the two pictures; the other one has none."""
    found = formats.read(folder, name)
    assert [label.name for label in found.labels] == list(NAMES)
    assert not found.losses
    first, second = found.items
    assert (first.size, first.split, second.size) == (SIZE, "train", SIZE)
    assert second.annotations is None  # no label file: the converter writes none
    assert first.annotations is not None
    found_rows = list(first.annotations.rows())
    assert [row.label for row in found_rows] == [0, 1]
    return found_rows


@pytest.mark.parametrize("name", CONVERTED)
def test_its_converter_reads_our_coco_and_we_its_labels(name: str, tmp_path: Path) -> None:
    formats.write(scene(tmp_path / "in", shapes(name)), tmp_path / "annotations/train.json", "coco")
    made = tmp_path / "made"
    arguments = {"cls91to80": False, **CONVERTED[name]}
    converter().convert_coco(str(tmp_path / "annotations"), str(made), **arguments)
    further = {"kpt_shape": [2, 3]} if name == "yolo-pose" else {}
    found = rows(completed(made, tmp_path / "in", **further), name)
    for row, wanted in zip(found, shapes(name).rows(), strict=True):
        np.testing.assert_allclose(row.box, wanted.box, atol=ROUNDED)
        if wanted.rings is not None:
            assert row.rings is not None
            np.testing.assert_allclose(row.rings[0][0], wanted.rings[0][0], atol=ROUNDED)
        if wanted.keypoints is not None:
            np.testing.assert_allclose(row.keypoints, wanted.keypoints, atol=ROUNDED)


def test_its_converter_reads_our_dota_and_we_its_labels(tmp_path: Path) -> None:
    table = Annotations.of(
        kinds=[Kind.ROTATED] * 2, labels=[0, 1], rotated=FIVES, boxes=rotated.bounds(FIVES)
    )
    formats.write(scene(tmp_path / "in", table), tmp_path / "dota", "dota")
    theirs = tmp_path / "theirs"
    shutil.copytree(tmp_path / "dota/train/labelTxt", theirs / "labels/train_original")
    completed(theirs, tmp_path / "in")
    (theirs / "images/val").mkdir()
    converter().convert_dota_to_yolo_obb(str(theirs))
    (theirs / "labels/train/8.txt").unlink(missing_ok=True)
    for row, five in zip(rows(theirs, "yolo-obb"), FIVES, strict=True):
        assert row.rotated is not None
        corners = rotated.corners(np.array([row.rotated, five]))
        np.testing.assert_allclose(corners[0], corners[1], atol=1e-3)


def test_what_a_tracker_saves_is_read(tmp_path: Path) -> None:
    """`save_txt` with confidences and track ids: seven columns, not a polygon of three points."""
    converter()
    import torch
    from ultralytics.engine.results import Results

    (tmp_path / "labels/train").mkdir(parents=True)
    columns = [[*box, 10 + k, 0.5 + k / 4, k] for k, box in enumerate(BOXES)]
    pixels = np.zeros((*SIZE[::-1], 3), np.uint8)
    found = Results(pixels, "7.png", dict(enumerate(NAMES)), boxes=torch.tensor(columns))
    found.save_txt(tmp_path / "labels/train/7.txt", save_conf=True)
    scene(tmp_path / "in", shapes("yolo"))
    completed(tmp_path, tmp_path / "in")
    for k, row in enumerate(rows(tmp_path, "yolo")):
        np.testing.assert_allclose(row.box, BOXES[k], atol=ROUNDED)
        assert (row.track, row.score) == (10 + k, pytest.approx(0.5 + k / 4))


def test_results_of_its_validation_are_read(tmp_path: Path) -> None:
    converter()
    import json

    import torch
    from ultralytics.models.yolo.detect.val import DetectionValidator

    formats.write(scene(tmp_path / "in", shapes("yolo")), tmp_path / "truth.json", "coco")
    known = json.loads((tmp_path / "truth.json").read_text())
    number = known["images"][0]["id"]
    validator = DetectionValidator.__new__(DetectionValidator)
    validator.jdict, validator.class_map = [], [entry["id"] for entry in known["categories"]]
    told = {"bboxes": torch.tensor(BOXES), "conf": torch.tensor([0.5, 0.75])}
    validator.pred_to_json({**told, "cls": torch.tensor([1, 0])}, {"im_file": f"{number}.png"})
    (tmp_path / "predictions.json").write_text(json.dumps(validator.jdict))
    options = {"categories": str(tmp_path / "truth.json")}
    found = formats.read(tmp_path / "predictions.json", "coco-results", options)
    table = next(iter(found.items)).annotations
    assert table is not None
    np.testing.assert_allclose(table.boxes, BOXES, atol=0.0005)
    assert table.labels.tolist() == [1, 0]
    assert table.scores.tolist() == [0.5, 0.75]
