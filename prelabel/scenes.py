"""Drawn scenes with exact ground truth: seeded, no network, some 20 ms each.

A scene is a noisy, textured background with 4 to 12 shapes of six classes, turned by any angle,
some overlapping, some tiny. The truth is **modal**, as in COCO: the outline of a shape is its
visible part, what lies inside the picture and under no other shape, and its box, oriented box and
area are those of the visible part. Fragments under one square pixel cannot be seen and are left
out. Keypoints belong to the whole shape: visibility 2 seen, 1 under another shape, 0 outside the
picture.

Every class carries the same four keypoints (front, right, back, left) and the same mark, a front
part in a lighter colour; without it the keypoints of a disc or a square would be ambiguous.

Conventions: pixels, y down, pixel (i, j) covers [j, j+1) x [i, i+1), angles clockwise in radians.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from prelabel.outlines import CLASSES, OUTLINES, POINTS
from prelabel.painting import background, render

if TYPE_CHECKING:
    from formats.annotations import Annotations

Floats = NDArray[np.float64]

LEAST_SEEN = 0.5
"""No shape of a drawn scene is hidden by more than this share of its area."""

LIGHTER = 80.0
"""A mark is lighter than the rest by about this much, mean of the channels, 0-255 scale."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a scene is made of; the defaults are the benchmark distribution of the model card.

    `shapes` counts from and to, both included; `radii` are those of the circle around a shape of
    usual size and `tiny_radii` of a tiny one, in pixels; `tiny` is the share of tiny shapes;
    `paired` the chance that a shape is laid over an earlier one with a box IoU of `pair_iou` (from,
    to); `noise` the standard deviation per pixel (from, to) on the 0-255 scale.
    """

    shapes: tuple[int, int] = (4, 12)
    radii: tuple[float, float] = (11.5, 46.0)
    tiny_radii: tuple[float, float] = (5.5, 8.0)
    tiny: float = 0.1
    paired: float = 0.22
    pair_iou: tuple[float, float] = (0.22, 0.55)
    noise: tuple[float, float] = (3.0, 14.0)


@dataclass(frozen=True, slots=True)
class Body:
    """What a shape looks like, wherever it stands: class index, radius in pixels, width over
    length, two RGB colours (3,) of 0-255, and a stripe texture (height, waves, phase)."""

    label: int
    radius: float
    aspect: float
    colour: Floats
    mark: Floats
    stripes: tuple[float, float, float]


@dataclass(frozen=True)
class Shape:
    """A body at a place: centre and angle, whole `outline` and `visible` part (shapely, pixels).

    `track` is the number of the shape through a clip, -1 in a single scene.
    """

    body: Body
    x: float
    y: float
    angle: float
    outline: BaseGeometry
    visible: BaseGeometry
    track: int = -1

    @property
    def box(self) -> Floats:
        """Bounds of the visible part, (4,) x0 y0 x1 y1 in pixels."""
        return np.array(self.visible.bounds)

    @property
    def rotated(self) -> Floats:
        """The visible part's box along the shape's own axes, (5,) cx cy w h angle."""
        upright = affinity.rotate(self.visible, -self.angle, origin=(0, 0), use_radians=True)
        x0, y0, x1, y1 = upright.bounds
        x, y = _turn(np.array([[x0 + x1, y0 + y1]]) / 2, self.angle)[0]
        return np.array([x, y, x1 - x0, y1 - y0, self.angle])

    @property
    def seen(self) -> float:
        """The visible share of the outline's area, 0 to 1."""
        return float(self.visible.area / self.outline.area)

    def points(self) -> Floats:
        """The keypoints of the whole shape, (4, 2) x y in pixels, in the order of `KEYPOINTS`."""
        local = POINTS[self.body.label] * (self.body.radius, self.body.radius * self.body.aspect)
        return _turn(local, self.angle) + (self.x, self.y)

    def keypoints(self, size: int) -> Floats:
        """Keypoints as COCO states them, (4, 3) x y visibility; one outside is 0 0 0."""
        points = self.points()
        inside = np.all((points >= 0) & (points < size), axis=1, keepdims=True)
        seen = np.asarray(shapely.covers(self.visible, shapely.points(points)), dtype=float)
        return np.where(inside, np.column_stack([points, 1 + seen]), 0.0)


@dataclass(frozen=True)
class Scene:
    """A picture, (size, size, 3) RGB uint8, and its shapes from the lowest to the topmost."""

    pixels: NDArray[np.uint8]
    shapes: tuple[Shape, ...]

    @property
    def size(self) -> int:
        """Width and height in pixels."""
        return len(self.pixels)

    @cached_property
    def annotations(self) -> Annotations:
        """The truth as a table: polygon rows with boxes, oriented boxes, keypoints and tracks."""
        from prelabel.truth import table

        return table(self)


def draw(seed: int, size: int = 320, options: Options | None = None) -> Scene:
    """The scene of a seed, `size` x `size` pixels; the same arguments give the same scene.

    ValueError below 128 pixels: the default shapes would find no room.
    """
    if size < 128:
        raise ValueError(f"a scene of {size} pixels (it takes 128 or more)")
    options = options or Options()
    rng = np.random.default_rng(seed)
    ground = background(rng, size)
    plain = ground.mean(axis=(0, 1), dtype=np.float64)
    shapes: list[Shape] = []
    wanted = int(rng.integers(options.shapes[0], options.shapes[1], endpoint=True))
    while len(shapes) < wanted:
        shapes = _add(rng, shapes, size, plain, options)
    return Scene(render(rng, ground, shapes, rng.uniform(*options.noise)), tuple(shapes))


