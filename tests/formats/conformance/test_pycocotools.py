"""pycocotools loads what is written here: boxes, masks, ignore regions, keypoints, results."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

READS = {"coco", "coco-results"}
"""Formats that pycocotools reads from us."""
SIZE = (40, 30)
IDS = (3, 7)
RING = np.array([[2.0, 2], [22, 2], [22, 18], [2, 18]])
HOLE = np.array([[6.0, 6], [6, 12], [12, 12], [12, 6]])
BOXES = np.array([[2.5, 3, 20.25, 28], [2, 2, 22, 18], [5, 4, 9, 9], [0, 0, 40, 10]])
POINTS = np.array([[4, 5, 2], [6, 7, 1], [0, 0, 0.0]])
SCORES = [0.9, 0.5, 0.75, 0.25]


def pixels() -> np.ndarray:
    found = np.zeros(SIZE[::-1], bool)
    found[4:9, 5:9] = True
    found[5, 6] = False
    return found


def shapes() -> Annotations:
    """A box with keypoints, a polygon with a hole, a mask and an ignore region."""
    keypoints = np.full((4, 3, 3), np.nan)
    keypoints[0] = POINTS
    return Annotations.of(
        kinds=[Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.BOX],
        labels=[0, 1, 1, 0],
        boxes=BOXES,
        rings=Rings.of([[], [[RING, HOLE]], [], []]),
        masks=[None, None, masks.encode(pixels()), None],
        keypoints=keypoints,
        flags=[0, 0, 0, Flag.CROWD],
        ids=[11, 12, 13, 14],
    )


def dataset(rows: Annotations) -> Dataset:
    labels = [Label("person", IDS[0], keypoints=("a", "b", "c"), bones=((0, 1),))]
    labels += [Label("field", IDS[1])]
    items = [Item("a.jpg", SIZE, rows, id=5), Item("b.jpg", SIZE, Annotations.empty(), id=9)]
    return Dataset.of(labels, items)


def loaded(path: Path) -> Any:
    coco = pytest.importorskip("pycocotools.coco")
    with contextlib.redirect_stdout(io.StringIO()):
        return coco.COCO(str(path))


def test_it_finds_the_objects_of_the_set(tmp_path: Path) -> None:
    formats.write(dataset(shapes()), tmp_path / "a.json", "coco")
    found = loaded(tmp_path / "a.json")
    assert [(c["id"], c["name"]) for c in found.loadCats(found.getCatIds())] == [
        (3, "person"),
        (7, "field"),
    ]
    assert found.cats[3]["skeleton"] == [[1, 2]]
    pictures = found.loadImgs(found.getImgIds())
    assert [(i["id"], i["file_name"], i["width"], i["height"]) for i in pictures] == [
        (5, "a.jpg", *SIZE),
        (9, "b.jpg", *SIZE),
    ]
    rows = found.loadAnns([11, 12, 13, 14])
    assert [(r["image_id"], r["category_id"], r["iscrowd"]) for r in rows] == [
        (5, 3, 0),
        (5, 7, 0),
        (5, 7, 0),
        (5, 3, 1),
    ]
    sides = [[x, y, x + w, y + h] for x, y, w, h in (row["bbox"] for row in rows)]
    np.testing.assert_allclose(sides, BOXES, rtol=0, atol=1e-9)
    assert (rows[0]["keypoints"], rows[0]["num_keypoints"]) == (POINTS.ravel().tolist(), 2)
    filled = np.zeros(SIZE[::-1], bool)
    filled[2:18, 2:22], filled[6:12, 6:12] = True, False
    np.testing.assert_array_equal(found.annToMask(rows[1]), filled)
    np.testing.assert_array_equal(found.annToMask(rows[2]), pixels())
    assert [row["area"] for row in rows[1:3]] == [filled.sum(), pixels().sum()]


def truth(path: Path) -> Path:
    """The boxes as a file of truth that is not written by this package."""
    rows = [
        {"id": k, "image_id": 5, "category_id": IDS[label], "iscrowd": 0}
        | {"bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0)}
        for k, (label, (x0, y0, x1, y1)) in enumerate(
            zip([0, 1, 1, 0], BOXES.tolist(), strict=True), 1
        )
    ]
    images = [{"id": 5, "file_name": "a.jpg", "width": 40, "height": 30}]
    categories = [{"id": n, "name": str(n)} for n in IDS]
    told = {"images": images, "annotations": rows, "categories": categories}
    path.write_text(json.dumps(told))
    return path


def test_results_score_as_they_should(tmp_path: Path) -> None:
    """The boxes with their classes and scores: perfect; every one is told with its own score."""
    boxes = Annotations.of(4, labels=[0, 1, 1, 0], boxes=BOXES, scores=SCORES)
    formats.write(dataset(boxes), tmp_path / "r.json", "coco-results")
    known = loaded(truth(tmp_path / "truth.json"))
    with contextlib.redirect_stdout(io.StringIO()):
        found = known.loadRes(str(tmp_path / "r.json"))
    rows = sorted(found.anns.values(), key=lambda row: SCORES.index(row["score"]))
    for row, wanted in zip(rows, sorted(known.anns.values(), key=lambda r: r["id"]), strict=True):
        assert (row["image_id"], row["category_id"]) == (5, wanted["category_id"])
        np.testing.assert_allclose(row["bbox"], wanted["bbox"], rtol=0, atol=1e-9)
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        scored = COCOeval(known, found, "bbox")
        for step in (scored.evaluate, scored.accumulate, scored.summarize):
            step()
    assert scored.stats[0] == pytest.approx(1)
