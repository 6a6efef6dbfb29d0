"""FiftyOne reads what is written here, and what it writes is read here: the same objects."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Dataset, Item, Label

pytestmark = [pytest.mark.tools, pytest.mark.sdks]

READS = {"coco", "cvat", "kitti", "openimages", "voc", "yolo"}
"""Formats that FiftyOne reads from us."""
WRITES = {"coco", "cvat", "kitti", "voc", "yolo"}
"""Formats that FiftyOne writes and we read."""
WRITTEN = {"voc": {"origin": "zero"}}
"""What we are told when we write: FiftyOne takes VOC's first pixel for 0."""
ROUNDED = {"cvat", "voc"}
"""Formats that FiftyOne reads in whole pixels."""
WHOLE = {"cvat", "kitti", "voc"}
"""Formats that it writes in whole pixels."""
NAMES = ("cat", "dog", "wild boar")
BOXES = {
    "one.jpg": ((40, 30), [(0, (1.25, 2.5, 11.75, 20.25)), (1, (0.0, 0.0, 40.0, 30.0))]),
    "two.jpg": ((24, 36), [(2, (3.5, 4.25, 9.0, 30.75))]),
}
Boxes = dict[str, tuple[tuple[int, int], list[tuple[int, tuple[float, ...]]]]]
Rows = dict[str, tuple[Sequence[int] | None, list[tuple[str, list[float]]]]]
"""Picture -> (size, [(class, box)])."""


@pytest.fixture(scope="module")
def fiftyone(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("fiftyone_calls")


def drawn(whole: bool) -> Boxes:
    """The boxes, in whole pixels where FiftyOne cuts off the rest."""
    return {
        name: (size, [(k, tuple(np.round(box).tolist()) if whole else box) for k, box in rows])
        for name, (size, rows) in BOXES.items()
    }


def ours(root: Path, boxes: Boxes) -> Dataset:
    root.mkdir()
    items = []
    for name, (size, rows) in boxes.items():
        Image.new("RGB", size).save(root / name)
        table = Annotations.of(
            len(rows), labels=[k for k, _ in rows], boxes=[box for _, box in rows]
        )
        items.append(Item(name, size, table, split="train"))
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def theirs(boxes: Boxes) -> dict[str, Any]:
    images = {
        name: {"size": size, "objects": [{"label": NAMES[k], "box": box} for k, box in rows]}
        for name, (size, rows) in boxes.items()
    }
    return {"labels": NAMES, "images": images}


def options(name: str, target: Path) -> dict[str, Any]:
    """Where FiftyOne is to look, in the layout that is written here."""
    if name == "openimages":
        return {"label_types": ["detections"]}
    if name == "yolo":
        return {"split": "train", "yaml_path": str(target / "data.yaml")}
    pictures, labels = {
        "coco": (target.parent / "pictures", "annotations/instances_train.json"),
        "cvat": (target.parent / "named", "annotations.xml"),
        "kitti": (target / "training/image_2", "training/label_2"),
        "voc": (target / "JPEGImages", "Annotations"),
    }[name]
    if name == "cvat":
        shutil.copytree(target.parent / "pictures", pictures / "train")
    return {"data_path": str(pictures), "labels_path": str(target / labels)}


def fiftyones_layout(target: Path) -> None:
    """The files of OpenImages where FiftyOne's downloads have them."""
    annotations = target / "annotations"
    for source, place in (
        (annotations / "train-annotations-bbox.csv", "labels/detections.csv"),
        (annotations / "class-descriptions-boxable.csv", "metadata/classes.csv"),
        *((picture, f"data/{picture.name}") for picture in (target / "images/train").iterdir()),
    ):
        (target / place).parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target / place)
    (target / "metadata/hierarchy.json").write_text('{"LabelName": "root", "Subcategory": []}')


def same(found: Rows, wanted: Boxes, tolerance: float, blank: str = " ") -> None:
    assert set(found) == {Path(name).stem for name in wanted}
    for name, (size, rows) in wanted.items():
        told_size, objects = found[Path(name).stem]
        assert told_size is not None
        assert tuple(told_size) == size
        objects = sorted(objects)
        assert [label.replace(blank, " ") for label, _ in objects] == [NAMES[k] for k, _ in rows]
        boxes = [box for _, box in objects]
        np.testing.assert_allclose(boxes, [box for _, box in rows], rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", sorted(READS))
def test_fiftyone_reads_what_is_written_here(name: str, fiftyone: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "written"
    boxes = drawn(name in ROUNDED)
    losses = formats.write(ours(tmp_path / "pictures", boxes), target, name, WRITTEN.get(name))
    assert not losses.by_kind
    if name == "openimages":
        fiftyones_layout(target)
    found = fiftyone("read", name, str(target), options(name, target))
    rows = {
        Path(n).stem: (entry["size"], [(one["label"], one["box"]) for one in entry["objects"]])
        for n, entry in found["images"].items()
    }
    same(rows, boxes, 0.001, "_" if name == "kitti" else " ")


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_fiftyone_writes_is_read_here(name: str, fiftyone: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    classes = {"classes": NAMES} if name in ("coco", "yolo") else {}
    boxes = drawn(name in WHOLE)
    fiftyone("write", name, theirs(boxes), str(target), {"export_media": True, **classes})
    found = formats.read(target, name)
    names = [label.name for label in found.labels]
    rows = {
        Path(item.path).stem: (
            item.size,
            [(names[r.label], r.box.tolist()) for r in item.annotations.rows()],
        )
        for item in found.items
        if item.annotations is not None
    }
    same(rows, boxes, 0.01, "_" if name == "kitti" else " ")


def test_fiftyone_reads_the_flags_of_openimages(fiftyone: Oracle, tmp_path: Path) -> None:
    dataset = ours(tmp_path / "pictures", BOXES)
    flags = [int(Flag.CROWD | Flag.OCCLUDED), int(Flag.TRUNCATED)]
    first = next(dataset.items)
    assert first.annotations is not None
    item = Item("one.jpg", first.size, first.annotations.with_columns(flags=flags), split="train")
    flagged = Dataset.of(dataset.labels, [item], root=dataset.root)
    formats.write(flagged, tmp_path / "out", "openimages")
    fiftyones_layout(tmp_path / "out")
    told = options("openimages", tmp_path / "out")
    (entry,) = fiftyone("read", "openimages", str(tmp_path / "out"), told)["images"].values()
    keys = ("IsOccluded", "IsTruncated", "IsGroupOf", "IsDepiction")
    assert [[bool(one["attributes"][key]) for key in keys] for one in entry["objects"]] == [
        [True, False, True, False],
        [False, True, False, False],
    ]
