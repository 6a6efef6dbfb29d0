"""Pictures without a shape: heaps of irregular blobs, so that the model learns to say nothing.

Blobs that cover each other, many small and few large, give the edges that photographs have (the
dead leaves model: Lee, Mumford and Huang, 2001).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator

SUBPIXEL = 4
"""Binary digits of a pixel's fraction in drawing."""
SMALLEST = 5.0
"""Least radius in pixels; smaller blobs could be taken for the smallest shapes."""


def clutter(rng: Generator, size: int) -> NDArray[np.uint8]:
    """One picture (size, size, 3) uint8."""
    base = rng.uniform(0, 255, 3)
    picture = np.full((size, size, 3), base, np.float32)
    largest = size * rng.uniform(0.1, 0.6)
    for _ in range(rng.integers(20, 160)):
        radius = SMALLEST * (largest / SMALLEST) ** (rng.random() ** 2)
        inked(picture, blob(rng, radius, size), np.clip(rng.normal(base, 60), 0, 255), rng)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 2))
    grey = picture.mean(axis=2, keepdims=True)
    picture += rng.choice([0, 0.6, 0.9]) * (grey - picture)
    picture += rng.normal(0, rng.uniform(0, 12), picture.shape).astype(np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8)


def blob(rng: Generator, radius: float, size: int) -> NDArray[np.float64]:
    """An irregular closed outline (n, 2) about a random place; some are straight-edged strips."""
    turn = np.linspace(0, 2 * np.pi, int(rng.integers(5, 40)), endpoint=False)
    waves = sum(
        rng.normal(0, 0.5 / k) * np.cos(k * turn + rng.uniform(0, 2 * np.pi)) for k in range(2, 7)
    )
    away = radius * np.maximum(1 + waves, 0.1)
    stretch = np.array([1, rng.uniform(0.15, 1)])
    points = np.stack([away * np.cos(turn), away * np.sin(turn)], axis=1) * stretch
    angle = rng.uniform(0, 2 * np.pi)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ rotation + rng.uniform(0, size, 2)


def inked(
    picture: NDArray[np.float32],
    outline: NDArray[np.float64],
    colour: NDArray[np.float64],
    rng: Generator,
) -> None:
    """Fill the outline, lighter on one side, a few with grain."""
    cover = np.zeros(picture.shape[:2], np.uint8)
    corners = np.rint(outline * 2**SUBPIXEL).astype(np.int32)
    cv2.fillPoly(cover, [corners], 255, cv2.LINE_AA, SUBPIXEL)
    x, y, w, h = cv2.boundingRect(cover)
    if not w:
        return
    part = slice(y, y + h), slice(x, x + w)
    slope = np.linspace(-1, 1, w)[None, :, None] * rng.normal(0, 30)
    paint = colour + slope + np.linspace(-1, 1, h)[:, None, None] * rng.normal(0, 30)
    if rng.random() < 0.3:
        paint = paint + rng.normal(0, rng.uniform(5, 40), (h, w, 1))
    share = cover[part][..., None] / np.float32(255)
    picture[part] += share * (paint - picture[part]).astype(np.float32)
