"""Checks of objects, each against a row made wrong in that one way, and shapely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from dataset_strategies import datasets
from hypothesis import given, settings
from small_sets import SIZE

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset, Item, Label
from formats.inspection.rows import CHECKS, Rows
from geometry import masks, polygons
from geometry.rings import Rings

LABELS = (Label("man", keypoints=("l", "r")), Label("cat"))
GOOD = [1.0, 2.0, 11.0, 22.0]
NAN, INF = float("nan"), float("inf")


def row(**columns: Any) -> Annotations:
    return Annotations.of(1, **{"boxes": [GOOD]} | columns)


def polygon(*rings: list[float]) -> Annotations:
    shape = Rings.of([[[np.reshape(ring, (-1, 2))] for ring in rings]])
    bounds = np.nan_to_num(polygons.bounds(shape))
    return row(kinds=[Kind.POLYGON], rings=shape, boxes=bounds)


def mask(width: int, height: int, filled: bool = True) -> Annotations:
    return row(kinds=[Kind.MASK], masks=[masks.encode(np.full((height, width), filled))])


def turned(*five: float) -> Annotations:
    return row(kinds=[Kind.ROTATED], rotated=[five])


SQUARE = [0.0, 0, 10, 0, 10, 10, 0, 10]
TAG = row(kinds=[Kind.TAG], boxes=[[NAN] * 4])
CASES = [
    ("not-a-number", row(boxes=[[1, NAN, 3, 4]])),
    ("not-a-number", row(boxes=[[1, 2, INF, 4]])),
    ("not-a-number", polygon([0, 0, 1, 0, NAN, 1], SQUARE)),
    ("not-a-number", turned(5, 5, 2, 2, NAN)),
    ("no-place", row(boxes=[[NAN] * 4], kinds=[Kind.POINTS])),
    ("negative-box", row(boxes=[[9, 2, 4, 8]])),
    ("negative-box", row(boxes=[[4, 8, 9, 2]])),
    ("no-area", row(boxes=[[4, 4, 4, 9]])),
    ("no-area", turned(5, 5, 0, 2, 1)),
    ("no-area", mask(*SIZE, filled=False)),
    ("no-area", polygon([0, 0, 5, 0, 9, 0])),
    ("outside", row(boxes=[[100, 4, 104, 9]])),
    ("outside", row(boxes=[[4, -9, 9, 0]])),
    ("outside", polygon([200, 0, 210, 0, 210, 10])),
    ("over-edge", row(boxes=[[90, 4, 101, 9]])),
    ("over-edge", row(boxes=[[-1, 4, 9, 9]])),
    ("over-edge", polygon([90, 70, 101, 70, 95, 75])),
    ("few-points", polygon([0, 0, 5, 5])),
    ("few-points", polygon(SQUARE, [20, 20, 25, 25])),
    ("few-points", row(kinds=[Kind.POLYGON])),
    ("self-crossing", polygon([0, 0, 10, 10, 10, 0, 0, 10])),
    ("mask-size", mask(80, 100)),
    ("keypoint-outside", row(keypoints=[[[5, 5, 2], [101, 5, 1]]])),
    ("keypoint-count", row(keypoints=[[[5, 5, 2]] * 3])),
    ("score-range", row(scores=[1.5])),
    ("score-range", row(scores=[-0.1])),
]
FINE = [
    row(),
    TAG,
    row(scores=[1.0]),
    row(boxes=[[-0.4, 0, 100.4, 80.4]]),
    polygon(SQUARE),
    polygon(SQUARE, [20, 20, 30, 20, 25, 30]),
    mask(*SIZE),
    mask(*SIZE).with_columns(boxes=[[300, 300, 310, 310]]),
    turned(99, 79, 20, 10, 0.5),
    row(kinds=[Kind.POINTS], boxes=[[5, 5, 5, 5]], keypoints=[[[5, 5, 2], [0, 0, 0]]]),
    row(kinds=[Kind.LINE], boxes=[[5, 5, 9, 5]], rings=Rings.of([[[[[5, 5], [9, 5]]]]])),
    row(labels=[1], keypoints=[[[5, 5, 2]] * 3]),
    row(boxes=[[300, 300, 310, 310]], flags=[Flag.KEYFRAME | Flag.OUTSIDE]),
]


def found(table: Annotations, size: tuple[int, int] | None = SIZE) -> set[str]:
    rows = Rows(Chunk([Item("a.jpg", size)], table, np.ones(1, bool)), LABELS)
    return {name for name, check in CHECKS.items() if check(rows).any()}


@pytest.mark.parametrize(("name", "table"), CASES)
def test_what_is_wrong_is_found_and_nothing_else(name: str, table: Annotations) -> None:
    assert found(table) == {name}


@pytest.mark.parametrize("table", FINE)
def test_what_is_right_is_not_found(table: Annotations) -> None:
    assert not found(table)


def test_a_picture_of_unknown_size_has_no_edge() -> None:
    assert not found(row(boxes=[[900, 4, 1010, 9]]), None)
    assert not found(mask(3, 3), None)


def test_every_check_has_a_case() -> None:
    assert {name for name, _ in CASES} == CHECKS.keys() - {"duplicate-object", "two-classes"}


def test_rows_are_told_apart() -> None:
    tables = [table.with_columns(labels=[0]) for _, table in CASES]
    whole = Annotations.concat([*tables, *FINE])
    images = np.arange(len(whole), dtype=np.int32)
    items = [Item(f"{k}.jpg", SIZE) for k in range(len(whole))]
    rows = Rows(Chunk(items, whole.with_columns(images=images), np.ones(len(whole), bool)), LABELS)
    for name, check in CHECKS.items():
        expected = [k for k, (other, _) in enumerate(CASES) if other == name]
        assert np.flatnonzero(check(rows)).tolist() == expected


def test_repeated_objects() -> None:
    boxes = np.array([GOOD, GOOD, GOOD, [1, 2, 11, 22.5], GOOD, GOOD])
    table = Annotations.of(
        6,
        boxes=boxes,
        labels=np.array([0, 0, 1, 0, 0, 0], np.int32),
        images=np.array([0, 0, 0, 0, 1, 1], np.int32),
        tracks=np.array([-1, -1, -1, -1, 1, 2]),
    )
    rows = Rows(Chunk([Item("a", SIZE), Item("b", SIZE)], table, np.ones(2, bool)), LABELS)
    assert CHECKS["duplicate-object"](rows).tolist() == [False, True] + [False] * 4
    assert CHECKS["two-classes"](rows).tolist() == [False, False, True, False, False, False]


def test_shapes_of_one_box_are_not_the_same_object() -> None:
    triangles = [[0, 0, 10, 0, 10, 10], [0, 0, 10, 0, 0, 10], [0.0, 0, 10, 0, 10, 10]]
    table = Annotations.concat([polygon(ring) for ring in triangles])
    rows = Rows(Chunk([Item("a", SIZE)], table, np.ones(1, bool)), LABELS)
    assert CHECKS["duplicate-object"](rows).tolist() == [False, False, True]
    filled = Annotations.concat([mask(*SIZE), mask(*SIZE, filled=False), mask(*SIZE), TAG, TAG])
    rows = Rows(Chunk([Item("a", SIZE)], filled, np.ones(1, bool)), LABELS)
    assert CHECKS["duplicate-object"](rows).tolist() == [False, False, True, False, True]


@settings(max_examples=20)
@given(datasets())
def test_drawn_sets_are_whole_but_for_what_lies_on_the_edge(dataset: Dataset) -> None:
    for chunk in dataset.chunks():
        rows = Rows(chunk, dataset.labels)
        for name in ("not-a-number", "negative-box", "few-points", "mask-size", "score-range"):
            assert not CHECKS[name](rows).any()
        valid = ~CHECKS["self-crossing"](rows)
        for i in np.flatnonzero(chunk.annotations.kinds == Kind.POLYGON):
            parts = chunk.annotations.rings.row(i)  # type: ignore[union-attr]
            shape = shapely.MultiPolygon([(part[0], part[1:]) for part in parts])
            assert valid[i] == shape.is_valid
