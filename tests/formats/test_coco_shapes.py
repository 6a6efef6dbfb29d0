"""Shapes in COCO: holes, crowds, run lengths, rotated boxes, and what COCO cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coco_files import SQUARE, coco, table
from pycocotools.coco import COCO

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks
from geometry.rings import Rings

USUAL = {"id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd"}


def test_holes_are_written_as_run_lengths(tmp_path: Path) -> None:
    outer = np.array([[2, 2], [12, 2], [12, 12], [2, 12]], dtype=float)
    hole = np.array([[5, 5], [9, 5], [9, 9], [5, 9]], dtype=float)
    rings = Rings.of([[[outer, hole]], [[outer]]])
    shapes = Annotations.of(2, kinds=[Kind.POLYGON] * 2, boxes=[[2, 2, 12, 12]] * 2, rings=rings)
    target = tmp_path / "t.json"
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (20, 20), shapes)])
    losses = formats.write(dataset, target, "coco")
    assert [loss.what for loss in losses] == ["polygon with holes, written as a mask"]
    with_hole, whole = COCO(target).loadAnns([1, 2])
    assert with_hole["area"] == 100 - 16
    assert isinstance(whole["segmentation"], list)


def test_what_a_row_has_besides_its_kind_is_reported(tmp_path: Path) -> None:
    shapes = Annotations.of(
        3,
        kinds=[Kind.BOX, Kind.ELLIPSE, Kind.LINE],
        boxes=[[0, 0, 4, 4]] * 3,
        rotated=[[np.nan] * 5, [2, 2, 4, 4, 0], [np.nan] * 5],
        rings=Rings.of([[[[(0, 0), (4, 0), (4, 4)]]][0], [], [[[(0, 0), (4, 4)]]]]),
        masks=[masks.Mask(np.array([0, 16]), (4, 4)), None, None],
    )
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (9, 9), shapes)])
    losses = formats.write(dataset, tmp_path / "t.json", "coco")
    assert {loss.what: loss.count for loss in losses} == {
        "ellipse not kept as such": 1,
        "line not kept as such": 1,
        "polygon of a row of another kind": 1,
        "mask of a row of another kind": 1,
    }
    rows = json.loads((tmp_path / "t.json").read_text())["annotations"]
    assert [row["segmentation"] for row in rows] == [[], [], []]


def test_objects_without_numbers_are_left_out_and_counted(tmp_path: Path) -> None:
    sides = [[0, 0, 1, 1], [0, 0, np.nan, 1], [0, 0, np.inf, 1], [np.nan] * 4]
    shapes = Annotations.of(4, boxes=sides, kinds=[Kind.BOX] * 3 + [Kind.POINTS])
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (9, 9), shapes)])
    losses = formats.write(dataset, tmp_path / "t.json", "coco")
    assert [(loss.what, loss.count) for loss in losses] == [
        ("object without a place", 1),
        ("object with NaN or infinity", 2),
    ]
    assert len(json.loads((tmp_path / "t.json").read_text())["annotations"]) == 1


def test_no_ring_of_four_numbers_is_written(back: Callable[..., dict[str, Any]]) -> None:
    row = {"bbox": [1, 1, 4, 4], "segmentation": [SQUARE, [1, 1, 4, 4]]}
    assert back(coco(row))["annotations"][0]["segmentation"] == [SQUARE]


def test_crowd_regions_can_be_left_out(
    saved: Callable[[Any], Path], back: Callable[..., dict[str, Any]]
) -> None:
    crowd = {
        "bbox": [1, 1, 2, 2],
        "iscrowd": 1,
        "segmentation": {"counts": [200], "size": [10, 20]},
    }
    value = coco(crowd, {"bbox": [1, 1, 2, 2]})
    kept = back(value)["annotations"]
    assert [row["iscrowd"] for row in kept] == [1, 0]
    assert kept[0]["segmentation"] == crowd["segmentation"]
    assert [row["id"] for row in back(value, crowd="skip", overwrite=True)["annotations"]] == [2]


@pytest.mark.parametrize("crowd", [0, 1])
def test_run_lengths_keep_their_coding(crowd: int, back: Callable[..., dict[str, Any]]) -> None:
    counted = {"counts": [11, 2, 87], "size": [10, 10]}
    compressed = {"counts": masks.to_coco_string(masks.Mask(np.array([11, 2, 87]), (10, 10)))}
    compressed["size"] = [10, 10]
    rows = [{"segmentation": s, "iscrowd": crowd} for s in (counted, compressed)]
    found = back(coco(*rows))["annotations"]
    assert [row["segmentation"] for row in found] == [counted, compressed]
    assert not any(set(row) - USUAL for row in found)


@pytest.mark.parametrize("to", ["native", "labelme", "datumaro", "voc"])
def test_the_coding_of_run_lengths_is_no_key_of_a_row(to: str, tmp_path: Path) -> None:
    row = {"segmentation": {"counts": [11, 2, 87], "size": [10, 10]}, "id": 1}
    source, other = tmp_path / "a.json", tmp_path / ("b.jsonl" if to == "native" else "b")
    source.write_text(json.dumps(coco(row)))
    losses = formats.convert(source, other, to, "coco")
    assert not [loss.what for loss in losses if "keys" in loss.what]
    again = tmp_path / "c.json"
    formats.convert(other, again, "coco", to)
    (found,) = json.loads(again.read_text())["annotations"]
    assert not set(found) - USUAL
    if to == "native":
        assert found["segmentation"] == row["segmentation"]


def test_rotated_boxes_are_polygons_with_their_numbers_beside(tmp_path: Path) -> None:
    five = [[10.0, 8.0, 6.0, 2.0, 0.5]]
    shapes = Annotations.of(1, kinds=[Kind.ROTATED], boxes=[[6.9, 5.7, 13.1, 10.3]], rotated=five)
    target = tmp_path / "t.json"
    formats.write(Dataset.of([Label("x")], [Item("a.jpg", (20, 20), shapes)]), target, "coco")
    row = COCO(target).loadAnns([1])[0]
    assert row["area"] == 12
    assert len(row["segmentation"][0]) == 8
    found = table(target)
    assert found.kinds.tolist() == [Kind.ROTATED]
    assert found.rings is None
    np.testing.assert_array_equal(found.rotated, five)


def test_corners_of_rotated_boxes_have_no_dust(tmp_path: Path) -> None:
    shapes = Annotations.of(
        2,
        kinds=[Kind.ROTATED] * 2,
        boxes=[[0, 0, 20, 20]] * 2,
        rotated=[[10.31, 7.105, 6.9, 2.3, 0]] * 2,
    )
    target = tmp_path / "t.json"
    formats.write(Dataset.of([Label("x")], [Item("a.jpg", (20, 20), shapes)]), target, "coco")
    ((ring,), _) = [row["segmentation"] for row in COCO(target).loadAnns([1, 2])]
    assert ring == [6.86, 5.955, 13.76, 5.955, 13.76, 8.255, 6.86, 8.255]
    rows = json.loads(target.read_text())
    rows["annotations"][1]["segmentation"] = [[6.9, 5.7, 13.1, 5.7, 13.1, 8, 9, 10, 6.9, 8]]
    target.write_text(json.dumps(rows))
    assert table(target).kinds.tolist() == [Kind.ROTATED, Kind.POLYGON]
