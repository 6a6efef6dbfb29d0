"""LabelMe opens what is written here, and what it writes is read here: the same shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
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
from formats.tables import table
from geometry import masks, rotated

pytestmark = pytest.mark.tools

READS = {"labelme"}
WRITES = {"labelme"}
SIZE = (40, 30)
RING = np.array([[2.5, 3], [20, 4.25], [15.75, 22]])
OTHER = np.array([[25.0, 5], [35, 5], [30, 15.5]])
FIVE = np.array([20.0, 15.0, 12.0, 6.0, 0.3])


@pytest.fixture(scope="module")
def labelme(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("labelme_calls")


def every_kind() -> Annotations:
    """A row of every kind that LabelMe has a shape for."""
    pixels = np.zeros(SIZE[::-1], dtype=bool)
    pixels[5:9, 7:20] = pixels[12, 9] = True
    line = np.array([[1.0, 2], [3, 4], [9, 2]])
    return table(
        [
            {"kinds": Kind.BOX, "labels": 0, "boxes": [1.5, 2, 30, 20.25], "scores": 0.5},
            {"kinds": Kind.POLYGON, "labels": 0, "rings": [[RING], [OTHER]], "boxes": [0.0] * 4},
            {"kinds": Kind.ROTATED, "labels": 1, "rotated": FIVE, "boxes": [0.0] * 4},
            {"kinds": Kind.ELLIPSE, "labels": 1, "rotated": [9, 9, 6, 6, 0], "boxes": [6.0] * 4},
            {"kinds": Kind.MASK, "labels": 1, "masks": masks.encode(pixels), "boxes": [0.0] * 4},
            {"kinds": Kind.LINE, "labels": 0, "rings": [[line]], "boxes": [0.0] * 4},
            {"kinds": Kind.POINTS, "labels": 1, "keypoints": [[4, 5, 2.0]], "boxes": [4.0] * 4},
            {"kinds": Kind.TAG, "labels": 2, "flags": Flag.DIFFICULT},
        ]
    )


def dataset(root: Path) -> Dataset:
    """One picture in a folder below the root, and one where nothing is."""
    items = [
        Item("a/one.png", SIZE, every_kind(), id=7),
        Item("none.png", SIZE, Annotations.empty()),
    ]
    for item in items:
        (root / item.path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE).save(root / item.path)
    return Dataset.of([Label("cat"), Label("dog"), Label("day")], items, root=str(root))


def test_labelme_opens_what_is_written_here(labelme: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "written"
    formats.write(dataset(tmp_path / "pictures"), target, "labelme")
    found = labelme("read", "labelme", str(target))["images"]
    assert list(found) == ["a/one.png", "none.png"]
    assert found["none.png"]["objects"] == []
    assert [entry["size"] for entry in found.values()] == [list(SIZE)] * 2
    assert found["a/one.png"]["flags"] == {"day": True}
    shapes = found["a/one.png"]["objects"]
    assert [(shape["label"], shape["type"]) for shape in shapes] == [
        ("cat", "rectangle"),
        ("cat", "polygon"),
        ("cat", "polygon"),
        ("dog", "oriented_rectangle"),
        ("dog", "circle"),
        ("dog", "mask"),
        ("cat", "linestrip"),
        ("dog", "point"),
    ]
    assert shapes[0]["points"] == [[1.5, 2], [30, 20.25]]
    assert [shape["points"] for shape in shapes[1:3]] == [RING.tolist(), OTHER.tolist()]
    assert shapes[1]["group"] == shapes[2]["group"] is not None
    assert [shape["group"] for shape in (shapes[0], *shapes[3:])] == [None] * 6
    np.testing.assert_allclose(shapes[3]["points"], rotated.corners(FIVE[None])[0])
    assert shapes[4]["points"][0] == [9, 9]
    assert np.hypot(*np.subtract(*shapes[4]["points"])) == pytest.approx(3)
    assert shapes[6]["points"] == [[1, 2], [3, 4], [9, 2]]
    assert shapes[7]["points"] == [[4, 5]]
    rows = every_kind()
    assert rows.masks is not None
    np.testing.assert_array_equal(shapes[5]["rows"], masks.decode(rows.masks[4]))


def test_parts_are_one_object_to_labelme(labelme: Oracle, tmp_path: Path) -> None:
    """Rows of one class and group stay apart, parts of one row do not."""
    ring = {"kinds": Kind.POLYGON, "labels": 0, "boxes": [0.0] * 4, "groups": 3}
    rows = [{**ring, "rings": [[RING], [OTHER]]}, {**ring, "rings": [[RING + [0, 6]]]}]
    whole = dataset(tmp_path / "pictures")
    item = Item("none.png", SIZE, table(rows))
    target = tmp_path / "written"
    formats.write(replace(whole, chunks=Dataset.of([], [item]).chunks), target, "labelme")
    numbers = np.array(labelme("instances", str(target / "none.json"), ["cat"]))
    assert set(np.unique(numbers)) == {0, 1, 2}
    assert numbers[4, 5] == numbers[8, 30] == 1
    assert numbers[26, 15] == 2
    back = next(formats.read(target, "labelme").items).annotations
    assert back is not None
    assert back.groups is not None
    assert back.groups.tolist() == [3, 3]


def told() -> list[dict[str, Any]]:
    """Shapes as LabelMe keeps them."""
    common = {"group_id": None, "description": "", "flags": {}, "mask": None}
    return [
        {"label": "cat", "points": [[9, 8.5], [1, 2]], "shape_type": "rectangle", **common},
        {"label": "cat", "points": RING.tolist(), "shape_type": "polygon", **common}
        | {"group_id": 4, "flags": {"torn": True}, "description": "left"},
        {"label": "cat", "points": OTHER.tolist(), "shape_type": "polygon", **common}
        | {"group_id": 4},
        {"label": "dog", "points": [[5, 6], [8, 10]], "shape_type": "circle", **common},
        {"label": "dog", "points": [[5, 6]], "shape_type": "point", **common},
    ]


def test_what_labelme_writes_is_read(labelme: Oracle, tmp_path: Path) -> None:
    Image.new("RGB", SIZE).save(tmp_path / "one.png")
    entry = {"size": SIZE, "flags": {"day": False}, "objects": told()}
    labelme("write", "labelme", {"images": {"one.png": entry}}, str(tmp_path))
    found = formats.read(tmp_path)
    (item,) = found.items
    assert formats.sniff(tmp_path) == "labelme"
    assert (item.path, item.size) == ("one.png", SIZE)
    assert item.extra == {"flags": {"day": False}}
    rows = item.annotations
    assert rows is not None
    assert [found.labels[k].name for k in rows.labels] == ["cat", "cat", "dog", "dog"]
    assert rows.kinds.tolist() == [Kind.BOX, Kind.POLYGON, Kind.ELLIPSE, Kind.POINTS]
    assert rows.boxes[0].tolist() == [1, 2, 9, 8.5]
    assert rows.keypoints is not None
    assert rows.keypoints[3, 0].tolist() == [5, 6, 2]
    row = rows.row(1)
    assert row.rings is not None
    assert [part[0].tolist() for part in row.rings] == [RING.tolist(), OTHER.tolist()]
    assert (row.group, row.attributes, row.extra) == (4, {"torn": True}, {"description": "left"})
    assert rows.rotated is not None
    np.testing.assert_allclose(rows.rotated[2, :4], [5, 6, 10, 10])
