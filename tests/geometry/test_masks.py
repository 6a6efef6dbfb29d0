import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from strategies import FEW, SIZES, pictures

from geometry import boxes, masks
from geometry.errors import GeometryError
from geometry.masks import Mask


def cocos(picture):
    return coco.encode(np.asfortranarray(picture.astype(np.uint8)))


@FEW
@given(pictures())
def test_encode_is_cocos(picture):
    mask = masks.encode(picture)
    assert masks.to_coco_string(mask) == cocos(picture)["counts"].decode()
    assert masks.encode(picture * np.uint8(255)) == mask
    np.testing.assert_array_equal(masks.decode(mask), picture)


@FEW
@given(pictures())
def test_strings_come_back(picture):
    mask = masks.encode(picture)
    text = masks.to_coco_string(mask)
    assert masks.from_coco_string(text, mask.size) == mask
    assert masks.from_coco_string(text.encode(), mask.size) == mask


@FEW
@given(st.lists(st.integers(0, 1 << 24), min_size=1, max_size=30))
def test_strings_of_any_runs_come_back(runs):
    mask = Mask(np.array(runs), (sum(runs), 1))
    assert masks.from_coco_string(masks.to_coco_string(mask), mask.size) == mask


@FEW
@given(pictures())
def test_area_and_bounds_are_cocos(picture):
    mask, theirs = masks.encode(picture), cocos(picture)
    assert masks.area(mask) == coco.area(theirs) == picture.sum()
    np.testing.assert_array_equal(boxes.to_xywh(masks.bounds(mask)), coco.toBbox(theirs))


@FEW
@given(pictures(), st.integers(-45, 45), st.integers(-45, 45), SIZES)
def test_paste_is_what_a_full_picture_gives(crop, x, y, size):
    canvas = np.zeros((130, 130), dtype=bool)
    canvas[45 + y : 45 + y + len(crop), 45 + x : 45 + x + crop.shape[1]] = crop
    full = canvas[45 : 45 + size[1], 45 : 45 + size[0]]
    assert masks.paste(crop, (x, y), size) == masks.encode(full)


@st.composite
def lists_of_masks(draw):
    size = draw(SIZES)
    some = st.lists(pictures(size=st.just(size)), max_size=4)
    return draw(some), draw(some)


@FEW
@given(lists_of_masks(), st.booleans())
def test_iou_is_that_of_the_pixels(pair, crowd):
    a, b = pair
    ours = masks.iou([masks.encode(x) for x in a], [masks.encode(x) for x in b], [crowd] * len(b))
    theirs = np.zeros((len(a), len(b)))
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            whole = x.sum() if crowd else (x | y).sum()
            theirs[i, j] = (x & y).sum() / max(whole, 1)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_iou_of_masks_of_different_sizes():
    with pytest.raises(GeometryError, match=r"different sizes \[\(2, 1\), \(3, 1\)\]"):
        masks.iou([masks.encode(np.ones((1, 2)))], [masks.encode(np.ones((1, 3)))])


@FEW
@given(SIZES.flatmap(lambda size: st.lists(pictures(size=st.just(size)), min_size=1, max_size=4)))
def test_union_is_that_of_the_pixels(parts):
    height, width = parts[0].shape
    whole = masks.union([masks.encode(part) for part in parts], (width, height))
    assert whole == masks.encode(np.any(parts, axis=0))


def test_union_of_nothing_is_empty():
    assert masks.union([], (4, 3)).runs.tolist() == [12]


def test_runs_must_cover_the_picture():
    with pytest.raises(GeometryError, match="cover 5 pixels, the picture has 3 x 2 = 6"):
        Mask(np.array([2, 3]), (3, 2))


def test_masks_are_values():
    one, other = (masks.encode(np.eye(3)) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != masks.encode(np.ones((3, 3)))
    assert one != "a mask"
    with pytest.raises(ValueError, match="read-only"):
        one.runs[0] = 1


@pytest.mark.parametrize("picture", [np.ones(4), np.ones((2, 2, 3))])
def test_encode_refuses_what_is_no_picture(picture):
    with pytest.raises(GeometryError, match=r"expected \(H, W\)"):
        masks.encode(picture)


@pytest.mark.parametrize(
    ("counts", "complaint"),
    [
        ("0 1", "never writes"),
        ("é", "never writes"),
        ("1P", "never writes"),
        ("\x7f1", "never writes"),
        ("11N1", "a run of -"),
        ("PPPPPPPPPPP1", "12 characters"),
        ("ooooooo0", "a run of"),
        ("11", "cover 2 pixels"),
        ("", "cover 0 pixels"),
    ],
)
def test_strings_that_are_no_mask(counts, complaint):
    with pytest.raises(GeometryError, match=complaint):
        masks.from_coco_string(counts, (3, 2))
