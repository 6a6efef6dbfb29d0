import numpy as np
import pytest
from hypothesis import given
from strategies import FEW, arrays
from strategies import boxes as some_boxes
from strategies import rotated as some_rotated

from geometry import boxes, keypoints, masks, polygons, rotated
from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks import Track, likeness
from geometry.tracks.fidelity import LONE


@FEW
@given(some_boxes(least=2, most=20))
def test_boxes_are_compared_by_iou(found):
    count = len(found) // 2
    a, b = (Track(np.arange(count), part) for part in (found[:count], found[count : 2 * count]))
    wanted = np.diag(boxes.iou(a.boxes, b.boxes))
    equal = (a.boxes == b.boxes).all(axis=1)
    np.testing.assert_allclose(likeness(a, b), np.where(equal, 1, wanted), atol=1e-12)
    assert (likeness(a, a) == 1).all()


@FEW
@given(some_rotated(least=1, most=6))
def test_rotated_boxes_are_compared_by_iou(found):
    a = Track.of(np.arange(len(found)), rotated=found)
    b = Track.of(a.frames, rotated=np.roll(found, 1, axis=0))
    np.testing.assert_allclose(likeness(a, b), rotated.pair_iou(a.rotated, b.rotated), atol=1e-9)
    assert (likeness(a, a) == 1).all()


def test_polygons_and_masks_are_compared_by_iou():
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    rings = Rings.of([[[square]], [[square + 5]], [[square], [square + 20]], []])
    other = Rings.of([[[square + 2]], [[square + 5]], [[square]], []])
    a, b = (Track.of(range(4), rings=column) for column in (rings, other))
    np.testing.assert_allclose(likeness(a, b), [64 / 136, 1, 0.5, 1])
    pictures = [polygons.to_masks(column, (40, 40)) for column in (rings, other)]
    a, b = (Track.of(range(4), masks=column) for column in pictures)
    wanted = [masks.iou([x], [y])[0, 0] for x, y in zip(*pictures, strict=True)]
    np.testing.assert_allclose(likeness(a, b), [*wanted[:3], 1])


@FEW
@given(arrays((5, 3, 2), 0.0, 60.0), arrays((5, 3, 2), -4.0, 4.0))
def test_keypoints_are_compared_by_oks(places, errors):
    a, b = (np.dstack([p, np.full((5, 3), 2.0)]) for p in (places + errors, places))
    sigmas = np.array([0.03, 0.1, 0.2])
    one, other = (Track.of(range(5), keypoints=points) for points in (a, b))
    areas = np.prod(other.boxes[:, 2:] - other.boxes[:, :2], axis=1)
    areas = np.where(areas > 0, areas, LONE)
    wanted = np.diag(keypoints.oks(a, b, areas, sigmas))
    np.testing.assert_allclose(likeness(one, other, sigmas=sigmas), wanted, atol=1e-9)


def test_keypoints_that_only_one_has_labelled_count_nothing():
    full = np.array([[[0, 0, 2], [30, 40, 2]]], dtype=np.float64)
    half = full.copy()
    half[0, 1] = np.nan, np.nan, 0
    none = np.full((1, 2, 3), 0.0)
    a, b, c = (Track([0], [[0, 0, 30, 40]], keypoints=k) for k in (full, half, none))
    assert likeness(a, b) == likeness(b, a) == 0.5
    assert likeness(c, c) == 1
    assert likeness(a, c) == 0


def test_a_single_point_is_compared_as_on_a_small_object():
    a, b = (Track.of([0], keypoints=[[[x, 10, 2]]]) for x in (10, 12))
    reach = 2 * LONE * (2 * keypoints.DEFAULT_SIGMA) ** 2
    assert likeness(a, b)[0] == pytest.approx(np.exp(-4 / reach))


def test_lines_are_compared_by_their_greatest_distance():
    line = np.array([[0.0, 0], [30, 0], [30, 40]])
    rows = [line, line + [0, 5], line[::-1], line[[0, 1, 1, 2]]]
    a = Track.of(range(4), rings=Rings.of([[[row]] for row in rows]), closed=False)
    b = a.with_columns(rings=Rings.of([[[line]]] * 4))
    np.testing.assert_allclose(likeness(a, b), [1, 1 - 5 / 50, 1, 1], atol=1e-9)


def test_only_like_is_compared():
    box = Track([0], [[0, 0, 1, 1]])
    with pytest.raises(GeometryError, match="1 rows of box beside 2 of box"):
        likeness(box, box[[0, 0]])
    with pytest.raises(GeometryError, match="rotated"):
        likeness(box, Track.of([0], rotated=[[0, 0, 1, 1, 0]]))
