"""Shapes for the benchmark of geometry, the same at every run: pictures of 1,000 x 1,000."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geometry import boxes as upright
from geometry import keypoints, rotated
from geometry import polygons as outlines
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = ["boxes", "crowd", "drawn", "people", "polygons", "rings", "rotated_boxes", "scored"]

SIDE = 1000
Arrays = dict[str, np.ndarray]


def some_boxes(rng: np.random.Generator, count: int) -> np.ndarray:
    """Boxes of 10 to 110 pixels."""
    middle, side = rng.uniform(0, SIDE, (count, 2)), rng.uniform(10, 110, (count, 2))
    return upright.from_cxcywh(np.hstack([middle, side])).astype(np.float64)


def boxes(count: int) -> Arrays:
    """Two sets of boxes."""
    rng = np.random.default_rng(count)
    return {side: some_boxes(rng, count) for side in "ab"}


def crowd(count: int) -> Arrays:
    """Two sets of large boxes, all of which overlap."""
    rng = np.random.default_rng(count)
    low, high = (rng.uniform(start, start + 300, (2, count, 2)) for start in (0, 500))
    return {"a": np.hstack([low[0], high[0]]), "b": np.hstack([low[1], high[1]])}


def rotated_boxes(count: int) -> Arrays:
    """Two sets of rotated boxes, and their corners."""
    rng = np.random.default_rng(count)
    found = {}
    for side in "ab":
        turn = rng.uniform(-np.pi, np.pi, count)
        found[side] = np.column_stack([upright.to_cxcywh(some_boxes(rng, count)), turn])
        found[f"corners_{side}"] = rotated.corners(found[side])
    return found


def polygons(corners: int) -> Callable[[int], Arrays]:
    """Two sets of rings of so many corners; those of 100 and more are smooth, others jagged."""

    def draw(count: int) -> Arrays:
        rng = np.random.default_rng(count)
        return {side: some_rings(rng, count, corners) for side in "ab"}

    return draw


def some_rings(rng: np.random.Generator, count: int, corners: int) -> np.ndarray:
    """Rings (N, K, 2) of 5 to 50 pixels' radius."""
    angle = np.arange(corners) * (2 * np.pi / corners)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    if corners < 100:
        wave = rng.uniform(0.5, 1, (count, corners, 1))
    else:
        wave = 0.8 + 0.15 * np.sin(3 * angle + rng.uniform(0, 6, (count, 1)))[..., None]
    reach = rng.uniform(5, 50, (count, 1, 1)) * wave
    return rng.uniform(50, SIDE - 50, (count, 1, 2)) + circle * reach


def rings(points: np.ndarray) -> Rings:
    """Rings (N, K, 2) as a column of one ring a row."""
    count, corners = points.shape[:2]
    each = np.arange(count + 1)
    return Rings(points.reshape(-1, 2), each * corners, each, each)


def drawn(points: np.ndarray) -> list[Mask]:
    """Rings as masks of the picture."""
    return outlines.to_masks(rings(points), (SIDE, SIDE)).tolist()


def people(count: int) -> Arrays:
    """Two sets of people of 17 points, a third of them not labelled."""
    rng = np.random.default_rng(count)
    found = {}
    for side in "ab":
        points = rng.uniform(0, SIDE, (count, 1, 2)) + rng.uniform(-40, 40, (count, 17, 2))
        found[side] = np.dstack([points, rng.integers(0, 3, (count, 17))])
    sigmas = keypoints.sigmas(list(keypoints.COCO_SIGMAS))
    return found | {"areas": rng.uniform(1000, 6000, count), "sigmas": sigmas}


def scored(classes: int) -> Callable[[int], Arrays]:
    """Boxes with scores and classes."""

    def draw(count: int) -> Arrays:
        rng = np.random.default_rng(count)
        found = {"a": some_boxes(rng, count), "scores": rng.random(count)}
        return found | {"labels": rng.integers(0, classes, count)}

    return draw
