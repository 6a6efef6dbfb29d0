"""Pixels of the drawn scenes: clouded background, shapes with exact edge coverage, noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:
    from prelabel.scenes import Shape

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

MARK_FROM = 0.3
"""The mark covers what lies ahead of this share of the radius, along the front direction."""
ROWS = 4
"""Sampling rows per pixel of `coverage`; along the row it is exact."""


def background(rng: np.random.Generator, size: int) -> Pixels:
    """A cloudy, sometimes striped ground, (size, size, 3) float32 on the 0-255 scale."""
    ground = np.empty((3, size, size), dtype=np.float32)
    ground[:] = rng.uniform(40, 215, (3, 1, 1))
    for cells, height in ((3, 22.0), (9, 14.0), (40, 9.0)):
        at = np.clip((np.arange(size) + 0.5) / size * cells - 0.5, 0, cells - 1)
        weight = np.maximum(1 - np.abs(at[:, None] - np.arange(cells)), 0).astype(np.float32)
        knots = rng.standard_normal((3, cells, cells), dtype=np.float32)
        ground += weight @ (np.float32(height) * knots) @ weight.T
    way, waves, height = rng.uniform(-np.pi, np.pi), rng.uniform(4, 30), rng.uniform(0, 9)
    at = (np.arange(size) / size * 2 * np.pi * waves).astype(np.float32)
    turn = np.float32(np.cos(way)) * at + np.float32(np.sin(way)) * at[:, None]
    ground += np.float32(height) * np.sin(turn)
    return np.ascontiguousarray(ground.transpose(1, 2, 0))


def render(
    rng: np.random.Generator, ground: Pixels, shapes: Sequence[Shape], noise: float
) -> NDArray[np.uint8]:
    """The picture, (size, size, 3) RGB uint8: shapes in order over the ground, then noise."""
    canvas = ground.copy()
    for shape in shapes:
        _paint(canvas, shape)
    canvas += rng.standard_normal(canvas.shape, dtype=np.float32) * np.float32(noise)
    np.rint(canvas, out=canvas)
    return np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)


def _paint(canvas: Pixels, shape: Shape) -> None:
    """Blend one shape into its window of the canvas, in place."""
    x0, y0 = (max(int(v), 0) for v in np.floor(shape.outline.bounds[:2]))
    x1, y1 = (min(int(v), len(canvas)) for v in np.ceil(shape.outline.bounds[2:]))
    if x0 >= x1 or y0 >= y1:
        return
    body, across, down = shape.body, np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5
    ahead = np.cos(shape.angle) * (across - shape.x) + np.sin(shape.angle) * (
        down[:, None] - shape.y
    )
    front = np.clip(ahead - MARK_FROM * body.radius + 0.5, 0, 1)[:, :, None]
    height, waves, phase = body.stripes
    colour = body.colour + front * (body.mark - body.colour)
    colour += height * np.sin(waves * ahead / body.radius + phase)[:, :, None]
    alpha = coverage(shape.outline, (y1 - y0, x1 - x0), (x0, y0))[:, :, None]
    window = canvas[y0:y1, x0:x1]
    window += alpha * (colour - window)


def coverage(
    shape: BaseGeometry, size: tuple[int, int], origin: tuple[float, float] = (0, 0)
) -> NDArray[np.float32]:
    """How much of each pixel a (multi)polygon covers, (height, width) float32 of 0 to 1.

    `size` is (height, width), `origin` the x y of the window's corner; an empty shape covers
    nothing. Every edge adds its direction where it crosses a sampling row; the running sum along
    the row is the winding number, so holes come out by themselves.
    """
    height, width = size
    starts, ends = _edges(shape, origin)
    rows = (np.arange(height * ROWS) + 0.5) / ROWS
    low, high = np.minimum(starts[:, 1], ends[:, 1]), np.maximum(starts[:, 1], ends[:, 1])
    row, edge = np.nonzero((low <= rows[:, None]) & (rows[:, None] < high))
    a, b = starts[edge], ends[edge]
    share = (rows[row] - a[:, 1]) / (b[:, 1] - a[:, 1])
    x = np.clip(a[:, 0] + share * (b[:, 0] - a[:, 0]), 0, width)
    column, weight = x.astype(np.int64), np.sign(a[:, 1] - b[:, 1]) / ROWS
    cell = row // ROWS * (width + 2) + column
    total = np.bincount(cell, weight * (column + 1 - x), height * (width + 2))
    total += np.bincount(cell + 1, weight * (x - column), height * (width + 2))
    summed = total.reshape(height, width + 2).cumsum(axis=1)[:, :width]
    return np.clip(summed, 0, 1).astype(np.float32)


def _edges(shape: BaseGeometry, origin: tuple[float, float]) -> tuple[Floats, Floats]:
    """Start and end points of all edges, (N, 2) each; outer rings run one way, holes the other."""
    rings = [
        shapely.get_coordinates(ring) - origin
        for part in shapely.get_parts(shape)
        for ring in shapely.get_rings(shapely.geometry.polygon.orient(part))
    ] or [np.empty((0, 2))]
    return np.concatenate([r[:-1] for r in rings]), np.concatenate([r[1:] for r in rings])
