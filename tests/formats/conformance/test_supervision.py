"""supervision loads what is written here, and what it saves is read here: the same objects."""

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
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

pytestmark = pytest.mark.tools

READS = {"coco", "createml", "labelme", "voc", "yolo", "yolo-seg"}
"""Formats that supervision reads from us."""
POLYGONS = {"coco", "voc", "yolo-seg"}
"""Those whose polygons it turns into masks."""
WRITES = {"coco", "createml", "labelme", "voc", "yolo"}
"""Formats that supervision writes and we read."""
PLACES: dict[str, dict[str, str]] = {
    "coco": {"images": "images", "annotations": "annotations/instances_default.json"},
    "createml": {"images": "images", "annotations": "_annotations.createml.json"},
    "labelme": {"images": ".", "annotations": "."},
    "voc": {"images": "JPEGImages", "annotations": "Annotations"},
    "yolo": {"images": "images", "annotations": "labels", "data": "data.yaml"},
}
"""Where the parts of a set lie below its folder, for supervision's arguments."""
SORTED = {"createml", "labelme", "voc"}
"""Formats without a list of classes that supervision reads: it sorts their names."""
TOLERANCE = {"yolo": 0.01}
"""Pixels; supervision's boxes are float32."""
NAMES = ("wild boar", "cat", "dog")
SIZE = (40, 30)
BOXES: dict[str, list[tuple[int, tuple[float, ...]]]] = {
    "one.png": [(1, (1.25, 2.5, 11.75, 20.25)), (2, (0.0, 0.0, 40.0, 30.0))],
    "two.png": [(0, (3.5, 4.25, 9.0, 29.75))],
    "none.png": [],
}
"""Picture -> [(class, box)]."""
WHOLE = {
    name: [(k, tuple(map(float, np.round(box)))) for k, box in rows] for name, rows in BOXES.items()
}
"""The same in whole pixels, to which supervision rounds in VOC."""
RINGS = {
    "one.png": [
        (1, [[2, 3], [12, 3], [12, 9], [2, 9]]),
        (2, [[20, 2], [38, 2], [38, 28], [30, 28]]),
    ],
    "two.png": [(0, [[3, 4], [9, 4], [9, 20]])],
}
"""Picture -> [(class, corners)]."""
Found = dict[str, list[tuple[str, list[float]]]]


@pytest.fixture(scope="module")
def supervision(tool: Callable[[str], Oracle]) -> Oracle:
    return tool("supervision_calls")


def placed(root: Path, tables: dict[str, Annotations]) -> Dataset:
    """A data set of some tables with pictures in a folder."""
    root.mkdir(parents=True)
    for name in tables:
        Image.new("RGB", SIZE).save(root / name)
    items = [Item(name, SIZE, table) for name, table in tables.items()]
    return Dataset.of([Label(name) for name in NAMES], items, root=str(root))


def boxed(rows: list[tuple[int, tuple[float, ...]]]) -> Annotations:
    boxes = np.reshape([box for _, box in rows], (-1, 4))
    return Annotations.of(len(rows), labels=[k for k, _ in rows], boxes=boxes)


def paths(folder: Path, name: str) -> dict[str, str]:
    return {part: str(folder / place) for part, place in PLACES[name].items()}


def same(found: Found, wanted: dict[str, Any], tolerance: float) -> None:
    assert sorted(found) == sorted(wanted)
    for name, rows in wanted.items():
        assert [label for label, _ in found[name]] == [NAMES[k] for k, _ in rows]
        boxes, truth = ([box for _, box in side] for side in (found[name], rows))
        np.testing.assert_allclose(
            np.reshape(boxes, (-1, 4)), np.reshape(truth, (-1, 4)), rtol=0, atol=tolerance
        )


@pytest.mark.parametrize("name", sorted(READS - {"yolo-seg"}))
def test_supervision_reads_our_boxes(name: str, supervision: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "set"
    source = placed(tmp_path / "pictures", {k: boxed(rows) for k, rows in BOXES.items()})
    assert not formats.write(source, target, name)
    if name in ("coco", "createml"):
        (target / "images").symlink_to(tmp_path / "pictures")
    found = supervision("read", name, paths(target, name))
    assert found["labels"] == (sorted(NAMES) if name in SORTED else list(NAMES))
    assert {entry["size"][0] for entry in found["images"].values()} == {SIZE[0]}
    told = {k: [(o["label"], o["box"]) for o in e["objects"]] for k, e in found["images"].items()}
    same(told, BOXES, TOLERANCE.get(name, 1e-4))


@pytest.mark.parametrize("name", sorted(POLYGONS))
def test_supervision_reads_our_polygons(name: str, supervision: Oracle, tmp_path: Path) -> None:
    tables = {k: _polygons(rows) for k, rows in RINGS.items()}
    target = tmp_path / "set"
    options = {"masks": "polygons"} if name == "voc" else {}
    assert not formats.write(placed(tmp_path / "pictures", tables), target, name, options)
    theirs = name.removesuffix("-seg")
    if name == "coco":
        (target / "images").symlink_to(tmp_path / "pictures")
    found = supervision("read", theirs, paths(target, theirs), {"force_masks": True})
    for picture, rows in RINGS.items():
        objects = found["images"][picture]["objects"]
        assert [one["label"] for one in objects] == [NAMES[k] for k, _ in rows]
        for one, (_, ring) in zip(objects, rows, strict=True):
            drawn = masks.decode(masks.from_rings([[np.array(ring, float)]], SIZE))
            theirs_ = np.array(one["rows"], dtype=bool)
            assert theirs_[drawn].all()
            # OpenCV fills the pixels that corners lie on, to the right and below too
            found_box = masks.bounds(masks.encode(theirs_)).tolist()
            assert found_box == [*np.min(ring, axis=0), *(np.max(ring, axis=0) + 1)]


def _polygons(rows: list[tuple[int, list[list[int]]]]) -> Annotations:
    rings = Rings.of([[[np.array(ring, float)]] for _, ring in rows])
    corners = [np.array(ring, float) for _, ring in rows]
    return Annotations.of(
        kinds=[Kind.POLYGON] * len(rows),
        labels=[k for k, _ in rows],
        rings=rings,
        boxes=[[*ring.min(axis=0), *ring.max(axis=0)] for ring in corners],
    )


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_supervision_saves_is_read_here(
    name: str, supervision: Oracle, tmp_path: Path
) -> None:
    rows = WHOLE if name == "voc" else BOXES
    folder = tmp_path / "set"
    for place in PLACES[name].values():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
    images = {
        k: {"size": SIZE, "objects": [{"label": NAMES[n], "box": box} for n, box in of]}
        for k, of in rows.items()
    }
    supervision("write", name, {"labels": NAMES, "images": images}, paths(folder, name))
    dataset = formats.read(folder, name)
    names = [label.name for label in dataset.labels]
    assert set(names) >= set(NAMES)
    found: Found = {}
    for item in dataset.items:
        assert item.size == SIZE
        table = Annotations.empty() if item.annotations is None else item.annotations
        found[Path(item.path).name] = [(names[r.label], r.box.tolist()) for r in table.rows()]
    same(found, rows, TOLERANCE.get(name, 1e-4))
