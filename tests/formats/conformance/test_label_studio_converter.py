"""Label Studio's converter: what it exports of tasks written here, and makes of our files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sdk_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label

pytestmark = pytest.mark.label_studio

READS = {"label-studio-sdk": {"coco", "label-studio", "yolo"}}
"""Tool -> the formats that it reads from us."""
WRITES = {"label-studio-sdk": {"coco", "voc", "yolo"}}
"""Tool -> the formats that it writes, here of our tasks, and we read."""
NAMES = ("wild boar", "cat", "dog")
BOXES = {
    "one.png": ((40, 30), [(1, (1, 3, 11, 18)), (2, (0, 0, 40, 30))]),
    "two.png": ((24, 36), [(0, (3, 9, 9, 27))]),
}
"""Picture -> (size, [(class, box)]); what its VOC, cut to whole pixels, can hold."""


def dataset(root: Path) -> Dataset:
    root.mkdir()
    items = []
    for name, (size, rows) in BOXES.items():
        Image.new("RGB", size).save(root / name)
        table = Annotations.of(labels=[k for k, _ in rows], boxes=[box for _, box in rows])
        items.append(Item(name, size, table))
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def same(found: Dataset) -> None:
    """Whether they are the boxes; Label Studio puts digits before the names of pictures."""
    names = [label.name for label in found.labels]
    told = {item.path.rpartition("_")[2].rpartition("/")[2]: item for item in found.items}
    assert sorted(told) == sorted(BOXES)
    for name, (size, rows) in BOXES.items():
        table = told[name].annotations
        assert table is not None
        assert told[name].size == size
        assert [names[k] for k in table.labels] == [NAMES[k] for k, _ in rows]
        np.testing.assert_allclose(table.boxes, [box for _, box in rows], atol=3e-5)


def tasks(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """The boxes as we write them, with the numbers that Label Studio gives when it imports."""
    options = {"rows": "annotations", "image_prefix": "https://pictures.example/"}
    assert not formats.write(
        dataset(folder / "pictures"), folder / "tasks.json", "label-studio", options
    ).by_kind
    found = json.loads((folder / "tasks.json").read_text())
    for number, task in enumerate(found, 1):
        task["id"] = task["annotations"][0]["id"] = number
        task["annotations"][0]["completed_by"] = 1
    return (folder / "label_config.xml").read_text(), found


@pytest.mark.parametrize("name", sorted(WRITES["label-studio-sdk"]))
def test_what_it_exports_of_our_tasks_is_read(name: str, sdk: Oracle, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for place, text in sdk("export", *tasks(tmp_path), name.upper()).items():
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).write_text(text)
        if Path(place).stem.endswith(("one", "two")):  # pictures are called as their labels are
            picture = out / "images" / f"{Path(place).stem}.png"
            picture.parent.mkdir(exist_ok=True)
            shutil.copyfile(
                tmp_path / "pictures" / f"{picture.stem.rpartition('_')[2]}.png", picture
            )
    assert formats.sniff(out) == name
    same(formats.read(out))


@pytest.mark.parametrize("name", sorted(READS["label-studio-sdk"] - {"label-studio"}))
def test_what_it_makes_of_our_files_is_read(name: str, sdk: Oracle, tmp_path: Path) -> None:
    source = tmp_path / ("set.json" if name == "coco" else "set")
    formats.write(dataset(tmp_path / "pictures"), source, name)
    if name == "yolo":  # it wants Label Studio's own layout of YOLO
        (source / "classes.txt").write_text("".join(f"{name}\n" for name in NAMES))
    out = tmp_path / "made.json"
    sdk("imported", name, str(source), str(out))
    same(formats.read(out, options={"images": str(tmp_path / "pictures")}))
