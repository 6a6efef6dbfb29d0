import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, floats
from strategies import rotated as some_rotated

from geometry import boxes, rotated
from geometry.errors import GeometryError

QUARTER = np.pi / 2


def as_sets(corners):
    """Corners of each box in an order of their own, so only the set counts."""
    rounded = np.round(corners, 6) + 0.0
    return [sorted(map(tuple, quad.tolist())) for quad in rounded]


def same_boxes(a, b):
    for ours, theirs in zip(as_sets(rotated.corners(a)), as_sets(rotated.corners(b)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_corners_run_clockwise_from_the_top_left():
    upright = rotated.corners([[50.0, 40, 20, 10, 0]])[0]
    assert upright.tolist() == [[40, 35], [60, 35], [60, 45], [40, 45]]
    turned = rotated.corners([[50.0, 40, 20, 10, QUARTER]])[0]
    np.testing.assert_allclose(turned, [[55, 30], [55, 50], [45, 50], [45, 30]], atol=1e-12)


ANGLES = [k * np.pi / 4 for k in range(-4, 5)]


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("sides", [(20, 10), (10, 20), (10, 10)])
def test_round_trip_at_right_and_half_right_angles(sides, angle):
    box = np.array([[50.0, 40, *sides, angle]])
    back = rotated.from_corners(rotated.corners(box))
    np.testing.assert_allclose(back[0, :4], box[0, :4], atol=1e-12)
    assert np.cos(back[0, 4] - angle) == pytest.approx(1)
    same_boxes(back, box)
    same_boxes(rotated.canonical(box), box)
    same_boxes(rotated.from_polygon(rotated.corners(box)[0])[None], box)


@FEW
@given(some_rotated())
def test_corners_come_back_from_any_first_corner_and_winding(found):
    corners = rotated.corners(found)
    for start in range(4):
        for step in (1, -1):
            order = np.roll(np.arange(4)[::step], start)
            same_boxes(rotated.from_corners(corners[:, order]), found)


def test_corners_of_a_box_without_width_keep_its_angle():
    thin = np.array([[5.0, 5, 0, 8, 0.3]])
    np.testing.assert_allclose(rotated.from_corners(rotated.corners(thin)), thin, atol=1e-12)


@FEW
@given(some_rotated())
def test_canonical_is_one_way_to_write_a_box(found):
    one = rotated.canonical(found)
    assert (one[:, 2] >= one[:, 3]).all()
    assert (one[:, 4] >= -QUARTER).all()
    assert (one[:, 4] < QUARTER).all()
    same_boxes(one, found)


@FEW
@given(some_rotated())
def test_bounds_hold_the_corners(found):
    corners = rotated.corners(found)
    np.testing.assert_array_equal(
        rotated.bounds(found), np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
    )


@FEW
@given(some_rotated(), some_rotated())
def test_iou_is_shapelys(a, b):
    ours = rotated.iou(a, b)
    first, second = (shapely.polygons(rotated.corners(x)) for x in (a, b))
    theirs = shapely.area(shapely.intersection(first[:, None], second))
    union = rotated.area(a)[:, None] + rotated.area(b) - theirs
    # GEOS loses whole intersections of nearly equal boxes, so where it has none, ask the overlap
    # of the first, shrunk a little.
    wrong = np.abs(ours - theirs / union) > 1e-6
    for i, j in np.argwhere(wrong):
        smaller = shapely.affinity.scale(first[i], 0.9999, 0.9999)
        area = smaller.intersection(second[j]).area
        whole = rotated.area(a)[i] + rotated.area(b)[j] - area
        assert ours[i, j] == pytest.approx(area / whole, abs=2e-3)


@FEW
@given(some_rotated(least=1), st.integers(-3, 3), floats(-20, 20), floats(-20, 20))
def test_iou_of_a_box_with_itself_is_1_however_written(found, turns, dx, dy):
    other = found.copy()
    if turns % 2:
        other[:, 2:4] = other[:, 3:1:-1]
    other[:, 4] += turns * QUARTER
    np.testing.assert_allclose(rotated.pair_iou(found, other), 1, atol=1e-9)
    away = [dx, dy, 0, 0, 0]
    np.testing.assert_allclose(
        rotated.iou(found + away, found), rotated.iou(found, found - away), atol=1e-9
    )


@FEW
@given(some_rotated(), some_rotated())
def test_iou_is_symmetric(a, b):
    np.testing.assert_allclose(rotated.iou(a, b), rotated.iou(b, a).T, atol=1e-9)


@FEW
@given(some_rotated())
def test_iou_of_unrotated_boxes_is_that_of_boxes(found):
    found[:, 4] = 0
    upright = rotated.bounds(found)
    np.testing.assert_allclose(
        rotated.iou(found, found), boxes.iou(upright, upright), rtol=1e-9, atol=1e-9
    )


def test_twenty_thousand_equal_boxes_written_otherwise():
    rng = np.random.default_rng(0)
    count = 20_000
    box = np.column_stack([rng.uniform(0, 900, (count, 2)), rng.uniform(1, 90, (count, 2))])
    angle = rng.uniform(-np.pi, np.pi, count)
    one = np.column_stack([box, angle])
    other = np.column_stack([box[:, [0, 1, 3, 2]], angle + QUARTER])
    assert np.abs(rotated.pair_iou(one, other) - 1).max() < 1e-12


def test_boxes_that_share_an_edge_do_not_overlap():
    a = np.array([[0.0, 0, 10, 4, 0.7]])
    step = np.array([np.cos(0.7), np.sin(0.7)]) * 10
    assert rotated.pair_iou(a, a + [*step, 0, 0, 0])[0] < 1e-15


def test_a_box_without_area_has_no_iou():
    flat = np.array([[5.0, 5, 0, 8, 0.3]])
    assert rotated.iou(flat, flat).tolist() == [[0]]
    assert rotated.iou(np.empty((0, 5)), flat).shape == (0, 1)
    assert rotated.corners([]).shape == (0, 4, 2)
    assert rotated.from_corners(np.empty((0, 4, 2))).shape == (0, 5)


@FEW
@given(some_rotated(least=1, most=4))
def test_least_rectangle_holds_the_points_and_is_no_larger_than_geos(found):
    points = rotated.corners(found).reshape(-1, 2)
    least = rotated.from_polygon(points)
    window = shapely.Polygon(rotated.corners([least])[0]).buffer(1e-6)
    assert shapely.covers(window, shapely.MultiPoint(points))
    theirs = shapely.MultiPoint(points).minimum_rotated_rectangle.area
    assert least[2] * least[3] <= theirs * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize(
    ("points", "box"),
    [
        ([[3, 4]], [3, 4, 0, 0, 0]),
        ([[3, 4], [3, 4], [3, 4]], [3, 4, 0, 0, 0]),
        ([[0, 0], [10, 0]], [5, 0, 10, 0, 0]),
        ([[0, 0], [6, 8], [3, 4]], [3, 4, 10, 0, np.arctan2(8, 6)]),
    ],
)
def test_least_rectangle_of_points_on_a_line(points, box):
    np.testing.assert_allclose(rotated.from_polygon(points), box, atol=1e-12)


@pytest.mark.parametrize("angle", [k * np.pi / 12 for k in range(-24, 25)])
def test_upright_boxes_begin_at_the_top_left(angle):
    box = np.array([[50.0, 40, 20, 30, angle]])
    found = rotated.upright(box)
    same_boxes(found, box)
    assert abs(found[0, 4]) <= np.pi / 4 + 1e-12
    first, *others = rotated.corners(found)[0]
    assert all(first.sum() <= other.sum() + 1e-9 for other in others)


def test_an_upright_polygon_has_the_corners_of_its_box():
    points = [[10, 34], [10, 4], [30, 4], [30, 34]]
    found = rotated.corners(rotated.upright(rotated.from_polygon(points)[None]))[0]
    assert found.tolist() == [[10, 4], [30, 4], [30, 34], [10, 34]]


def test_no_rectangle_without_points():
    with pytest.raises(GeometryError, match="no points"):
        rotated.from_polygon([])


def test_shapes_that_are_no_rotated_boxes():
    with pytest.raises(GeometryError, match=r"\(2, 4\), expected \(N, 5\)"):
        rotated.corners(np.ones((2, 4)))


@FEW
@given(some_rotated(), some_rotated(), st.sampled_from([0.0, 0.3, 0.9]))
def test_pairs_are_those_of_the_matrix(a, b, threshold):
    first, second = np.arange(len(a)) % 2, np.arange(len(b)) % 2
    matrix = rotated.iou(a, b)
    wanted = (matrix > 0) & (matrix >= threshold)
    i, j, iou = rotated.overlap_pairs(a, b, threshold)
    np.testing.assert_array_equal(np.argwhere(wanted), np.column_stack([i, j]))
    np.testing.assert_array_equal(iou, matrix[i, j])
    i, j, _ = rotated.overlap_pairs(a, b, threshold, (first, second))
    wanted &= first[:, None] == second
    np.testing.assert_array_equal(np.argwhere(wanted), np.column_stack([i, j]))
