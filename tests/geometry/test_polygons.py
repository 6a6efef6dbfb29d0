import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import FEW, floats, pictures
from strategies import rings as some_rings

from geometry import masks, polygons
from geometry.errors import GeometryError
from geometry.rings import Rings

ANY = st.one_of(some_rings(), some_rings(tangled=True))
SQUARE = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
BOW = np.array([[0.0, 0], [10, 10], [10, 0], [0, 10]])


def of(*rows):
    return Rings.of(rows)


def slowly(rings):
    """Every row as the union of its parts, one shapely call at a time.

    Lines that are drawn twice are left out of the tests: GEOS' repair counts them once.
    """
    wholes = []
    for row in rings:
        for part in row:
            lines = shapely.MultiLineString([np.vstack([ring, ring[:1]]) for ring in part])
            assume(abs(shapely.unary_union(lines).length - lines.length) < 1e-6)
        pieces = [shapely.make_valid(shapely.Polygon(part[0], part[1:])) for part in row]
        solid = [piece for piece in shapely.get_parts(pieces) if piece.area]
        wholes.append(shapely.union_all(solid) if solid else shapely.Polygon())
    return np.array([*wholes, None], dtype=object)[:-1]


def same_area(a, b, tolerance=1e-3):
    difference = shapely.area(shapely.symmetric_difference(a, b))
    np.testing.assert_allclose(difference, 0, atol=tolerance)


@FEW
@given(ANY)
def test_shapes_are_valid_and_cover_the_union(rings):
    shapes = polygons.shapes(rings)
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) <= {3, 6}
    same_area(shapes, slowly(rings))
    np.testing.assert_allclose(polygons.area(rings), shapely.area(slowly(rings)), atol=1e-6)


def test_one_crossed_ring_among_good_ones():
    rings = of([[SQUARE]], [[BOW]], [], [[SQUARE, SQUARE / 2 + 2]], [[SQUARE], [SQUARE + 5]])
    assert polygons.area(rings).tolist() == [100, 50, 0, 75, 175]
    assert polygons.valid(rings).tolist() == [True, False, False, True, False]


def test_lines_drawn_twice_bound_nothing():
    there_and_back = [[0, 0], [10, 0], [10, 10], [20, 10], [20, 20], [20, 10], [10, 10], [0, 10]]
    assert polygons.area(of([[there_and_back]]))[0] == 100
    twice_around = np.concatenate([SQUARE, SQUARE])
    assert polygons.area(of([[twice_around]]))[0] == 0


def test_what_is_wound_around_twice_is_outside():
    twice = np.concatenate([SQUARE, SQUARE[:1], SQUARE + 5, SQUARE[:1] + 5])
    assert polygons.area(of([[twice]]))[0] == pytest.approx(150)


HOLLOW = [
    pytest.param([[SQUARE[:2]]], 0, id="two points"),
    pytest.param([[[[0, 0], [5, 5], [9, 9]]]], 0, id="a line"),
    pytest.param([[SQUARE[:0]], [SQUARE]], 100, id="an empty ring"),
    pytest.param([[SQUARE, SQUARE[:2]]], 100, id="a hole of two points"),
    pytest.param([[SQUARE[:1], SQUARE]], 0, id="a hole in nothing"),
    pytest.param([[]], 0, id="a part without rings"),
    pytest.param([[[[0, 0], [np.nan, 1], [5, 5]]], [SQUARE]], 100, id="not a number"),
]


@pytest.mark.parametrize(("row", "area"), HOLLOW)
def test_rings_that_enclose_nothing_are_left_out(row, area):
    rings = of([[SQUARE]], row, [[SQUARE]])
    assert polygons.area(rings).tolist() == [100, area, 100]
    assert polygons.valid(rings).tolist() == [True, False, True]
    assert len(polygons.simplify(rings, 1.0)) == 3
    assert polygons.area(polygons.union(rings)).tolist() == [100, area, 100]
    assert polygons.area(polygons.clip(rings, (5, 5))).tolist() == [25, area / 4, 25]


@FEW
@given(ANY)
def test_valid_says_what_shapely_says(rings):
    def proper(row):
        whole = shapely.MultiPolygon([shapely.Polygon(part[0], part[1:]) for part in row])
        return bool(row) and whole.is_valid

    assert polygons.valid(rings).tolist() == [proper(row) for row in rings]


@FEW
@given(ANY)
def test_bounds_are_those_of_the_points(rings):
    ours = polygons.bounds(rings)
    for row, box in zip(rings, ours, strict=True):
        points = np.concatenate([ring for part in row for ring in part]) if row else None
        wanted = [np.nan] * 4 if points is None else [*points.min(axis=0), *points.max(axis=0)]
        np.testing.assert_array_equal(box, wanted)


@FEW
@given(ANY)
def test_clip_cuts_and_keeps_what_is_inside(rings):
    size = (30, 25)
    cut = polygons.clip(rings, size)
    assert len(cut) == len(rings)
    same_area(polygons.shapes(cut), shapely.intersection(slowly(rings), shapely.box(0, 0, *size)))
    box = polygons.bounds(cut)
    assert not ((box[:, :2] < 0) | (box[:, 2:] > size)).any()
    whole = polygons.bounds(rings)
    for kept in np.flatnonzero(((whole >= 0) & (whole <= [*size, *size])).all(axis=1)):
        assert cut[[kept]] == rings[[kept]]


