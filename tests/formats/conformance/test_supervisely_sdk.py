"""Supervisely's SDK reads what is written here, and what it writes is read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

pytestmark = [pytest.mark.tools, pytest.mark.sdks]

READS = {"supervisely"}
"""Formats that Supervisely's SDK reads from us."""
WRITES = {"supervisely"}
"""Formats that it writes and we read."""
SIZE = (40, 30)
NAMES = ("left", "right", "nose")
BOXES = [
    [3, 4, 13, 24],
    [2, 3, 20.5, 25.2],
    [4, 5, 30, 20],
    [10.5, 7.5, 20, 8],
    [5, 5, 40, 30],
]


@pytest.fixture(scope="module")
def sly(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("supervisely_calls")


def scene(root: Path) -> Dataset:
    """One object of every geometry that both know."""
    dense = np.zeros((30, 40), bool)
    dense[5:20, 4:30], dense[8:10, 8:12] = True, False
    square = np.array([[2, 3], [20.5, 3], [20.5, 25.2], [2, 25.2]])
    hole = np.array([[5, 6], [9, 6], [9, 12]])
    points = np.full((5, 3, 3), np.nan)
    points[3] = np.array([[10.5, 7.5, 2], [20, 8, 1], [0, 0, 0]])
    points[4] = np.array([[6.2, 7.9, 2], [0, 0, 0], [9, 9, 2]])
    kinds = [Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.POINTS, Kind.BOX]
    table = Annotations.of(
        5,
        kinds=kinds,
        boxes=[
            [3, 4, 13, 24],
            [2, 3, 20.5, 25.2],
            [4, 5, 30, 20],
            [10.5, 7.5, 20, 8],
            [5, 5, 40, 30],
        ],
        labels=[0, 1, 2, 3, 3],
        scores=[0.25, *[np.nan] * 4],
        rings=Rings.of([[], [[square, hole]], [], [], []]),
        masks=[None, None, masks.encode(dense), None, None],
        keypoints=points,
        flags=[0, Flag.OCCLUDED, 0, 0, 0],
        attributes=[{"count": 3, "old": True}, {"side": "left"}, {}, {}, {}],
    )
    table = Annotations.concat([table, Annotations.of(1, kinds=[Kind.TAG], labels=[1])])
    items = [
        Item("a/1.v2.jpg", SIZE, table, split="train"),
        Item("ü 2.png", SIZE, Annotations.empty(), split="val"),
    ]
    for item in items:
        (root / item.path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE).save(root / item.path)
    labels = [Label("car"), Label("field"), Label("blob"), Label("person", keypoints=NAMES)]
    return Dataset.of(labels, items, root=str(root))


def test_the_sdk_reads_the_same_objects(sly: Oracle, tmp_path: Path) -> None:
    formats.write(scene(tmp_path / "in"), tmp_path / "out", "supervisely")
    found = sly("read", "supervisely", str(tmp_path / "out"))
    assert found["labels"] == {
        "car": "rectangle",
        "field": "polygon",
        "blob": "bitmap",
        "person": "any",
    }
    assert sorted(found["images"]) == ["train/a/1.v2.jpg", "val/ü 2.png"]
    assert found["images"]["val/ü 2.png"] == {"size": list(SIZE), "tags": [], "objects": []}
    told = found["images"]["train/a/1.v2.jpg"]
    assert told["tags"] == [["field", None]]
    car, field, blob, person, box, inside = told["objects"]
    assert car["box"] == [3, 4, 12, 23]
    assert sorted(car["tags"]) == [["confidence", 0.25], ["count", 3], ["old", None]]
    assert field["rings"] == [[[2, 3], [20, 3], [20, 25], [2, 25]], [[5, 6], [9, 6], [9, 12]]]
    assert sorted(field["tags"]) == [["occluded", None], ["side", "left"]]
    rows = next(iter(scene(tmp_path / "again").items)).annotations
    assert rows is not None
    assert rows.masks is not None
    assert np.array_equal(np.array(blob["rows"], bool), masks.decode(rows.masks[2]))
    assert person["nodes"] == {"left": [10, 7, True], "right": [20, 8, False]}
    assert (box["geometry"], box["box"]) == ("rectangle", [5, 5, 39, 29])
    assert inside["nodes"] == {"left": [6, 7, True], "nose": [9, 9, True]}


WRITTEN: list[list[Any]] = [
    ["car", "rectangle", [3, 4, 12, 23], [["count", 2], ["side", "right"]]],
    ["field", "polygon", [[[2, 3], [20, 3], [20, 25]], [[5, 6], [9, 6], [9, 9]]], [["bare", None]]],
    ["blob", "bitmap", [[0, 1, 1], [0, 0, 1]], []],
    ["way", "line", [[[1, 2], [8, 9]]], []],
    ["spot", "point", [7, 8], []],
    ["person", "graph", [["a", 5, 6, True], ["b", 9, 9, False]], []],
]


def test_what_the_sdk_writes_is_read(sly: Oracle, tmp_path: Path) -> None:
    classes = [[title, shape, ["a", "b", "c"]] for title, shape, _, _ in WRITTEN]
    sly("write", classes, WRITTEN, SIZE, str(tmp_path / "set"))
    assert formats.sniff(tmp_path / "set") == "supervisely"
    dataset = formats.read(tmp_path / "set")
    assert [label.name for label in dataset.labels] == [title for title, *_ in WRITTEN]
    assert dataset.labels[5].keypoints == ("a", "b", "c")
    assert dataset.labels[5].bones == ((0, 1),)
    (item,) = dataset.items
    assert (item.path, item.split, item.size) == ("train/img/1.png", "train", SIZE)
    assert item.extra["tags"] == [{"name": "bare"}]
    rows = item.annotations
    assert rows is not None
    assert not dataset.losses
    assert rows.kinds.tolist() == [
        Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.LINE, Kind.POINTS, Kind.POINTS,
    ]  # fmt: skip
    assert rows.boxes[0].tolist() == [3, 4, 13, 24]
    assert dict(rows.row(0).attributes) == {"count": 2, "side": "right"}
    assert dict(rows.row(1).attributes) == {"bare": True}
    assert rows.rings is not None
    assert [ring.tolist() for ring in rows.rings.row(1)[0]] == [
        [[2.5, 3.5], [20.5, 3.5], [20.5, 25.5]],
        [[5.5, 6.5], [9.5, 6.5], [9.5, 9.5]],
    ]
    assert rows.masks is not None
    dense = np.zeros((30, 40), bool)
    dense[0, 1:3] = dense[1, 2] = True
    assert np.array_equal(masks.decode(rows.masks[2]), dense)
    assert rows.keypoints is not None
    assert rows.keypoints[4, 0].tolist() == [7.5, 8.5, 2]
    assert rows.keypoints[5, :3].tolist() == [[5.5, 6.5, 2], [9.5, 9.5, 1], [0, 0, 0]]
    formats.write(dataset, tmp_path / "again", "supervisely")
    assert sly("read", "", str(tmp_path / "again")) == sly("read", "", str(tmp_path / "set"))
