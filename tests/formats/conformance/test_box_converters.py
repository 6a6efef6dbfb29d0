"""globox and panlabel read our boxes, and what they write is read here: the same boxes."""

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
from formats.dataset import Dataset, Item, Label

pytestmark = pytest.mark.tools

READS = {
    "globox": {"coco", "cvat", "labelme", "via", "voc"},
    "panlabel": {
        "coco",
        "create-ml",
        "cvat",
        "datumaro",
        "kitti",
        "label-studio",
        "labelme",
        "openimages",
        "via",
        "via-csv",
        "voc",
        "yolo",
    },
}
"""Tool -> what it calls the formats that it reads from us."""
WRITES = {
    "globox": {"coco", "cvat", "labelme", "openimages", "via", "voc"},
    "panlabel": {
        "coco",
        "create-ml",
        "cvat",
        "datumaro",
        "kitti",
        "label-studio",
        "labelbox",
        "labelme",
        "openimages",
        "via",
        "via-csv",
        "voc",
        "yolo",
    },
}
OURS = {"create-ml": "createml", "via-csv": "via"}
OPTIONS = {
    ("panlabel", "via"): {"form": "annotations"},
    ("panlabel", "voc"): {"origin": "zero"},
    ("globox", "voc"): {"origin": "zero"},
}
"""What a tool needs; panlabel reads no projects of VIA, and to both VOC's first pixel is 0."""
FILES = {
    "coco": "set.json",
    "create-ml": "set.json",
    "cvat": "set.xml",
    "datumaro": "set.json",
    "label-studio": "set.json",
    "labelbox": "set.ndjson",
    "via": "set.json",
    "via-csv": "set.csv",
}
"""Formats that are one file."""
WRITTEN_FILES = {**FILES, "openimages": "set.csv"}
"""The same of what the tools write."""
POINTED = {
    ("globox", "voc"): "Annotations",
    ("panlabel", "kitti"): "training",
    ("panlabel", "openimages"): "annotations/default-annotations-bbox.csv",
}
"""Where a tool looks, below the folder of the set."""
PLACES = {"kitti": "image_2", "voc": "JPEGImages", "yolo": "images"}
"""Where the pictures of a set lie that a tool writes."""
TOLERANCE = {"yolo": 3e-5}
"""Pixels; YOLO's numbers are fractions of the picture with 6 decimals."""
NAMES = ("cat", "dog", "wild boar")
BOXES: dict[str, tuple[tuple[int, int], list[tuple[int, tuple[float, ...]]]]] = {
    "one.png": ((40, 30), [(0, (1.25, 2.5, 11.75, 20.25)), (1, (0.0, 0.0, 40.0, 30.0))]),
    "two.png": ((24, 36), [(2, (3.5, 4.25, 9.0, 30.75))]),
}
Found = dict[str, tuple[Sequence[int] | None, list[tuple[str, Sequence[float]]]]]
"""Picture -> (size, [(class, box)])."""


def dataset(root: Path, divided: bool = False, **extra: int) -> Dataset:
    """The boxes, their pictures in a folder; `divided`: in two splits."""
    root.mkdir()
    items = []
    for name, (size, rows) in BOXES.items():
        Image.new("RGB", size).save(root / name)
        sides = [box for _, box in rows]
        table = Annotations.of(labels=[k for k, _ in rows], boxes=np.array(sides))
        split = ("train" if name == "one.png" else "val") if divided else ""
        items.append(Item(name, size, table, split=split, extra=extra))
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def told() -> dict[str, Any]:
    """The same as the tools' workers take it."""
    images = {
        name: {"size": size, "objects": [{"label": NAMES[k], "box": box} for k, box in rows]}
        for name, (size, rows) in BOXES.items()
    }
    return {"labels": NAMES, "images": images}


def same(found: Found, tolerance: float = 1e-6) -> None:
    """Whether they are the boxes, in pictures of their sizes where a tool tells any."""
    assert sorted(Path(name).stem for name in found) == ["one", "two"]
    for name, (size, rows) in found.items():
        told_, truth = BOXES[f"{Path(name).stem}.png"]
        assert size is None or tuple(size) == told_
        assert sorted(label for label, _ in rows) == [NAMES[k] for k, _ in truth]
        boxes, sides = ([box for _, box in one] for one in (sorted(rows), truth))
        np.testing.assert_allclose(boxes, sides, rtol=0, atol=tolerance)


def pairs(table: dict[str, set[str]]) -> list[tuple[str, str]]:
    return sorted((name, form) for name, forms in table.items() for form in forms)


@pytest.mark.parametrize(("name", "form"), pairs(READS))
def test_a_tool_reads_what_is_written_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    target = tmp_path / FILES.get(form, "set")
    ours, options = OURS.get(form, form), OPTIONS.get((name, form))
    extra = {"file_size": 90} if form == "via" else {}  # panlabel takes no -1
    source = dataset(tmp_path / "pictures", divided=form == "yolo", **extra)
    losses = formats.write(source, target, ours, options)
    assert not losses.by_kind
    asked = target / POINTED.get((name, form), "")
    # the tools ask the pictures for their sizes
    beside_it(tmp_path / "pictures", tmp_path if form in FILES else asked.parent)
    found = tool(f"{name}_calls")("read", form, str(asked))
    blank = "_" if form == "kitti" else " "
    same(
        {
            name: (
                entry["size"],
                [(one["label"].replace(blank, " "), one["box"]) for one in entry["objects"]],
            )
            for name, entry in found["images"].items()
        },
        TOLERANCE.get(form, 1e-6),
    )


def beside_it(pictures: Path, folder: Path) -> None:
    """The pictures in a folder too."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures.iterdir():
        shutil.copyfile(picture, folder / picture.name)


@pytest.mark.parametrize(("name", "form"), pairs(WRITES))
def test_what_a_tool_writes_is_read_here(
    name: str, form: str, tool: Callable[[str], Oracle], tmp_path: Path
) -> None:
    dataset(tmp_path / "pictures")
    target = tmp_path / WRITTEN_FILES.get(form, "set")
    tool(f"{name}_calls")("write", form, told(), str(target))
    beside_it(tmp_path / "pictures", target / PLACES[form] if form in PLACES else tmp_path)
    assert formats.sniff(target) == OURS.get(form, form)
    found = formats.read(target)
    names = [label.name for label in found.labels]
    assert sorted(names) == sorted(NAMES)
    same(
        {
            item.path: (
                item.size,
                [(names[row.label], row.box.tolist()) for row in item.annotations.rows()],
            )
            for item in found.items
            if item.annotations is not None
        },
        TOLERANCE.get(form, 1e-6),
    )
