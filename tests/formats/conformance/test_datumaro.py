"""datumaro reads what is written here, and what it writes is read here: the same objects.

A format joins by its name in `READS` and `WRITES`, and by what datumaro calls it and where it
wants its pictures where that is not as usual.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tool_oracle import Oracle

import formats
from formats.annotations import Annotation, Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

pytestmark = pytest.mark.tools

READS = {"cvat", "coco", "datumaro", "voc", "yolo"}
"""Formats that datumaro reads from us."""
WRITES = {"cvat", "coco", "datumaro", "voc", "yolo"}
"""Formats that datumaro writes and we read."""
CALLED: dict[str, str] = {}
"""Our name of a format -> datumaro's, where it is another."""
CALLED_WHEN_WRITTEN: dict[str, str] = {}
"""The same for what datumaro writes."""
OPTIONS = {"voc": {"coordinate_mode": "voc-one-based"}}
"""What datumaro must be told when it reads; its own way with VOC is to begin at 0."""
WRITTEN = {"voc": {"images": "copy"}}
"""What we are told when we write: datumaro refuses links out of VOC's folder."""
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
Pictures = dict[str, tuple[list[int] | None, str, list[tuple[str, list[float]]]]]
"""Picture -> size, split, [(class, box)]."""


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


def of_tool(found: dict[str, Any]) -> Pictures:
    """What datumaro read, by the name of the picture without its ending."""
    return {
        Path(name).stem: (
            entry["size"],
            entry["split"],
            [(o["label"], o["box"]) for o in entry["objects"] if o["type"] == "bbox"],
        )
        for name, entry in found["images"].items()
    }


def of_ours(dataset: Dataset) -> Pictures:
    """The same of what we read."""
    names = [label.name for label in dataset.labels]
    return {
        Path(item.path).stem: (
            None if item.size is None else list(item.size),
            item.split,
            [(names[row.label], row.box.tolist()) for row in rows(item)],
        )
        for item in dataset.items
    }


def rows(item: Item) -> Iterable[Annotation]:
    """Those of a picture; none of one that a format does not tell from one without labels."""
    return () if item.annotations is None else item.annotations.rows()


def same(found: Pictures, tolerance: float) -> None:
    """Whether they are the pictures of `BOXES` with their objects; a size may not be told."""
    assert set(found) == {Path(name).stem for name in BOXES}
    for name, (wanted, truth) in BOXES.items():
        size, split, objects = found[Path(name).stem]
        assert size in (None, list(wanted))
        assert split == "train"
        assert sorted(label for label, _ in objects) == [NAMES[k] for k, _ in truth]
        boxes, sides = ([box for _, box in one] for one in (sorted(objects), truth))
        np.testing.assert_allclose(
            np.reshape(boxes, (-1, 4)), np.reshape(sides, (-1, 4)), rtol=0, atol=tolerance
        )


