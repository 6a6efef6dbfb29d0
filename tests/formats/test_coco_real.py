"""Real COCO files: equal after a round trip, and pycocotools agrees with what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

import formats
from formats.columns import Kind
from geometry import masks

pytestmark = [
    pytest.mark.real,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

FILES = [
    "coco_tiny38/annotations/instances_train2017.json",
    "coco_tiny38/annotations/instances_val2017.json",
    "coco_pose60/annotations/person_keypoints_train2017.json",
    "coco_pose60/annotations/person_keypoints_val2017.json",
    "pills_roboflow/test/_annotations.coco.json",
    "pills_roboflow/valid/_annotations.coco.json",
    "labelme_instance3/coco_annotations.json",
    "panoptic2/panoptic_coco_detection_format.json",
]
FOLDERS = {
    "coco_tiny38": ["instances_train2017.json", "instances_val2017.json"],
    "coco_pose60": ["person_keypoints_train2017.json", "person_keypoints_val2017.json"],
    "pills_roboflow": ["instances_test.json", "instances_valid.json"],
}


def loaded(path: Path) -> dict[str, Any]:
    """A file with its annotations by id: their order is that of the images."""
    found = json.loads(path.read_text())
    found["annotations"] = {row["id"]: row for row in found["annotations"]}
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_real_file_comes_back_number_for_number(
    name: str, real_data: Path, tmp_path: Path
) -> None:
    source, target = real_data / "datasets" / name, tmp_path / Path(name).name
    losses = formats.convert(source, target, "coco")
    assert loaded(target) == loaded(source)
    assert [loss.what for loss in losses] in ([], ["split"])


@pytest.mark.parametrize("name", FOLDERS)
def test_a_real_folder_comes_back_split_by_split(
    name: str, real_data: Path, tmp_path: Path
) -> None:
    source = real_data / "datasets" / name
    losses = formats.convert(source, tmp_path / "out", "coco")
    written = sorted(p.name for p in (tmp_path / "out" / "annotations").iterdir())
    assert written == FOLDERS[name]
    assert not losses.by_kind
    files = {p.name: p for p in source.glob("*/*.json")}
    for file in written:
        split = Path(file).stem.rpartition("_")[2]
        original = files.get(file) or source / split / "_annotations.coco.json"
        assert loaded(tmp_path / "out" / "annotations" / file) == loaded(original)


@pytest.mark.parametrize("name", FILES)
def test_pycocotools_sees_the_same_masks(name: str, real_data: Path, tmp_path: Path) -> None:
    source, target = real_data / "datasets" / name, tmp_path / "t.json"
    formats.convert(source, target, "coco")
    before, after = COCO(source), COCO(target)
    for number, row in before.anns.items():
        if row["segmentation"]:
            np.testing.assert_array_equal(
                before.annToMask(row), after.annToMask(after.anns[number])
            )


def test_masks_and_areas_agree_with_pycocotools(real_data: Path) -> None:
    path = real_data / "datasets/panoptic2/panoptic_coco_detection_format.json"
    oracle = COCO(path)
    for item in formats.read(path).items:
        assert item.annotations is not None
        assert (item.annotations.kinds == Kind.MASK).all()
        for row in item.annotations.rows():
            assert row.mask is not None
            dense = oracle.annToMask(oracle.anns[row.id]).astype(bool)
            np.testing.assert_array_equal(masks.decode(row.mask), dense)
            assert masks.area(row.mask) == dense.sum() == row.area


def test_splits_ids_and_pictures_of_a_real_folder(real_data: Path) -> None:
    from formats import pictures

    dataset = formats.read(real_data / "datasets" / "coco_tiny38")
    items = list(dataset.items)
    assert [item.split for item in items] == ["train2017"] * 32 + ["val2017"] * 6
    assert all(pictures.locate(dataset.root, item) for item in items)
    assert len(dataset.labels) == 80
    assert not dataset.losses.warnings


def test_native_holds_real_sets_exactly(real_data: Path, tmp_path: Path) -> None:
    source = real_data / "datasets" / "coco_pose60"
    formats.convert(source, tmp_path / "n", "native")
    formats.convert(tmp_path / "n", tmp_path / "direct", "coco")
    for file in FOLDERS["coco_pose60"]:
        written = tmp_path / "direct" / "annotations" / file
        assert loaded(written) == loaded(source / "annotations" / file)
