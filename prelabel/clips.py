"""Drawn clips: the shapes of a scene in motion, with exact truth and a track number each.

Shapes drift along straight lines with a slow sway, turn at their own rate, pass over one another
and enter and leave the picture. Every frame is a `Scene`, so its truth is modal as there; a shape
that cannot be seen in a frame has no row in it, and comes back under the same track number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from prelabel.painting import Pixels, background, render
from prelabel.scenes import Body, Floats, Options, Scene, Shape, cover, design, place, usual_radius


@dataclass(frozen=True, slots=True)
class Course:
    """Where a body is at a time of 0 to 1 through the clip: from `start` to `end` (2,) in pixels,
    `sway` pixels to the side and back, from angle `facing` on by `spin` radians."""

    body: Body
    start: Floats
    end: Floats
    sway: float
    facing: float
    spin: float

    def at(self, time: float, size: int, track: int) -> Shape:
        """The body at that time on an empty canvas of `size` pixels."""
        along = self.end - self.start
        aside = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1.0)
        x, y = self.start + time * along + self.sway * np.sin(2 * np.pi * time) * aside
        return place(self.body, float(x), float(y), self.facing + time * self.spin, size, track)


@dataclass(frozen=True)
class Clip:
    """A drawn clip of `frames` frames of `size` x `size` pixels; frames are drawn when asked for.

    Track number k is `courses[k]`; later courses lie over earlier ones throughout.
    """

    seed: int
    frames: int
    size: int
    ground: Pixels
    courses: tuple[Course, ...]
    noise: float

    def __len__(self) -> int:
        return self.frames

    def __iter__(self) -> Iterator[Scene]:
        return (self.frame(i) for i in range(self.frames))

    def frame(self, index: int) -> Scene:
        """One frame, drawn anew with noise of its own; IndexError beyond the last."""
        if not 0 <= index < self.frames:
            raise IndexError(f"frame {index} of a clip of {self.frames}")
        time = index / max(self.frames - 1, 1)
        placed = [course.at(time, self.size, k) for k, course in enumerate(self.courses)]
        shapes: list[Shape] = reduce(cover, placed, [])
        rng = np.random.default_rng((self.seed, index))
        return Scene(render(rng, self.ground, shapes, self.noise), tuple(shapes))


def draw_clip(seed: int, frames: int = 48, size: int = 320, options: Options | None = None) -> Clip:
    """The clip of a seed: as many shapes as a scene has, on courses that cross the picture.

    ValueError for no frames.
    """
    if frames < 1:
        raise ValueError(f"a clip of {frames} frames (it takes 1 or more)")
    options = options or Options()
    rng = np.random.default_rng(seed)
    ground = background(rng, size)
    apart = [ground.mean(axis=(0, 1), dtype=np.float64)]
    courses: list[Course] = []
    for _ in range(int(rng.integers(options.shapes[0], options.shapes[1], endpoint=True))):
        body = design(rng, usual_radius(rng, options), apart)
        apart.append(body.colour)
        courses.append(_course(rng, body, size))
    return Clip(seed, frames, size, ground, tuple(courses), rng.uniform(*options.noise))


def _course(rng: np.random.Generator, body: Body, size: int) -> Course:
    """A course between two places of the picture, or from or to one just outside it."""
    ends = rng.uniform(0.1 * size, 0.9 * size, (2, 2))
    outside = rng.random(2) < 0.3
    way = rng.uniform(-np.pi, np.pi, 2)
    beyond = size / 2 + (0.75 * size + body.radius) * np.column_stack([np.cos(way), np.sin(way)])
    start, end = np.where(outside[:, None], beyond, ends)
    sway, facing, spin = rng.uniform(0, 0.06 * size), rng.uniform(-np.pi, np.pi), rng.normal(0, 2)
    return Course(body, start, end, float(sway), float(facing), float(spin))


def names(clip: Clip) -> Iterator[tuple[str, Scene]]:
    """The frames with the file names of a folder of frames: ``000000.png``, ``000001.png``, ..."""
    return ((f"{i:06d}.png", clip.frame(i)) for i in range(len(clip)))