@pytest.mark.parametrize("name", sorted(READS))
def test_datumaro_reads_what_is_written_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    target = tmp_path / "written"
    losses = formats.write(boxed(tmp_path / "pictures"), target, name, WRITTEN.get(name))
    assert not losses.by_kind
    if name in PICTURES:
        shutil.copytree(tmp_path / "pictures", target / PICTURES[name], dirs_exist_ok=True)
    found = datumaro("read", CALLED.get(name, name), str(target), OPTIONS.get(name))
    assert [label for label in found["labels"] if label in NAMES] == list(NAMES)
    same(of_tool(found), TOLERANCE.get(name, ROUNDED))


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_datumaro_writes_is_read_here(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    theirs = CALLED_WHEN_WRITTEN.get(name, CALLED.get(name, name))
    datumaro("write", theirs, told(), str(tmp_path / "theirs"), {"save_media": True})
    found = formats.read(tmp_path / "theirs", name)
    same(of_ours(found), TOLERANCE.get(name, ROUNDED))
    assert {label.name for label in found.labels} >= set(NAMES)


def test_datumaro_reads_darknets_layout(datumaro: Oracle, tmp_path: Path) -> None:
    options = {"tree": "darknet", "images": "copy"}
    formats.write(boxed(tmp_path / "pictures"), tmp_path / "written", "yolo", options)
    found = datumaro("read", "yolo", str(tmp_path / "written"))
    assert found["labels"] == list(NAMES)
    same(of_tool(found), TOLERANCE["yolo"])


def test_ultralytics_layout_that_datumaro_writes_is_read(datumaro: Oracle, tmp_path: Path) -> None:
    """It wants both splits."""
    said = told()
    said["images"]["two.png"]["split"] = "val"
    datumaro("write", "yolo_ultralytics", said, str(tmp_path / "set"), {"save_media": True})
    assert formats.sniff(tmp_path / "set") == "yolo"
    found = of_ours(formats.read(tmp_path / "set"))
    assert {name: split for name, (_, split, _) in found.items()} == {
        "none": "train",
        "one": "train",
        "two": "val",
    }
    same({k: (size, "train", rows) for k, (size, _, rows) in found.items()}, TOLERANCE["yolo"])


SHAPED = {"cvat", "datumaro"}
"""Formats with every kind of shape that datumaro has."""
RING = [[1.0, 1.0], [9.5, 1.0], [9.5, 8.25]]
ROWS = np.random.default_rng(6).random((12, 16)) < 0.4
POINTS = {"cvat": [[1, 2, 2], [3.25, 4, 2]], "datumaro": [[1, 2, 2], [3.25, 4, 1]]}
"""What a format holds of points: CVAT tells the visibility of skeletons alone."""
SHAPES: list[dict[str, Any]] = [
    {"type": "bbox", "label": "dog", "box": [1.5, 2.0, 5.5, 6.25], "group": 3, "z_order": 2},
    {"type": "polygon", "label": "cat", "rings": [RING]},
    {"type": "polyline", "label": "cat", "points": np.ravel(RING).tolist()},
    {"type": "points", "label": "cat"},
    {"type": "mask", "label": "dog", "rows": ROWS.astype(int).tolist()},
    {"type": "label", "label": "dog"},
]


def shapes(name: str) -> list[dict[str, Any]]:
    """The shapes as datumaro tells them, for a format."""
    points = {"keypoints": POINTS[name]}
    return [{**one, **(points if one["type"] == "points" else {})} for one in SHAPES]


def shaped(name: str) -> Dataset:
    """The same shapes as a table."""
    kinds = [Kind.BOX, Kind.POLYGON, Kind.LINE, Kind.POINTS, Kind.MASK, Kind.TAG]
    rings = Rings.of([[], [[np.array(RING)]], [[np.array(RING)]], [], [], []])
    ring, whole = [1, 1, 9.5, 8.25], masks.bounds(masks.encode(ROWS))
    boxes = [[1.5, 2.0, 5.5, 6.25], ring, ring, [1, 2, 3.25, 4], whole, [np.nan] * 4]
    keypoints = np.full((6, 2, 3), np.nan)
    keypoints[3] = POINTS[name]
    table = Annotations.of(
        6,
        kinds=kinds,
        labels=[1, 0, 0, 0, 1, 1],
        boxes=boxes,
        rings=rings,
        keypoints=keypoints,
        masks=[None] * 4 + [masks.encode(ROWS), None],
        groups=[3] + [-1] * 5,
        extra=[{"z_order": 2}] + [{}] * 5,
    )
    return Dataset.of([Label("cat"), Label("dog")], [Item("sub/a.png", (16, 12), table)])


@pytest.mark.parametrize("name", sorted(SHAPED))
def test_datumaro_reads_every_shape(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    assert not formats.write(shaped(name), tmp_path / "written", name)
    (tmp_path / "written/images/sub").mkdir(parents=True)
    Image.new("RGB", (16, 12)).save(tmp_path / "written/images/sub/a.png")
    found = datumaro("read", name, str(tmp_path / "written"))
    (entry,) = found["images"].values()
    assert (list(found["images"]), entry["size"]) == (["sub/a.png"], [16, 12])
    assert [one["type"] for one in entry["objects"]] == [one["type"] for one in SHAPES]
    for one, wanted in zip(entry["objects"], shapes(name), strict=True):
        for key, value in wanted.items():
            close = key in ("box", "rings", "points", "keypoints")
            assert one[key] == (pytest.approx(np.array(value)) if close else value)


@pytest.mark.parametrize("name", sorted(SHAPED))
def test_every_shape_of_datumaro_is_read(name: str, datumaro: Oracle, tmp_path: Path) -> None:
    images = {"a.png": {"size": [16, 12], "objects": shapes(name)}}
    datumaro("write", name, {"labels": ["cat", "dog"], "images": images}, str(tmp_path / "theirs"))
    found = formats.read(tmp_path / "theirs", name)
    assert [label.name for label in found.labels] == ["cat", "dog"]
    (item,) = found.items
    (wanted,) = shaped(name).items
    assert item.size == wanted.size
    assert item.annotations is not None
    assert wanted.annotations is not None
    for a, b in zip(item.annotations.rows(), wanted.annotations.rows(), strict=True):
        assert (a.kind, a.label, a.group, a.extra) == (b.kind, b.label, b.group, b.extra)
        np.testing.assert_allclose(a.box, b.box)
        if b.rings is not None and b.kind in (Kind.POLYGON, Kind.LINE):
            np.testing.assert_allclose(a.rings[0][0], b.rings[0][0])
        if b.mask is not None:
            np.testing.assert_array_equal(masks.decode(a.mask), masks.decode(b.mask))
        if b.kind == Kind.POINTS:
            np.testing.assert_allclose(a.keypoints, b.keypoints)