def test_clip_to_a_size_of_its_own_each():
    rings = of([[SQUARE]], [[SQUARE]], [[SQUARE + 50]])
    cut = polygons.clip(rings, [(5, 10), (20, 20), (20, 20)])
    assert polygons.area(cut).tolist() == [50, 100, 0]
    assert cut.counts().tolist() == [1, 1, 0]
    assert polygons.clip(Rings.empty(), (5, 5)) == Rings.empty()


@FEW
@given(some_rings(), floats(0, 8))
def test_simplify_stays_near_and_never_collapses(rings, tolerance):
    thin = polygons.simplify(rings, tolerance)
    assert thin.counts().tolist() == rings.counts().tolist()
    assert (np.diff(thin.part_offsets) == np.diff(rings.part_offsets)).all()
    assert (np.diff(thin.ring_offsets) >= 3).all()
    assert (np.diff(thin.ring_offsets) <= np.diff(rings.ring_offsets)).all()
    pairs = zip([p for row in rings for p in row], [p for row in thin for p in row], strict=True)
    for before, after in pairs:
        assert shapely.Polygon(after[0], after[1:]).is_valid
        for old, new in zip(before, after, strict=True):
            outline = shapely.linestrings(np.vstack([new, new[:1]]))
            assert (shapely.distance(outline, shapely.points(old)) <= 2 * tolerance + 1e-9).all()


def test_simplify_takes_points_out():
    circle = np.arange(200)[:, None] * (np.pi / 100) + [0, np.pi / 2]
    thin = polygons.simplify(of([[50 * np.sin(circle)]]), 1.0)
    assert 8 <= len(thin.points) <= 30
    with pytest.raises(GeometryError, match="tolerance -1 pixels"):
        polygons.simplify(thin, -1)


@FEW
@given(ANY)
def test_union_is_proper(rings):
    whole = polygons.union(rings)
    assert (polygons.valid(whole) | (whole.counts() == 0)).all()
    same_area(polygons.shapes(whole), slowly(rings))


def test_from_shapes_takes_polygons_out_of_anything():
    hollow = shapely.Polygon(SQUARE, [SQUARE / 2 + 2])
    mixed = [
        hollow,
        None,
        shapely.GeometryCollection([shapely.Point(0, 0), shapely.MultiPolygon([hollow])]),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon(),
    ]
    rings = polygons.from_shapes(mixed)
    assert rings.counts().tolist() == [1, 0, 1, 0, 0]
    assert [len(ring) for ring in rings.row(0)[0]] == [4, 4]
    assert rings[[0]] == rings[[2]]
    assert polygons.from_shapes([]) == Rings.empty()


@FEW
@given(some_rings())
def test_to_masks_reads_row_by_row(rings):
    found = polygons.to_masks(rings, (40, 40))
    assert found.shape == (len(rings),)
    for row, mask in zip(rings, found, strict=True):
        assert mask == masks.from_coco_rings(row, (40, 40))


@FEW
@given(ANY, ANY)
def test_iou_is_shapelys(a, b):
    first, second = slowly(a), slowly(b)
    inter = shapely.area(shapely.intersection(first[:, None], second[None]))
    whole = shapely.area(first)[:, None] + shapely.area(second) - inter
    wanted = np.divide(inter, whole, out=np.zeros_like(inter), where=inter > 1e-9)
    ours = polygons.iou(a, b)
    np.testing.assert_allclose(ours, wanted, atol=1e-6)
    i, j, iou = polygons.overlap_pairs(a, b, 0.25)
    np.testing.assert_array_equal(np.transpose(np.nonzero(ours >= 0.25)), np.column_stack([i, j]))
    np.testing.assert_array_equal(iou, ours[i, j])


@FEW
@given(ANY)
def test_keyhole_fills_to_the_same_area(rings):
    shapes = polygons.shapes(rings)
    for row, shape in zip(rings, shapes, strict=True):
        ring = polygons.keyhole(row)
        if len(row) == 1 and len(row[0]) == 1:
            np.testing.assert_array_equal(ring, row[0][0])
        else:
            x, y = ring.T
            assert abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 == pytest.approx(shape.area)


@FEW
@given(pictures())
def test_keyhole_of_a_mask_reads_back_exactly(picture):
    mask = masks.encode(picture)
    ring = polygons.keyhole(masks.to_rings(mask))
    assert masks.from_rings([[ring]], mask.size) == mask
    assert masks.from_coco_rings([[ring]], mask.size) == mask


def test_keyhole_bridges_at_the_closest_corners():
    hole = np.array([[7.0, 7], [9, 7], [9, 9], [7, 9]])
    ring = polygons.keyhole([[SQUARE, hole]])
    assert ring.tolist() == [
        [0, 0], [10, 0], [10, 10], [9, 9], [9, 7], [7, 7], [7, 9], [9, 9], [10, 10], [0, 10]
    ]  # fmt: skip
    far = [[SQUARE], [SQUARE + [20, 0]], [SQUARE + [40, 0]]]
    assert len(polygons.keyhole(far)) == 12 + 4
    assert polygons.keyhole([]).shape == (0, 2)
