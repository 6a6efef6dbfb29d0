"""Training pictures: drawn at their first use, kept in memory, turned and recoloured each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import shapely
import torch
from clutter import clutter
from numpy.typing import NDArray
from torch import Tensor

from prelabel.outlines import KEYPOINTS
from prelabel.painting import coverage
from prelabel.scenes import Options, Scene, draw

FIRST_SEED = 1_000_000
"""Training seeds start here; 0 to 499 are the benchmark's, which are never trained on."""
COUNT = 8
"""Pictures in a batch."""
SHRINK = 4
"""Pixels per prototype cell."""
CLUTTER = 400
"""Pictures without a shape in a run's pool."""
HARD = Options(shapes=(7, 13), paired=0.4, tiny=0.18)
"""More of what is difficult than the benchmark has: overlaps and tiny shapes."""


@dataclass(frozen=True)
class Sample:
    """One picture (S, S, 3) uint8 and its truth: boxes (n, 4), labels (n,), points (n, k, 3) in
    pixels, masks (n, S/4, S/4) uint8, 255 where a cell is covered."""

    pixels: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    points: NDArray[np.float32]
    masks: NDArray[np.uint8]


@dataclass(frozen=True)
class Batch:
    """Pictures (B, 3, S, S) float32 of 0..1; truth of all of them, `owner` (n,) the picture."""

    pictures: Tensor
    owner: Tensor
    boxes: Tensor
    labels: Tensor
    points: Tensor
    masks: Tensor


def sample(scene: Scene) -> Sample:
    """The scene's picture and truth as training targets."""
    truth, side = scene.annotations, scene.size // SHRINK
    shrunk = [shapely.transform(s.visible, lambda p: p / SHRINK) for s in scene.shapes]
    masks = np.array([coverage(s, (side, side)) for s in shrunk])
    assert truth.keypoints is not None
    return Sample(
        scene.pixels,
        truth.boxes.astype(np.float32),
        truth.labels.astype(np.int64),
        truth.keypoints.astype(np.float32),
        np.rint(masks * 255).astype(np.uint8),
    )


def nothing(index: int, size: int) -> Sample:
    """A picture without a shape."""
    pixels = clutter(np.random.default_rng((FIRST_SEED, size, index)), size)
    side = size // SHRINK
    points = np.empty((0, len(KEYPOINTS), 3), np.float32)
    masks = np.empty((0, side, side), np.uint8)
    return Sample(pixels, np.empty((0, 4), np.float32), np.empty(0, np.int64), points, masks)


def changed(item: Sample, rng: np.random.Generator) -> Sample:
    """The sample after a random number of quarter turns, its channels permuted. No inversion: the
    lighter part tells the front; no mirror: it would exchange right and left."""
    pixels, size = item.pixels[:, :, rng.permutation(3)], len(item.pixels)
    boxes, points, masks = item.boxes, item.points, item.masks
    for _ in range(rng.integers(4)):
        pixels, masks = np.rot90(pixels), np.rot90(masks, axes=(1, 2))
        boxes = np.stack([boxes[:, 1], size - boxes[:, 2], boxes[:, 3], size - boxes[:, 0]], axis=1)
        points = np.stack([points[..., 1], size - points[..., 0], points[..., 2]], axis=2)
    return Sample(pixels, boxes, item.labels, points, masks)


def batch(samples: list[Sample]) -> Batch:
    """The samples of one step as tensors."""
    pixels = torch.from_numpy(np.stack([s.pixels for s in samples]))
    owner = np.repeat(np.arange(len(samples)), [len(s.labels) for s in samples])
    return Batch(
        pixels.permute(0, 3, 1, 2).float() / 255,
        torch.from_numpy(owner),
        torch.from_numpy(np.concatenate([s.boxes for s in samples])),
        torch.from_numpy(np.concatenate([s.labels for s in samples])),
        torch.from_numpy(np.concatenate([s.points for s in samples])),
        torch.from_numpy(np.concatenate([s.masks for s in samples])).float() / 255,
    )


def batches(
    size: int, steps: int, pool: int, options: Options, skip: int = 0, empty: int = 0
) -> Iterator[Batch]:
    """`steps` batches of pictures of `size` pixels out of a pool of drawn scenes.

    `skip` leaves out as many scenes before the pool, those that another run has seen; `empty` of
    the pictures of each batch have no shape.
    """
    rng = np.random.default_rng(size)
    first = FIRST_SEED + size * 100_000 + skip
    scenes = picked(rng, pool, lambda i: sample(draw(first + i, size, options)))
    others = picked(rng, CLUTTER, lambda i: nothing(i, size))
    for _ in range(steps):
        chosen = [*islice(scenes, COUNT - empty), *islice(others, empty)]
        yield batch([changed(item, rng) for item in chosen])


def picked(rng: np.random.Generator, pool: int, made: Callable[[int], Sample]) -> Iterator[Sample]:
    """All of a pool in random order, again and again; each is made when it is first picked."""
    kept: dict[int, Sample] = {}
    while True:
        for index in rng.permutation(pool).tolist():
            if index not in kept:
                kept[index] = made(index)
            yield kept[index]
