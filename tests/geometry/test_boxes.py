import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from strategies import boxes as some_boxes

from geometry import boxes, overlaps
from geometry.errors import GeometryError

ANY = st.one_of(some_boxes(), some_boxes(whole=True))


def shapely_iou(a, b):
    a, b = (shapely.box(*x.T) if len(x) else np.empty(0, object) for x in (a, b))
    inter = shapely.area(shapely.intersection(a[:, None], b))
    union = shapely.area(a)[:, None] + shapely.area(b) - inter
    return np.divide(inter, union, out=np.zeros_like(inter), where=inter > 0)


@given(ANY, ANY)
def test_iou_is_shapelys(a, b):
    np.testing.assert_allclose(boxes.iou(a, b), shapely_iou(a, b), atol=1e-9)


@given(ANY, ANY)
def test_inside_is_cocos_iou_with_a_crowd(a, b):
    if len(a) and len(b):
        a = a[boxes.area(a) > 1e-6]
    share = boxes.inside(a, b)
    assert share.shape == (len(a), len(b))
    if share.size:
        crowd = coco.iou(boxes.to_xywh(a), boxes.to_xywh(b), [1] * len(b))
        np.testing.assert_allclose(share, crowd, atol=1e-6)


def test_iou_keeps_float32_and_its_blocks_join():
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 100, (250, 2, 2)).astype(np.float32)
    many = np.sort(corners, axis=1).reshape(-1, 4)
    matrix = boxes.iou(many, many)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, shapely_iou(many, many), atol=1e-5)


def test_the_area_of_a_huge_box_is_infinite_without_a_warning():
    assert boxes.area([[0, 0, 1e308, 1e308]]).tolist() == [np.inf]


def test_empty_boxes_have_no_iou_and_no_area():
    flat = np.array([[5.0, 5, 5, 9], [7, 3, 2, 9]])
    assert boxes.area(flat).tolist() == [0, 0]
    assert boxes.iou(flat, flat).tolist() == [[0, 0], [0, 0]]
    assert boxes.inside(flat, flat).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("empty", [[], np.empty((0, 4)), np.empty((0, 4), np.float32)])
def test_no_boxes(empty):
    one = np.array([[0.0, 0, 1, 1]])
    assert boxes.iou(empty, one).shape == (0, 1)
    assert boxes.iou(one, empty).shape == (1, 0)
    assert boxes.area(empty).shape == (0,)
    assert boxes.nms(empty, np.empty(0)).shape == (0,)
    assert boxes.clip(empty, (5, 5)).shape == (0, 4)
    assert [len(column) for column in boxes.overlap_pairs(boxes.clip(empty, (1, 1)), one)] == [
        0
    ] * 3


@given(ANY)
def test_clip_is_the_intersection_with_the_picture(a):
    a = a - 20
    window = shapely.box(0, 0, 30, 15)
    common = shapely.area(shapely.intersection(shapely.box(*a.T), window)) if len(a) else []
    np.testing.assert_allclose(boxes.area(boxes.clip(a, (30, 15))), common, atol=1e-9)


@given(ANY)
def test_conversions_come_back(a):
    np.testing.assert_allclose(boxes.from_xywh(boxes.to_xywh(a)), a, atol=1e-12)
    np.testing.assert_allclose(boxes.from_cxcywh(boxes.to_cxcywh(a)), a, atol=1e-12)


def test_conversions_say_what_they_mean():
    box = np.array([10.0, 20, 30, 60])
    assert boxes.to_xywh(box).tolist() == [10, 20, 20, 40]
    assert boxes.to_cxcywh(box).tolist() == [20, 40, 20, 40]


def test_bounds_ignore_nan():
    points = np.array([[[1.0, 5], [np.nan, np.nan], [3, 2]], [[np.nan] * 2] * 3])
    np.testing.assert_array_equal(boxes.bounds(points), [[1, 2, 3, 5], [np.nan] * 4])
    np.testing.assert_array_equal(boxes.bounds(np.empty((2, 0, 2))), np.full((2, 4), np.nan))


@pytest.mark.parametrize("wrong", [np.ones(4), np.ones((3, 5)), np.ones((2, 2, 4))])
def test_shapes_that_are_no_boxes(wrong):
    with pytest.raises(GeometryError, match=r"expected \(N, 4\)"):
        boxes.area(wrong)


@pytest.mark.parametrize("side", [3.0, 200.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dense", [1, 10**9], ids=["cells", "blocks"])
def test_both_ways_to_the_matrix(monkeypatch, dense, dtype, side):
    monkeypatch.setattr(overlaps, "SMALL", 0)
    monkeypatch.setattr(overlaps, "DENSE", dense)
    rng = np.random.default_rng(1)
    middle, sides = rng.uniform(0, 300, (120, 2)), rng.exponential(side, (120, 2))
    many = boxes.from_cxcywh(np.concatenate([middle, sides], axis=1))
    many[:20] += [0, 0, 300, 300]
    many[20:30] = many[20:30, [2, 1, 0, 3]]
    many = many.astype(dtype)
    matrix = boxes.iou(many, many[::-1])
    assert matrix.dtype == dtype
    whole = shapely_iou(many.clip(-(10**6)), many[::-1])
    wide = (many[:, 0] < many[:, 2])[:, None] & (many[::-1, 0] < many[::-1, 2])
    np.testing.assert_allclose(
        matrix, np.where(wide, whole, 0), atol=1e-4 if dtype == np.float32 else 1e-12
    )
