"""Overlap of masks on their runs, by columns and by pycocotools' loop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco
from strategies import FEW, pictures

from geometry import columns, mask_overlaps, masks
from geometry.errors import GeometryError

SIZE = st.just((13, 9))
SIDE = st.lists(pictures(SIZE), max_size=3)
WAYS = {"columns": np.inf, "loop": 0.0}


def cocos(side):
    return [coco.encode(np.asfortranarray(picture.astype(np.uint8))) for picture in side]


def pixel_iou(a, b):
    if not a or not b:
        return np.zeros((len(a), len(b)))
    flat = [
        np.array([p.ravel() for p in side], dtype=int).reshape(len(side), -1) for side in (a, b)
    ]
    common = flat[0] @ flat[1].T
    union = flat[0].sum(axis=1)[:, None] + flat[1].sum(axis=1) - common
    return np.divide(common, union, out=np.zeros(common.shape), where=union > 0)


def check(a, b, threshold):
    first, second = ([masks.encode(picture) for picture in side] for side in (a, b))
    wanted = pixel_iou(a, b)
    np.testing.assert_array_equal(masks.iou(first, second), wanted)
    i, j, iou = masks.overlap_pairs(first, second, threshold)
    same = np.argwhere((wanted > 0) & (wanted >= threshold))
    np.testing.assert_array_equal(np.column_stack([i, j]), same)
    np.testing.assert_array_equal(iou, wanted[i, j])


@pytest.mark.parametrize("way", WAYS)
@FEW
@given(a=SIDE, b=SIDE, threshold=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_pairs_are_those_of_the_pixels(way, a, b, threshold):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mask_overlaps, "SMALL", -1)
        patch.setattr(mask_overlaps, "NS_MASK", WAYS[way] or -np.inf)
        patch.setattr(columns, "CHUNK", 20)
        check(a, b, threshold)
    check(a, b, threshold)


@FEW
@given(st.lists(pictures(SIZE), min_size=1, max_size=4), st.lists(pictures(SIZE), min_size=1))
def test_a_crowd_is_compared_as_coco_does(a, b):
    b = b[:4]
    crowd = np.arange(len(b)) % 2
    wanted = np.nan_to_num(coco.iou(cocos(a), cocos(b), crowd.astype(np.uint8)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mask_overlaps, "SMALL", -1)
        patch.setattr(mask_overlaps, "NS_MASK", np.inf)
        found = masks.iou(*([masks.encode(x) for x in side] for side in (a, b)), crowd)
    np.testing.assert_array_equal(found, wanted)


def test_many_masks_of_every_kind():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:60, :80]
    blobs = [
        ((x - cx) ** 2 + (y - cy) ** 2 < r * r) ^ ((x + y) % k == 0)
        for cx, cy, r, k in rng.uniform([0, 0, 1, 2], [80, 60, 30, 90], (160, 4)).astype(int)
    ]
    bands = [(x // width) % 2 == 0 for width in range(1, 9)] + [x < -1, x > -1]
    mixed = [blob & (abs(x - 40) < 40) for blob in blobs] + bands
    check(mixed, mixed[::-1], 0.3)


def test_masks_of_different_sizes_are_refused():
    one, other = masks.encode(np.ones((2, 3))), masks.encode(np.ones((3, 2)))
    with pytest.raises(GeometryError, match="expected one size"):
        masks.overlap_pairs([one], [other])
    assert [len(column) for column in masks.overlap_pairs([], [other])] == [0, 0, 0]
