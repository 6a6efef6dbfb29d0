"""`drawn`: a clip of a world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.worlds.detector import Detector
from benchmarks.worlds.kinds import World
from benchmarks.worlds.scene import Scene
from formats.annotations import Annotations
from geometry import boxes

__all__ = ["drawn"]

Floats = NDArray[np.float64]


def drawn(world: World, seed: int) -> tuple[Annotations, Floats, Floats]:
    """The detections as a clip table, the truth (N, 6) frame, object, x0 y0 x1 y1, and the
    times."""
    rng = np.random.default_rng(seed)
    scene = Scene.begun(world, rng)
    detector = Detector.made(world, rng)
    found, truth = [], []
    frames = int(world.seconds * world.rate)
    for frame in range(frames):
        scene.step()
        who, whole = scene.seen()
        inside = np.clip(whole, 0, [*world.size, *world.size])
        share = boxes.area(inside) / boxes.area(whole)
        shown, left = _shown(inside)
        shown *= share
        real = (share > 0.3) & (boxes.area(inside) > 60)
        truth.append(np.column_stack([np.full(real.sum(), frame), who[real], inside[real]]))
        there = boxes.area(inside) > 30
        rows = detector.found(who[there], inside[there], left[there], shown[there])
        found.append(np.column_stack([np.full(len(rows), frame), rows]))
    table = np.concatenate(found)
    told = Annotations.of(images=table[:, 0].astype(int), boxes=table[:, 1:5], scores=table[:, 5])
    return told, np.concatenate(truth), np.arange(frames) / world.rate


def _shown(inside: Floats) -> tuple[Floats, Floats]:
    """How much of each box no nearer one hides, and the box of that; the farthest box is first."""
    shown, left = np.zeros(len(inside)), inside.copy()
    for i, (x0, y0, x1, y1) in enumerate(inside):
        x, y = np.linspace(x0, x1, 9), np.linspace(y0, y1, 13)
        middle = (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2
        free = np.ones((12, 8), dtype=bool)
        for a, b, c, d in inside[i + 1 :]:
            slim = 0.12 * (c - a)
            across = (middle[0] > a + slim) & (middle[0] < c - slim)
            free[np.ix_((middle[1] > b) & (middle[1] < d), across)] = False
        shown[i] = free.mean()
        if free.any():
            row, column = np.nonzero(free)
            left[i] = x[column.min()], y[row.min()], x[column.max() + 1], y[row.max() + 1]
    return shown, left
