"""Which shape a drawn box or points mean."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations, Kind
from geometry import masks, rotated
from geometry.rings import Rings
from server.protocols.label_studio import picking

BOXES = np.array([[0, 0, 40, 40], [10, 10, 20, 20], [50, 50, 60, 60]], dtype=float)


def table(boxes: np.ndarray = BOXES) -> Annotations:
    return Annotations.of(boxes=boxes)


def box(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=float)


NONE = np.zeros(3, dtype=bool)


class TestByBox:
    def test_the_best_overlap_counts(self) -> None:
        assert picking.by_box(table(), box(1, 1, 41, 41), NONE) == 0
        assert picking.by_box(table(), box(9, 9, 21, 20), NONE) == 1
        assert picking.by_box(table(), box(50, 48, 61, 60), NONE) == 2

    def test_a_loose_box_means_what_lies_in_it(self) -> None:
        assert picking.by_box(table(), box(45, 45, 65, 65), NONE) == 2
        assert picking.by_box(table(), box(41, 41, 99, 99), NONE) is None

    def test_what_only_touches_is_not_meant(self) -> None:
        assert picking.by_box(table(), box(55, 55, 70, 70), NONE) is None
        assert picking.by_box(table(), box(30, 0, 60, 40), NONE) is None

    def test_rows_of_the_wished_label_go_first(self) -> None:
        two = table(np.array([[0, 0, 10, 10], [0, 0, 12, 10], [0, 0, 99, 99]], dtype=float))
        drawn = box(0, 0, 10, 10)
        assert picking.by_box(two, drawn, np.array([False, False, False])) == 0
        assert picking.by_box(two, drawn, np.array([False, True, False])) == 1
        assert picking.by_box(two, drawn, np.array([False, False, True])) == 0

    def test_nothing_among_nothing(self) -> None:
        assert picking.by_box(Annotations.empty(), box(0, 0, 1, 1), np.zeros(0, bool)) is None
        tag = Annotations.of(1, kinds=[Kind.TAG])
        assert picking.by_box(tag, box(0, 0, 1, 1), np.zeros(1, bool)) is None


class TestByPoints:
    def test_the_smallest_that_holds_them(self) -> None:
        assert picking.by_points(table(), [(15, 15)], []) == 1
        assert picking.by_points(table(), [(5, 5)], []) == 0
        assert picking.by_points(table(), [(5, 5), (15, 15)], []) == 0
        assert picking.by_points(table(), [(55, 55)], []) == 2

    def test_none_that_holds_a_negative_one(self) -> None:
        assert picking.by_points(table(), [(15, 15)], [(12, 12)]) is None
        assert picking.by_points(table(), [(5, 5)], [(15, 15)]) is None
        assert picking.by_points(table(), [(15, 15)], [(5, 5)]) == 1

    def test_none_where_none_holds_all(self) -> None:
        assert picking.by_points(table(), [(5, 5), (55, 55)], []) is None
        assert picking.by_points(table(), [(45, 45)], []) is None
        assert picking.by_points(Annotations.empty(), [(1, 1)], []) is None

    def test_the_mask_counts_not_its_box(self) -> None:
        wide, small = np.zeros((2, 60, 60), bool)
        wide[:40, :40] = True
        wide[5:30, 5:30] = False
        small[10:20, 10:20] = True
        drawn = [masks.encode(wide), masks.encode(small)]
        both = Annotations.of(kinds=[Kind.MASK] * 2, boxes=BOXES[:2], masks=drawn)
        assert picking.by_points(both, [(15.5, 15.5)], []) == 1
        assert picking.by_points(both, [(6, 6)], []) is None
        assert picking.by_points(both, [(39.9, 39.9)], []) == 0


@given(st.integers(0, 2**32 - 1))
def test_holding_agrees_with_shapely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    star = 30 + (rng.uniform(5, 28, 7) * np.array([np.cos(angles), np.sin(angles)])).T
    five = np.array([30, 30, *rng.uniform(2, 40, 2), rng.uniform(0, 6)])
    pixels = rng.random((60, 60)) > 0.5
    outlines = [shapely.Polygon(star), shapely.Polygon(rotated.corners(five[None])[0])]
    bounds = [outline.bounds for outline in outlines]
    rows = Annotations.of(
        kinds=[Kind.POLYGON, Kind.ROTATED, Kind.MASK],
        boxes=np.array([*bounds, (0, 0, 60, 60)]),
        rings=Rings.of([[[star]], [], []]),
        rotated=np.array([[np.nan] * 5, five, [np.nan] * 5]),
        masks=[None, None, masks.encode(pixels)],
    )
    for x, y in rng.uniform(0, 60, (40, 2)):
        point = shapely.Point(x, y)
        expected = [*(outline.contains(point) for outline in outlines), pixels[int(y), int(x)]]
        edge = [outline.boundary.distance(point) < 1e-9 for outline in outlines]
        if not any(edge):
            assert picking.holding(rows, (x, y)).tolist() == expected


def test_a_hole_is_not_inside() -> None:
    outer = np.array([[0, 0], [40, 0], [40, 40], [0, 40]], dtype=float)
    hole = outer / 2 + 10
    rows = Annotations.of(kinds=[Kind.POLYGON], boxes=BOXES[:1], rings=Rings.of([[[outer, hole]]]))
    assert picking.holding(rows, (5, 5)).tolist() == [True]
    assert picking.holding(rows, (20, 20)).tolist() == [False]


@pytest.mark.parametrize("point", [(0, 0), (59.999, 59.999)])
def test_points_on_the_edge_of_the_picture(point: tuple[float, float]) -> None:
    full = masks.encode(np.ones((60, 60), bool))
    whole = np.array([[0.0, 0, 60, 60]])
    rows = Annotations.of(kinds=[Kind.MASK], boxes=whole, masks=[full])
    assert picking.by_points(rows, [point], []) == 0
