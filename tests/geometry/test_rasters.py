"""Polygons to pixels, by pixel centres and by COCO's rasteriser."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from strategies import FEW, parts, tangles

from geometry import masks, polygons
from geometry.errors import GeometryError
from geometry.rings import Rings

SIZE = (41, 38)
CENTRES = np.stack(np.meshgrid(np.arange(41) + 0.5, np.arange(38) + 0.5), axis=-1)


def near_an_edge(rings):
    lines = shapely.MultiLineString([np.vstack([ring, ring[:1]]) for ring in rings])
    return shapely.distance(lines, shapely.points(CENTRES)) < 1e-6


@FEW
@given(st.lists(st.one_of(parts(), tangles().map(lambda ring: [ring])), max_size=3))
def test_pixels_are_those_whose_centre_is_inside(row):
    ours = masks.decode(masks.from_rings(row, SIZE))
    shape = polygons.shapes(Rings.of([row]))[0]
    theirs = shapely.contains_xy(shape, CENTRES[..., 0], CENTRES[..., 1])
    unsure = near_an_edge([ring for part in row for ring in part]) if row else False
    assert ((ours == theirs) | unsure).all()


@FEW
@given(st.lists(parts(), min_size=1, max_size=3))
def test_coco_rings_are_pycocotools_own(row):
    outer = [part[0] for part in row]
    rles = coco.frPyObjects([ring.ravel().tolist() for ring in outer], SIZE[1], SIZE[0])
    ours = masks.from_coco_rings([[ring] for ring in outer], SIZE)
    assert masks.to_coco_string(ours) == coco.merge(rles)["counts"].decode()


@FEW
@given(parts())
def test_holes_are_taken_out(part):
    solid = [masks.decode(masks.from_coco_rings([[ring]], SIZE)) for ring in part]
    wanted = solid[0] & ~np.any(solid[1:], axis=0) if len(part) > 1 else solid[0]
    np.testing.assert_array_equal(masks.decode(masks.from_coco_rings([part], SIZE)), wanted)


SQUARE = np.array([[2.0, 3], [6, 3], [6, 8], [2, 8]])


@pytest.mark.parametrize("read", [masks.from_rings, masks.from_coco_rings])
def test_whole_numbers_are_exact_and_parts_are_united(read):
    full = np.zeros((9, 12), dtype=bool)
    full[3:8, 2:8] = True
    row = [[SQUARE], [SQUARE + [2, 0]]]
    np.testing.assert_array_equal(masks.decode(read(row, (12, 9))), full)


@pytest.mark.parametrize("read", [masks.from_rings, masks.from_coco_rings])
@pytest.mark.parametrize("row", [[], [[]], [[SQUARE[:2]]], [[SQUARE[:1], SQUARE]]])
def test_less_than_three_points_are_nothing(read, row):
    assert masks.area(read(row, (12, 9))) == 0


@pytest.mark.parametrize("far", [1e5, 1e9, 1e15])
def test_coordinates_far_away_stay_bounded(far):
    ring = np.array([[-far, -far], [far, -far], [far, far], [-far, far]])
    assert masks.area(masks.from_coco_rings([[ring]], (12, 9))) == 108
    assert masks.area(masks.from_coco_rings([[ring + 3 * far]], (12, 9))) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("read", [masks.from_rings, masks.from_coco_rings])
def test_coordinates_that_are_no_numbers(read, value):
    ring = SQUARE.copy()
    ring[1, 0] = value
    with pytest.raises(GeometryError, match="expected finite pixels"):
        read([[SQUARE], [ring]], (12, 9))
