"""Outlines of masks: exact on every raster, through our rasteriser and through pycocotools."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given
from pycocotools import mask as coco
from scipy import ndimage
from strategies import FEW, pictures

from geometry import masks

RING = np.pad(np.zeros((1, 1), bool), 1, constant_values=True)
HOOK = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)
HOLES = np.array([[1, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 1]], dtype=bool)
ISLAND = np.pad(np.pad(np.ones((1, 1), bool), 1), 1, constant_values=True)
CHECKS = np.indices((5, 6)).sum(axis=0) % 2 == 1

ODD = [RING, HOOK, HOLES, ISLAND, CHECKS, ~CHECKS, np.ones((3, 4), bool), np.zeros((3, 4), bool)]


def outline(picture):
    mask = masks.encode(picture)
    return mask, masks.to_rings(mask)


def with_odd_ones(test):
    for picture in ODD:
        test = example(picture)(test)
    return FEW(given(pictures())(test))


@with_odd_ones
def test_rings_read_back_exactly(picture):
    mask, parts = outline(picture)
    assert masks.from_rings(parts, mask.size) == mask
    assert masks.from_coco_rings(parts, mask.size) == mask


@with_odd_ones
def test_one_part_for_each_piece_that_hangs_together_by_sides(picture):
    labels, count = ndimage.label(picture)
    mask, parts = outline(picture)
    assert len(parts) == count
    for part in parts:
        pixels = masks.decode(masks.from_rings([part], mask.size))
        assert len(np.unique(labels[pixels])) == 1
        assert pixels.sum() == (labels == labels[pixels][0]).sum()


@with_odd_ones
def test_holes_are_the_background_that_is_shut_in(picture):
    _, parts = outline(picture)
    background = ~np.pad(picture, 1)
    count = ndimage.label(background, np.ones((3, 3)))[1] - 1
    assert sum(len(part) - 1 for part in parts) == count


@with_odd_ones
def test_rings_wind_and_turn_as_promised(picture):
    mask, parts = outline(picture)
    area = 0.0
    for part in parts:
        for number, ring in enumerate(part):
            x, y = ring.T
            signed = (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
            assert (signed > 0) == (number == 0)
            area += signed
            step = np.roll(ring, -1, axis=0) - ring
            assert ((step != 0).sum(axis=1) == 1).all()
            assert ((step[:, 0] != 0) != (np.roll(step, -1, axis=0)[:, 0] != 0)).all()
    assert area == masks.area(mask)


def test_a_ring_with_a_hole():
    _, parts = outline(RING)
    ((outer, hole),) = parts
    assert outer.tolist() == [[0, 3], [0, 0], [3, 0], [3, 3]]
    assert hole.tolist() == [[1, 1], [1, 2], [2, 2], [2, 1]]


def test_an_island_is_a_part_of_its_own():
    _, parts = outline(ISLAND)
    assert [len(part) for part in parts] == [2, 1]


def test_pixels_that_meet_in_a_corner_are_two_parts():
    _, parts = outline(np.eye(2))
    assert [len(part) for part in parts] == [1, 1]


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (0, 0)])
def test_pictures_without_pixels(size):
    mask = masks.encode(np.zeros(size[::-1]))
    assert masks.to_rings(mask) == []
    assert masks.from_rings([], mask.size) == mask


def test_blobs_at_full_size():
    noise = np.random.default_rng(0).random((480, 640))
    for sigma in (2, 9):
        smooth = ndimage.gaussian_filter(noise, sigma)
        mask, parts = outline(smooth > np.median(smooth))
        assert masks.from_rings(parts, mask.size) == mask
        assert masks.area(mask) == shapely.area(shapely.polygons(parts[0][0])) or len(parts) > 1
        rles = coco.frPyObjects([part[0].ravel().tolist() for part in parts], 480, 640)
        assert coco.area(coco.merge(rles)) >= masks.area(mask)
