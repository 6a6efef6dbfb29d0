"""Repairs: what can be put right is, is told, and nothing else is changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from coco_files import coco
from dataset_strategies import Wanted, datasets
from hypothesis import given, settings
from PIL import Image
from pycocotools.coco import COCO
from shapely import Polygon
from small_sets import SIZE, boxes, named, of

import formats
from formats.annotations import Annotations
from formats.columns import COLUMNS, Kind
from formats.dataset import Dataset, Item
from formats.inspection import inspect, repaired
from geometry import masks
from geometry.rings import Rings
from prelabel.commands import run


def one(table: Annotations, size: tuple[int, int] | None = SIZE) -> Dataset:
    return of(named("cat", "dog"), [Item("a.jpg", size, table)])


def table_of(dataset: Dataset) -> Annotations:
    (item,) = repaired(dataset).items
    assert item.annotations is not None
    return item.annotations


def test_boxes() -> None:
    sides = [
        [5, 5, 9, 9],
        [9, 9, 4, 5],
        [1, 1, 1, 9],
        [200, 1, 209, 9],
        [95, 70, 120, 99],
        [5, 5, 9, 9],
        [np.nan, 1, 2, 3],
        [105, 30, 90, 20],
    ]
    areas = np.arange(8.0)
    dataset = one(boxes(*[0] * 8, boxes=np.array(sides), areas=areas))
    found = table_of(dataset)
    assert found.boxes.tolist() == [
        [5, 5, 9, 9],
        [4, 5, 9, 9],
        [95, 70, 100, 80],
        [90, 20, 100, 30],
    ]
    assert found.areas is not None
    np.testing.assert_array_equal(found.areas, [0, 1, np.nan, np.nan])
    assert dataset.losses.notes == [
        "1 object with NaN or infinity: left out",
        "2 boxes with a negative side: corners swapped",
        "1 object outside the picture: left out",
        "1 object without area: left out",
        "2 objects beyond the edge of the picture: cut at the edge",
        "1 repeated object: left out",
    ]


def test_polygons_are_cut_as_shapely_cuts_them() -> None:
    ring = np.array([[90.0, 70], [120, 70], [105, 95]])
    rings = Rings.of([[[ring]], [[ring - 60]], [[np.array([[-9.0, -1], [-1, -9], [-9, 20]])]]])
    table = Annotations.of(
        3, kinds=[Kind.POLYGON] * 3, boxes=np.zeros((3, 4)) + [0, 0, 1, 1], rings=rings
    )
    found = table_of(one(table))
    assert found.rings is not None
    assert len(found) == 2
    expected = Polygon(ring).intersection(Polygon([(0, 0), (100, 0), (100, 80), (0, 80)]))
    assert Polygon(found.rings.row(0)[0][0]).equals(expected)
    assert found.boxes[0].tolist() == list(expected.bounds)
    np.testing.assert_array_equal(found.rings.row(1)[0][0], ring - 60)
    assert found.boxes[1].tolist() == [0, 0, 1, 1]


def test_rings_of_two_points_go_and_what_has_none_left_is_a_box() -> None:
    square = np.array([[0.0, 0], [9, 0], [9, 9]])
    rings = Rings.of([[[square, square[:2]], [square[:2]]], [[square[:2]]], []])
    kinds = [Kind.POLYGON] * 3
    sides = np.zeros((3, 4)) + [1, 1, 5, 5] + np.arange(3)[:, None]
    found = table_of(one(Annotations.of(3, kinds=kinds, boxes=sides, rings=rings)))
    assert found.rings is not None
    assert [len(row) for row in found.rings] == [1, 0, 0]
    assert len(found.rings.row(0)[0]) == 1
    assert found.kinds.tolist() == [Kind.POLYGON, Kind.BOX, Kind.BOX]


@pytest.mark.parametrize(
    ("stated", "box", "expected"),
    [
        ((40, 20), [1, 1, 9, 19], (20, 40)),
        ((40, 20), [1, 25, 9, 39], (20, 40)),
        ((40, 20), [25, 1, 39, 9], (40, 20)),
        (None, [1, 1, 9, 9], (20, 40)),
        ((41, 20), [1, 1, 9, 9], (41, 20)),
    ],
)
def test_sizes_are_those_of_turned_pictures_where_the_objects_fit(
    stated: tuple[int, int] | None, box: list[int], expected: tuple[int, int], tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    dataset = one(boxes(0, boxes=np.array([box], np.float64)), stated)
    found = next(repaired(replace(dataset, root=str(tmp_path))).items)
    assert found.size == expected
    assert found.annotations is not None
    assert found.annotations.boxes.tolist() == [box]


@pytest.mark.parametrize("drawn", [(20, 40), (40, 20)])
def test_a_mask_tells_in_which_frame_it_was_drawn(drawn: tuple[int, int], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    pixels = np.zeros(drawn[::-1], bool)
    pixels[2:5, 3:9] = True
    table = Annotations.of(
        1, kinds=[Kind.MASK], masks=[masks.encode(pixels)], boxes=np.array([[3.0, 2, 9, 5]])
    )
    found = next(repaired(replace(one(table, (40, 20)), root=str(tmp_path))).items)
    assert found.size == drawn


WHOLE = Wanted(columns=frozenset(COLUMNS) | {"rings"}, kinds=frozenset({Kind.BOX, Kind.POLYGON}))


@settings(max_examples=25)
@given(datasets(WHOLE))
def test_what_is_right_is_not_changed(dataset: Dataset) -> None:
    fixable = {p.name for p in inspect(dataset).problems if p.repair}
    before = [item.annotations for item in dataset.items]
    after = [item.annotations for item in repaired(dataset).items]
    assert len(before) == len(after)
    for a, b in zip(before, after, strict=True):
        assert (a is None) == (b is None)
        if a is None or b is None or fixable:
            continue
        for name, column in a.columns().items():
            other = b.columns()[name]
            assert isinstance(column, Rings) or repr([*column]) == repr([*other]), name
            assert not isinstance(column, Rings) or column == other


@settings(max_examples=25)
@given(datasets())
def test_a_repaired_set_needs_no_repair(dataset: Dataset) -> None:
    again = inspect(repaired(dataset)).problems
    of_ids = {"id-zero", "id-twice"}
    assert not {problem.name for problem in again if problem.repair} - of_ids


def test_the_verb_writes_what_pycocotools_can_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": 0, "bbox": [1, 1, 5, 5]},
        {"id": 3, "bbox": [9, 9, -4, -4]},
        {"id": 3, "bbox": [15, 5, 20, 20]},
        {"id": 4, "bbox": [1, 1, 5, 5]},
        {"id": 5, "bbox": [1, 1, 0, 5]},
    ]
    source = tmp_path / "a.json"
    source.write_text(json.dumps(coco(*rows)))
    before = source.read_bytes()
    out = tmp_path / "fixed.json"
    assert run(["info", str(source), "--fix", str(out)]) == 0
    err = capsys.readouterr().err
    assert "note: 1 box with a negative side: corners swapped" in err
    assert "note: 1 repeated object: left out" in err
    assert source.read_bytes() == before
    found = COCO(str(out))
    assert sorted(row["bbox"] for row in found.anns.values()) == [
        [1, 1, 5, 5],
        [5, 5, 4, 4],
        [15, 5, 5, 5],
    ]
    assert min(found.anns) > 0
    assert run(["info", str(source), "--fix", str(out)]) == 3
    assert run(["info", str(out), "--strict"]) == 0
    assert run(["info", str(source), "--fix", str(tmp_path / "y"), "--to", "yolo"]) == 0
    assert formats.sniff(tmp_path / "y") == "yolo"
