"""datumaro reads what is written here, and what it writes is read here: the same objects.

A format joins by its name in `READS` and `WRITES`, and by what datumaro calls it and where it
wants its pictures where that is not as usual.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
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

READS = {"cvat", "coco", "yolo"}
"""Formats that datumaro reads from us."""
WRITES = {"cvat", "coco"}
"""Formats that datumaro writes and we read."""
CALLED: dict[str, str] = {}
"""Our name of a format -> datumaro's, where it is another."""
CALLED_WHEN_WRITTEN: dict[str, str] = {}
"""The same for what datumaro writes."""
PICTURES = {"cvat": "images", "coco": "images/train"}
"""Where datumaro looks for the pictures, below the data set; not named: it does without."""
TOLERANCE = {"yolo": 0.006}
"""Pixels; datumaro rounds to 2 decimals, and YOLO's numbers are fractions of the picture."""
ROUNDED = 0.005001
NAMES = ("cat", "dog", "wild boar")
BOXES = {
    "one.png": ((40, 30), [(0, (1.25, 2.5, 11.75, 20.25)), (1, (0.0, 0.0, 40.0, 30.0))]),
    "two.png": ((24, 36), [(2, (3.5, 4.25, 9.0, 30.75))]),
    "none.png": ((16, 12), []),
}
"""Picture -> (size, [(class, box)])."""


@pytest.fixture(scope="module")
def datumaro(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("datumaro_calls")


def boxed(root: Path) -> Dataset:
    """The data set of `BOXES`, its pictures in a folder."""
    root.mkdir()
    items = []
    for name, (size, rows) in BOXES.items():
        Image.new("RGB", size).save(root / name)
        table = Annotations.of(
            len(rows), labels=[k for k, _ in rows], boxes=np.reshape([b for _, b in rows], (-1, 4))
        )
        items.append(Item(name, size, table, split="train"))
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def told() -> dict[str, Any]:
    """The same as datumaro's worker takes it."""
    images = {
        name: {
            "size": size,
            "split": "train",
            "objects": [{"label": NAMES[k], "box": box} for k, box in rows],
        }
        for name, (size, rows) in BOXES.items()
    }
    return {"labels": NAMES, "images": images}


def of_tool(found: dict[str, Any]) -> dict[str, list[tuple[str, list[float]]]]:
    """Class and box of what datumaro read, by the name of the picture without its ending."""
    return {
        Path(name).stem: [(o["label"], o["box"]) for o in entry["objects"] if o["type"] == "bbox"]
        for name, entry in found["images"].items()
    }


def of_ours(dataset: Dataset) -> dict[str, list[tuple[str, list[float]]]]:
    """The same of what we read."""
    names = [label.name for label in dataset.labels]
    return {
        Path(item.path).stem: [(names[row.label], row.box.tolist()) for row in table.rows()]
        for item in dataset.items
        if (table := item.annotations) is not None
    }


def same(found: dict[str, list[tuple[str, list[float]]]], tolerance: float) -> None:
    """Whether they are the objects of `BOXES`; a format may leave out a picture without any."""
    wanted = {Path(name).stem: rows for name, (_, rows) in BOXES.items()}
    assert {name for name, rows in wanted.items() if rows} <= set(found) <= set(wanted)
    for name, rows in found.items():
        assert sorted(label for label, _ in rows) == sorted(NAMES[k] for k, _ in wanted[name])
        boxes = np.reshape(sorted(box for _, box in rows), (-1, 4))
        truth = np.reshape(sorted(list(box) for _, box in wanted[name]), (-1, 4))
        np.testing.assert_allclose(boxes, truth, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", sorted(READS))
def test_datumaro_reads_what_is_written_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "written"
    losses = formats.write(boxed(tmp_path / "pictures"), target, name)
    assert not losses.by_kind
    if name in PICTURES:
        shutil.copytree(tmp_path / "pictures", target / PICTURES[name], dirs_exist_ok=True)
    found = datumaro("read", CALLED.get(name, name), str(target))
    assert [label for label in found["labels"] if label in NAMES] == list(NAMES)
    same(of_tool(found), TOLERANCE.get(name, ROUNDED))
    for picture, entry in found["images"].items():
        if entry["size"]:
            assert entry["size"] == list(BOXES[Path(picture).with_suffix(".png").name][0])


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_datumaro_writes_is_read_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    theirs = CALLED_WHEN_WRITTEN.get(name, CALLED.get(name, name))
    datumaro("write", theirs, told(), str(tmp_path / "theirs"), {"save_media": True})
    found = formats.read(tmp_path / "theirs", name)
    same(of_ours(found), TOLERANCE.get(name, ROUNDED))
    assert {label.name for label in found.labels} >= set(NAMES)
