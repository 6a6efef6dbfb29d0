"""Exact overlap of polygons from the crossings of their outlines, against shapely and pixels."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, floats, pictures
from strategies import rings as some_rings

from geometry import crossings, masks, polygons
from geometry.outlines import Outlines
from geometry.rings import Rings

ANY = st.one_of(some_rings(), some_rings(tangled=True))
SIZE = st.just((14, 11))


@pytest.fixture(autouse=True)
def _no_shortcut(monkeypatch):
    monkeypatch.setattr(polygons, "FEW", -1)


def shapelys(a, b):
    first, second = polygons.shapes(a), polygons.shapes(b)
    inter = shapely.area(shapely.intersection(first[:, None], second[None]))
    whole = shapely.area(first)[:, None] + shapely.area(second) - inter
    return np.divide(inter, whole, out=np.zeros_like(inter), where=inter > 1e-9)


def stars(count, corners, seed, spread=200.0):
    """Rings whose corners go up and down; most are not convex."""
    rng = np.random.default_rng(seed)
    angle = np.arange(corners) * (2 * np.pi / corners)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    reach = rng.uniform(5, 40, (count, 1, 1)) * rng.uniform(0.4, 1, (count, corners, 1))
    return Rings.of([[[ring]] for ring in rng.uniform(0, spread, (count, 1, 2)) + circle * reach])


@FEW
@given(ANY, ANY)
def test_iou_is_shapelys(a, b):
    np.testing.assert_allclose(polygons.iou(a, b), shapelys(a, b), atol=1e-6)


@pytest.mark.parametrize("corners", [3, 10, 60, 300])
@pytest.mark.parametrize("chunk", [50, 1 << 17])
def test_many_rings(monkeypatch, corners, chunk):
    monkeypatch.setattr(crossings, "CHUNK", chunk)
    a, b = stars(40, corners, 1), stars(35, corners, 2)
    wanted = shapelys(a, b)
    np.testing.assert_allclose(polygons.iou(a, b), wanted, atol=1e-12)
    i, j, iou = polygons.overlap_pairs(a, b, 0.2)
    np.testing.assert_array_equal(np.argwhere(wanted >= 0.2), np.column_stack([i, j]))
    np.testing.assert_allclose(iou, wanted[i, j], atol=1e-12)


@FEW
@given(st.lists(pictures(SIZE), min_size=1, max_size=3), st.lists(pictures(SIZE), max_size=3))
def test_outlines_along_pixel_edges_are_as_exact_as_the_pixels(a, b):
    a, b = ([masks.encode(picture) for picture in side] for side in (a, b))
    first, second = (Rings.of([masks.to_rings(mask) for mask in side]) for side in (a, b))
    np.testing.assert_allclose(polygons.iou(first, second), masks.iou(a, b), atol=1e-13)


@FEW
@given(some_rings(least=1), floats(-6.0, 6.0), st.integers(0, 20), st.booleans())
def test_a_ring_and_itself_moved_turned_and_written_otherwise(rings, angle, shift, back):
    other = Rings.of(
        [
            [
                [np.roll(ring[::-1] if back else ring, shift, axis=0) for ring in part]
                for part in row
            ]
            for row in rings
        ]
    )
    same = polygons.iou(rings, other)
    filled = polygons.area(rings) > 0
    np.testing.assert_allclose(np.diag(same)[filled], 1, atol=1e-12)
    np.testing.assert_allclose(same, polygons.iou(other, rings).T, atol=1e-12)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, s], [-s, c]])
    turned = polygons.iou(rings.moved(rings.points @ turn), other.moved(other.points @ turn))
    np.testing.assert_allclose(turned, same, atol=1e-9)


def test_equal_rows_have_exactly_1():
    many = stars(50, 12, 3)
    assert (np.diag(polygons.iou(many, many)) == 1).all()
    i, j, _ = polygons.overlap_pairs(many, many, 1.0)
    assert i.tolist() == j.tolist() == list(range(50))


def test_touching_squares_share_nothing():
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    moves = np.array([[10, 0], [0, 10], [-10, 0], [10, 10], [10, 5], [-10, -10]])
    around = Rings.of([[[square + move]] for move in moves])
    middle = Rings.of([[[square]]])
    assert polygons.iou(middle, around).tolist() == [[0] * 6]
    assert len(polygons.overlap_pairs(around, middle)[0]) == 0
    inside = Rings.of([[[square]], [[square / 2]], [[square / 2 + [5, 0]]], [[square / 2 + 2]]])
    assert polygons.iou(middle, inside).tolist() == [[1, 0.25, 0.25, 0.25]]
    assert polygons.iou(inside, middle).T.tolist() == [[1, 0.25, 0.25, 0.25]]


def test_one_crossed_ring_harms_no_other():
    many = stars(30, 8, 4)
    bow = np.array([[0.0, 0], [200, 200], [200, 0], [0, 200]])
    mixed = Rings.concat([many, Rings.of([[[bow]]])])
    np.testing.assert_array_equal(polygons.iou(mixed, many)[:30], polygons.iou(many, many))
    np.testing.assert_allclose(polygons.iou(mixed, mixed), shapelys(mixed, mixed), atol=1e-12)


def test_groups_keep_pairs_apart():
    many, kinds = stars(40, 9, 5), np.arange(40) % 3
    i, j, _ = polygons.overlap_pairs(many, many, 0.1, (kinds, kinds))
    same = (polygons.iou(many, many) >= 0.1) & (kinds[:, None] == kinds)
    np.testing.assert_array_equal(np.argwhere(same), np.column_stack([i, j]))


def test_far_from_the_origin_nothing_is_lost():
    a, b = stars(20, 15, 6), stars(20, 15, 7)
    near = polygons.iou(a, b)
    far = polygons.iou(a.moved(a.points + 1e6), b.moved(b.points + 1e6))
    np.testing.assert_allclose(far, near, atol=1e-8)


def test_areas_of_outlines_are_shapelys():
    many = stars(200, 11, 8)
    areas = Outlines.of(many).row_areas(200)
    np.testing.assert_allclose(areas, polygons.area(many), rtol=1e-12)


def test_rings_that_are_none():
    short = Rings.of([[[[[0, 0], [1, 1]]]], [], [[[[0, 0], [5, 0], [5, 5]]]]])
    assert polygons.iou(short, short).tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert polygons.iou(Rings.empty(), short).shape == (0, 3)
    assert polygons.iou(Rings.empty(2), Rings.empty(1)).tolist() == [[0], [0]]
