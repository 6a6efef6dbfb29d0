import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import FEW, arrays, floats, parts

from geometry import polygons
from geometry.rings import Rings
from geometry.tracks import Track, interpolate
from geometry.tracks.alignment import best_shift, matched_lines, matched_rings

AT = np.arange(1, 8)


@st.composite
def stars(draw):
    return draw(parts())[0]


def between(first, last, at=AT):
    """What is shown at frames `at` between rows (parts of rings) at frames 0 and 8."""
    return interpolate(Track.of([0, 8], rings=Rings.of([first, last])), at).rings


@FEW
@given(stars(), st.integers(0, 11), st.booleans(), arrays(2, -30.0, 30.0))
def test_a_ring_that_only_moves_keeps_its_shape_however_it_is_written(ring, turn, back, way):
    moved = np.roll(ring, turn, axis=0)[:: -1 if back else 1] + way
    shown = between([[ring]], [[moved]])
    for k, frame in enumerate(AT):
        wanted = shapely.Polygon(ring + way * (frame / 8))
        found = shapely.Polygon(shown.row(k)[0][0])
        assert found.symmetric_difference(wanted).area < 1e-6 * wanted.area + 1e-6


@FEW
@given(stars(), stars())
def test_both_rings_are_kept_and_the_count_is_constant(first, last):
    a, b = matched_rings(first, last)
    assert len(a) == len(b)
    assert len(a) <= len(first) + len(last)
    for found, ring in ((a, first), (b, last)):
        assert shapely.Polygon(found).symmetric_difference(shapely.Polygon(ring)).area < 1e-6
        apart = np.hypot(*(ring[:, None] - found).transpose(2, 0, 1)).min(axis=1)
        assert apart.max() < 1e-9
    counts = [len(row[0][0]) for row in between([[first]], [[last]])]
    assert counts == [len(a)] * len(AT)


@FEW
@given(stars(), stars())
def test_points_move_evenly(first, last):
    shown = between([[first]], [[last]])
    frames = np.array([row[0][0] for row in shown])
    np.testing.assert_allclose(np.diff(frames, n=2, axis=0), 0, atol=1e-9)


@FEW
@given(st.integers(3, 40), st.data())
def test_the_shift_is_the_best_of_all(count, data):
    a, b = (data.draw(arrays((count, 2), 0.0, 50.0)) for _ in range(2))
    assume(np.ptp(a, axis=0).min() > 1)
    shift, apart = best_shift(a, b)
    one, other = (ring - ring.mean(axis=0) for ring in (a, b))
    each = [((one - np.roll(other, -k, axis=0)) ** 2).sum() / count for k in range(count)]
    assert apart == pytest.approx(min(each), abs=1e-6)
    assert each[shift] == pytest.approx(min(each), abs=1e-6)


def square(x, y, side=10.0):
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])


def test_parts_and_holes_go_with_their_like():
    first = [[square(0, 0), square(2, 2, 4)], [square(50, 0), square(52, 2, 4)]]
    last = [[ring + 8 for ring in part] for part in first[::-1]]
    shown = between(first, last, [4])
    np.testing.assert_allclose(polygons.area(shown), 2 * (100 - 16))
    assert shown.row(0)[0][1][0].tolist() == [6, 6]
    np.testing.assert_allclose(polygons.bounds(shown), [[4, 4, 64, 14]])


def test_a_part_that_vanishes_is_bridged():
    shown = between([[square(0, 0)], [square(20, 0)]], [[square(0, 0, 30)]])
    assert [len(row) for row in shown] == [1] * len(AT)
    assert (polygons.area(shown) > 0).all()


def test_no_polygon_holds_what_was_there():
    assert between([[square(0, 0)]], []).row(3)[0][0].tolist() == square(0, 0).tolist()
    assert between([], [[square(0, 0)]]).counts().tolist() == [0] * len(AT)


@pytest.mark.parametrize("ring", [[[5.0, 5]], [[5.0, 5], [5, 5]], [[0.0, 0], [9, 0]]])
def test_rings_without_area_are_blended_too(ring):
    ring = np.array(ring)
    for first, last in ((ring, square(0, 0)), (square(0, 0), ring), (ring, ring + 4)):
        assert np.isfinite(between([[first]], [[last]]).points).all()


def test_lines_go_end_to_end():
    first, last = np.array([[0.0, 0], [10, 0], [10, 10]]), np.array([[20.0, 12], [12, 2], [2, 2]])
    a, b = matched_lines(first, last)
    assert a.tolist() == first.tolist()
    assert b.tolist() == last[::-1].tolist()
    track = Track.of([0, 8], rings=Rings.of([[[first]], [[last[:2]]]]), closed=False)
    shown = interpolate(track, AT)
    assert not shown.closed
    assert {len(row[0][0]) for row in shown.rings} == {3}


@FEW
@given(stars(), floats(0.5, 2.0))
def test_growing_keeps_the_outline_similar(ring, scale):
    shown = between([[ring]], [[np.roll(ring, 1, axis=0) * scale]], [4])
    wanted = shapely.Polygon(ring * (1 + scale) / 2)
    found = shapely.Polygon(shown.row(0)[0][0])
    assert found.symmetric_difference(wanted).area < 1e-6 * wanted.area + 1e-6
