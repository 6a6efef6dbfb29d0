import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, rings

from geometry import areas, polygons
from geometry.bridges import bridged
from geometry.rings import Rings
from geometry.unbridged import separated

SQUARE = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
CELLS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=6, unique=True
)
TURNS = st.lists(st.booleans(), min_size=6, max_size=6)


def tiles(cells, turns):
    """Squares of 10 pixels that do not touch, some walked the other way."""
    found = [SQUARE + np.multiply(cell, 20) for cell in cells]
    return [ring[::-1] if turn else ring for ring, turn in zip(found, turns, strict=False)]


@FEW
@given(rings(least=1))
def test_as_shapely_has_it(found):
    np.testing.assert_allclose(areas.area(found), shapely.area(polygons.shapes(found)), atol=1e-9)


@FEW
@given(rings(least=1, tangled=True))
def test_rings_that_cross_as_shapely_has_them(found):
    np.testing.assert_allclose(areas.area(found), shapely.area(polygons.shapes(found)), atol=1e-9)


@FEW
@given(CELLS, TURNS, st.integers(0, 40))
def test_bridged_rings_have_the_area_of_their_parts(cells, turns, start):
    parts = tiles(cells, turns)
    ring = np.roll(bridged(parts), start, axis=0)
    assert areas.area(Rings.of([[[ring]]]))[0] == pytest.approx(100 * len(cells))


@FEW
@given(CELLS, st.integers(0, 40))
def test_holes_on_bridges_are_cut_out(cells, start):
    holes = [SQUARE[::-1] + np.multiply(cell, 20) + 5 for cell in cells]
    ring = np.roll(bridged([SQUARE * 12, *holes]), start, axis=0)
    assert areas.area(Rings.of([[[ring]]]))[0] == pytest.approx(120 * 120 - 100 * len(cells))


@FEW
@given(CELLS, TURNS, st.integers(0, 40))
def test_bridges_are_taken_out_again(cells, turns, start):
    parts = tiles(cells, turns)
    ring = np.roll(bridged(parts), start, axis=0)
    found = separated(np.concatenate([ring, SQUARE]), np.array([len(ring), 4]))
    loops = [loop for (loop,) in found.row(0) if len(loop) > 2]
    covered = shapely.union_all(shapely.polygons([*loops]) if len({*map(len, loops)}) == 1 else [
        shapely.Polygon(loop) for loop in loops
    ])  # fmt: skip
    expected = shapely.union_all([shapely.Polygon(part) for part in parts])
    assert shapely.area(shapely.symmetric_difference(covered, expected)) == pytest.approx(0)
    np.testing.assert_array_equal(found.row(1)[0][0], SQUARE)


def test_bridges_that_cross_stay():
    ring = np.array([[0, 0], [4, 0], [4, 4], [0, 0], [4, 4], [4, 0.0]])
    found = separated(ring, np.array([6]))
    assert sum(len(loop) for (loop,) in found.row(0)) == 6
    assert areas.area(Rings.of([[[ring]]]))[0] == pytest.approx(
        shapely.area(polygons.shapes(Rings.of([[[ring]]])))[0]
    )


def test_no_rows_and_rows_without_points():
    assert areas.area(Rings.empty()).tolist() == []
    assert areas.area(Rings.of([[], [[SQUARE]], [[SQUARE[:2]]]])).tolist() == [0, 100, 0]


@pytest.mark.parametrize("start", range(12))
def test_squares_that_bridges_join_need_no_shapely(start, monkeypatch):
    asked = []
    monkeypatch.setattr(areas, "valid", lambda found: asked.extend(found) or np.ones(0, bool))
    parts = tiles([(0, 0), (1, 1), (2, 0), (0, 2)], [False, True, True, False])
    ring = np.roll(bridged(parts), start, axis=0)
    assert areas.area(Rings.of([[[ring]]]))[0] == pytest.approx(400)
    assert asked == []