def _add(
    rng: np.random.Generator, shapes: list[Shape], size: int, plain: Floats, options: Options
) -> list[Shape]:
    """The shapes and one more on top, or the same shapes where no place was found."""
    partner = None
    if shapes and rng.random() < options.paired:
        partner = shapes[rng.integers(len(shapes))]
    radius = _radius(rng, options, partner)
    body = design(rng, radius, [plain] + [s.body.colour for s in shapes])
    for _ in range(30):
        top = place(body, *_spot(rng, radius, size, partner), size)
        tried = cover(shapes, top)
        if all(s.seen >= LEAST_SEEN for s in tried) and _fits(tried, partner, shapes, options):
            return tried
    return shapes


def _radius(rng: np.random.Generator, options: Options, partner: Shape | None) -> float:
    """A usual one; beside a partner, of about its size."""
    if partner is None:
        return usual_radius(rng, options)
    return float(partner.body.radius * rng.uniform(0.75, 1.3))


def usual_radius(rng: np.random.Generator, options: Options) -> float:
    """A radius in pixels: log-uniform over the usual ones, now and then a tiny one."""
    low, high = options.tiny_radii if rng.random() < options.tiny else options.radii
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _spot(
    rng: np.random.Generator, radius: float, size: int, partner: Shape | None
) -> tuple[float, float, float]:
    """A centre and an angle: near the partner, else anywhere with most of the shape inside."""
    angle = rng.uniform(-np.pi, np.pi)
    if partner is None:
        x, y = rng.uniform(0.7 * radius, size - 0.7 * radius, 2)
        return float(x), float(y), angle
    way, far = rng.uniform(-np.pi, np.pi), rng.uniform(0.4, 1.2) * partner.body.radius
    return float(partner.x + far * np.cos(way)), float(partner.y + far * np.sin(way)), angle


def _fits(tried: list[Shape], partner: Shape | None, before: list[Shape], options: Options) -> bool:
    """Whether the topmost box overlaps its partner's as wanted and no other one by more."""
    over = [_iou(s.box, tried[-1].box) for s in tried[:-1]]
    low, high = options.pair_iou if partner is not None else (0.0, 1.0)
    wanted = over[[s is partner for s in before].index(True)] if partner is not None else 0.5
    return low <= wanted <= high and max(over, default=0.0) <= options.pair_iou[1]


def _iou(a: Floats, b: Floats) -> float:
    """IoU of two (4,) boxes."""
    side = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0)
    both = float(side.prod())
    return both / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)


def design(rng: np.random.Generator, radius: float, apart: list[Floats]) -> Body:
    """A random body whose colours stand off from the `apart` ones (RGB, (3,) each) and whose mark
    is lighter than the rest."""
    one = _colour(rng, apart)
    colour, mark = sorted([one, _colour(rng, [one, apart[0]])], key=np.sum)
    spread = max(0.0, LIGHTER - float(mark.mean() - colour.mean())) / 2
    colour, mark = np.maximum(colour - spread, 0), np.minimum(mark + spread, 255)
    stripes = (rng.uniform(0, 14), rng.uniform(2, 9), rng.uniform(0, 2 * np.pi))
    label = int(rng.integers(len(CLASSES)))
    return Body(label, radius, rng.uniform(0.75, 1.0), colour, mark, stripes)


def _colour(rng: np.random.Generator, apart: list[Floats]) -> Floats:
    """The one of eight random colours whose least distance from the others is greatest."""
    tried = rng.uniform(0, 255, (8, 3))
    away = np.linalg.norm(tried[:, None] - np.array(apart)[None], axis=2)
    return tried[away.min(axis=1).argmax()]


def place(body: Body, x: float, y: float, angle: float, size: int, track: int = -1) -> Shape:
    """The body at a centre and angle on an empty canvas of `size` pixels."""
    scale = (body.radius, body.radius * body.aspect)
    rings = [_turn(ring * scale, angle) + (x, y) for ring in OUTLINES[body.label]]
    outline = shapely.Polygon(rings[0], rings[1:])
    return Shape(
        body, x, y, angle, outline, _visible(outline, shapely.box(0, 0, size, size)), track
    )


def cover(below: list[Shape], top: Shape) -> list[Shape]:
    """The shapes with `top` laid over them: their visible parts shrink, `top` comes last."""
    return [
        replace(s, visible=_solid(s.visible.difference(top.outline)))
        if s.visible.intersects(top.outline)
        else s
        for s in below
    ] + [top]


def _visible(outline: BaseGeometry, canvas: BaseGeometry) -> BaseGeometry:
    return outline if canvas.contains(outline) else _solid(outline.intersection(canvas))


def _solid(shape: BaseGeometry) -> BaseGeometry:
    """Only the parts of at least one square pixel; an empty polygon when there is none."""
    parts = [p for p in shapely.get_parts(shape) if p.area >= 1]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _turn(points: Floats, angle: float) -> Floats:
    """The (N, 2) points turned clockwise about the origin."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]])
