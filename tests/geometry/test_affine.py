import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import floats

from geometry import affine
from geometry.affine import Affine
from geometry.errors import GeometryError

SIDE = st.integers(1, 5000)
MAPS = st.builds(Affine, floats(0.01, 9), floats(0.01, 9), floats(-99, 99), floats(-99, 99))


def test_points_maps_every_pair_of_a_row():
    boxes = np.array([[0, 0, 10, 20], [np.nan, 1, 2, 3]])
    mapped = Affine(2, 3, 5, 7).points(boxes)
    np.testing.assert_array_equal(mapped, [[5, 7, 25, 67], [np.nan, 10, 9, 16]])


@pytest.mark.parametrize("shape", [(0, 4), (3, 0, 2), (2,), (2, 3, 8)])
def test_points_keeps_the_shape(shape):
    assert Affine(2, 2).points(np.ones(shape)).shape == shape


@pytest.mark.parametrize("value", [np.ones((4, 3)), 1.0])
def test_points_refuses_half_a_pair(value):
    with pytest.raises(GeometryError, match="expected"):
        Affine().points(value)


@given(MAPS)
def test_inverse_undoes(there):
    xy = np.array([[0.0, 0.0], [640.0, 480.0]])
    np.testing.assert_allclose(there.inverse().points(there.points(xy)), xy, atol=1e-6)


def test_no_inverse_of_a_flat_map():
    with pytest.raises(GeometryError, match=r"no inverse of scale \(0, 1\)"):
        Affine(0, 1).inverse()


@given(MAPS, MAPS)
def test_then_is_one_after_the_other(first, second):
    xy = np.array([[3.0, 4.0], [640.0, 480.0]])
    both = second.points(first.points(xy))
    np.testing.assert_allclose(first.then(second).points(xy), both, rtol=1e-9, atol=1e-9)


CENTRED = [
    # picture, target, gain, resized, (left, top): worked out by hand from the rule
    ((810, 1080), (640, 640), 640 / 1080, (480, 640), (80, 0)),
    ((1280, 720), (640, 640), 0.5, (640, 360), (0, 140)),
    ((500, 333), (640, 640), 1.28, (640, 426), (0, 107)),
    ((640, 427), (640, 640), 1.0, (640, 427), (0, 106)),
    ((639, 640), (640, 640), 1.0, (639, 640), (0, 0)),
    ((100, 50), (320, 640), 3.2, (320, 160), (0, 240)),
    ((5000, 1), (640, 640), 0.128, (640, 1), (0, 319)),
]


@pytest.mark.parametrize(("size", "target", "gain", "resized", "pad"), CENTRED)
def test_letterbox_centred(size, target, gain, resized, pad):
    box = affine.letterbox(size, target)
    assert box.resized == resized
    assert box.pad == pad
    assert box.affine == Affine(gain, gain, *pad)


def test_letterbox_top_left_cuts_off():
    box = affine.letterbox((500, 333), (416, 416), centre=False)
    assert box.resized == (416, 277)  # 333 * .832 = 277.056
    assert affine.letterbox((600, 401), (416, 416), centre=False).resized == (416, 278)  # 278.03
    assert affine.letterbox((500, 349), (640, 640), centre=False).resized == (640, 446)  # 446.72
    assert box.pad == (0, 0)


def test_letterbox_without_enlarging():
    box = affine.letterbox((100, 50), (640, 640), enlarge=False)
    assert (box.resized, box.pad, box.affine.scale_x) == ((100, 50), (270, 295), 1.0)
    assert affine.letterbox((1280, 720), (640, 640), enlarge=False).affine.scale_x == 0.5


@given(SIDE, SIDE, SIDE, SIDE, st.booleans(), st.booleans())
def test_letterbox_content_fits(w, h, tw, th, centre, enlarge):
    box = affine.letterbox((w, h), (tw, th), centre=centre, enlarge=enlarge)
    for at, content, target in zip(box.pad, box.resized, (tw, th), strict=True):
        assert at >= 0
        assert content >= 1
        assert at + content <= target
        assert not centre or abs(target - content - 2 * at) <= 1
    corner = box.affine.points([w, h])
    np.testing.assert_allclose(corner, np.add(box.pad, box.resized), atol=1)


@pytest.mark.parametrize(("size", "target"), [((0, 5), (64, 64)), ((5, 5), (64, 0))])
def test_letterbox_refuses_empty_sizes(size, target):
    with pytest.raises(GeometryError, match="size"):
        affine.letterbox(size, target)


def test_tiles_shift_the_last_one_inside():
    windows = affine.tiles((1000, 640), (640, 640), 64)
    assert windows.tolist() == [[0, 0, 640, 640], [360, 0, 1000, 640]]


def test_tiles_of_a_small_picture_are_the_picture():
    assert affine.tiles((300, 200), (640, 640), 64).tolist() == [[0, 0, 300, 200]]


@given(*[st.integers(1, 300)] * 4, st.integers(0, 100), st.integers(0, 100))
def test_tiles_cover_and_overlap(w, h, tw, th, ox, oy):
    ox, oy = min(ox, tw - 1), min(oy, th - 1)
    if w * h > 2000 * (tw - ox) * (th - oy):
        tw, ox = w, 0
    windows = affine.tiles((w, h), (tw, th), (ox, oy))
    for low, length, tile, overlap in ((0, w, tw, ox), (1, h, th, oy)):
        starts, stops = np.unique(windows[:, low]), np.unique(windows[:, low + 2])
        assert starts[0] == 0
        assert stops[-1] == length
        assert (stops - starts == min(tile, length)).all()
        assert (starts[1:] <= stops[:-1] - overlap).all()
    assert len(np.unique(windows, axis=0)) == len(windows)


def test_tiles_refuse_an_overlap_as_wide_as_the_tile():
    with pytest.raises(GeometryError, match="overlap 64"):
        affine.tiles((100, 100), (64, 64), 64)
