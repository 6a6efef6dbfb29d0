"""Label sets of CVAT's tests and of ultralytics: all are read; written and read again the same."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from formats import read, write
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset
from geometry import rotated

pytestmark = pytest.mark.real
W, H = 15, 10
BOXES = [[0, 2, 4, 4], [3, 3, 5, 6]]
DETECT = [
    "yolov8_detection",
    "yolov8_detection_with_list_of_imgs",
    "yolov8_detection_with_list_of_names",
    "yolov8_detection_with_subset_txt",
    "yolo",
]


def only(folder: Path, name: str, task: str) -> tuple[Dataset, Annotations]:
    """The data set and the table of its one picture."""
    dataset = read(folder / "conformance/cvat-datumaro/yolo_dataset" / name, task)
    (item,) = dataset.items
    assert (item.size, item.split) == ((W, H), "train")
    assert (Path(dataset.root) / item.path).is_file()
    assert item.annotations is not None
    assert not dataset.losses
    return dataset, item.annotations


@pytest.mark.parametrize("name", DETECT)
def test_every_detect_layout_is_read(name: str, real_data: Path) -> None:
    dataset, table = only(real_data, name, "yolo")
    assert [label.name for label in dataset.labels] == [f"label_{k}" for k in range(10)]
    assert table.labels.tolist() == [2, 4]
    assert np.allclose(table.boxes, BOXES, atol=1e-4)


def test_segments_are_read(real_data: Path) -> None:
    _, table = only(real_data, "yolov8_segmentation", "yolo-seg")
    assert table.kinds.tolist() == [Kind.POLYGON] * 2
    assert table.rings is not None
    first, second = (row[0][0] / [W, H] for row in table.rings)
    assert np.allclose(first, [[0.1, 0.1], [0.4, 0.1], [0.4, 0.5]])
    assert np.allclose(second[-1], [0.25, 0.3])
    assert np.allclose(table.boxes[0], [1.5, 1, 6, 5])


@pytest.mark.parametrize("name", ["yolov8_pose", "yolov8_pose_two_values_per_point"])
def test_keypoints_of_two_and_three_values_are_read(name: str, real_data: Path) -> None:
    _, table = only(real_data, name, "yolo-pose")
    assert table.keypoints is not None
    assert np.allclose(table.keypoints[0], [[1.5, 2, 2], [4.5, 4, 2], [7.5, 6, 2]])
    assert np.allclose(table.boxes, BOXES[:1], atol=1e-4)


def test_oriented_boxes_are_read(real_data: Path) -> None:
    """The set was made from boxes of 3 x 4 turned by 30 and 2 x 6 turned by 30 degrees."""
    _, table = only(real_data, "yolov8_oriented_boxes", "yolo-obb")
    assert table.rotated is not None
    assert table.kinds.tolist() == [Kind.ROTATED] * 2
    assert np.allclose(table.rotated[0], [2.5, 4, 3, 4, np.pi / 6], atol=1e-4)
    assert np.allclose(table.rotated[1], [6, 3, 6, 2, 2 * np.pi / 3], atol=1e-4)
    corners = rotated.corners(table.rotated) / [W, H]
    assert np.allclose(corners[1, 3], [0.442265, -0.009808], atol=1e-6)


def test_folders_of_classes_are_read(real_data: Path) -> None:
    folder = real_data / "conformance/cvat-datumaro/yolo_dataset/yolov8_classification"
    dataset = read(folder, "yolo-cls")
    assert [label.name for label in dataset.labels] == ["label_0", "label_1"]
    found = [
        (item.path, item.split, item.annotations.labels.tolist())
        for item in dataset.items
        if item.annotations is not None
    ]
    assert found == [
        ("train/label_0/1.jpg", "train", [0]),
        ("train/label_0/2.jpg", "train", [0]),
        ("train/label_1/3.jpg", "train", [1]),
    ]


SETS = {"coco8": "yolo", "coco8-seg": "yolo-seg", "coco8-pose": "yolo-pose", "dota8": "yolo-obb"}
ROWS = {"coco8": 30, "coco8-seg": 30, "coco8-pose": 21, "dota8": 133}


@pytest.mark.parametrize("name", SETS)
def test_sets_of_ultralytics_come_back(name: str, real_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(real_data / f"datasets/ultralytics_zip/{name}.zip") as archive:
        archive.extractall(tmp_path / "in")
    source = next((tmp_path / "in").rglob(f"{name}.yaml")).parent
    first = read(source, SETS[name])
    write(first, tmp_path / "out", SETS[name])
    again = read(tmp_path / "out", SETS[name])
    assert [label.name for label in again.labels] == [label.name for label in first.labels]
    rows = 0
    for a, b in zip(first.items, again.items, strict=True):
        assert (a.path, a.size, a.split) == (b.path, b.size, b.split)
        assert a.annotations is not None
        assert b.annotations is not None
        same(a.annotations, b.annotations)
        rows += len(a.annotations)
    assert rows == ROWS[name]


def same(a: Annotations, b: Annotations) -> None:
    assert a.labels.tolist() == b.labels.tolist()
    assert np.allclose(a.boxes, b.boxes, atol=0.01)
    if a.rings is not None and b.rings is not None:
        assert np.allclose(a.rings.points, b.rings.points, atol=0.01)
        assert a.rings.ring_offsets.tolist() == b.rings.ring_offsets.tolist()
    if a.keypoints is not None and b.keypoints is not None:
        seen = a.keypoints[..., 2] > 0
        assert np.allclose(a.keypoints[seen], b.keypoints[seen], atol=0.01)
        assert not b.keypoints[~seen].any()
    if a.rotated is not None and b.rotated is not None:
        assert np.allclose(rotated.corners(a.rotated), rotated.corners(b.rotated), atol=0.01)
