"""Hypothesis strategies for shapes: boxes, rotated boxes, polygons with holes, masks."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from geometry.rings import Rings

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
"""(width, height) of a small picture."""


STEPS = 65535
FEW = settings(max_examples=settings.default.max_examples * 3 // 10)
"""For tests whose examples are dear; the long form of the tests raises it with all others."""


def arrays(shape, low, high):
    """Arrays of numbers on a grid of `STEPS` steps, drawn in one piece: fast, and no tiny ones."""
    count = int(np.prod(shape))

    def placed(raw):
        grid = np.frombuffer(raw, dtype=np.uint16).reshape(shape)
        return low + grid * ((high - low) / STEPS)

    return st.binary(min_size=2 * count, max_size=2 * count).map(placed)


def floats(low, high):
    """Numbers on a grid of `STEPS` steps."""
    return st.integers(0, STEPS).map(lambda step: low + step * ((high - low) / STEPS))


@st.composite
def boxes(draw, least=0, most=30, side=60.0, whole=False):
    """(N, 4) x0 y0 x1 y1 with sides of 0 or more; whole numbers make ties and equal boxes."""
    count = draw(st.integers(least, most))
    corners = np.sort(draw(arrays((count, 2, 2), 0.0, side)), axis=1).reshape(-1, 4)
    return np.floor(corners / 5) if whole else corners


@st.composite
def rotated(draw, least=0, most=12):
    """(N, 5) cx cy w h angle; right angles, shared centres and equal sides are common."""
    count = draw(st.integers(least, most))
    place = st.one_of(st.integers(0, 4).map(lambda k: 5.0 * k), floats(0.0, 30.0))
    side = st.one_of(st.sampled_from([5.0, 10.0, 20.0]), floats(0.1, 40.0))
    turn = st.one_of(st.integers(-4, 4).map(lambda k: k * np.pi / 4), floats(-6.0, 6.0))
    rows = st.tuples(place, place, side, side, turn)
    return np.array(draw(st.lists(rows, min_size=count, max_size=count))).reshape(-1, 5)


@st.composite
def pictures(draw, size=SIZES):
    """A dense (H, W) bool mask: noise, or a few rectangles added and cut out (holes, touching)."""
    width, height = draw(size)
    if draw(st.booleans()):
        return draw(arrays((height, width), 0.0, 1.0)) < draw(floats(0.1, 0.9))
    picture = np.zeros((height, width), dtype=bool)
    for _ in range(draw(st.integers(0, 6))):
        x0, x1 = sorted(draw(st.tuples(st.integers(0, width), st.integers(0, width))))
        y0, y1 = sorted(draw(st.tuples(st.integers(0, height), st.integers(0, height))))
        picture[y0:y1, x0:x1] = draw(st.booleans())
    return picture


@st.composite
def parts(draw):
    """One part: a star-shaped ring, simple but not convex; perhaps with a smaller one as a hole."""
    count = draw(st.integers(3, 12))
    reach = draw(arrays((count, 1), 0.3, 1.0))
    angle = np.arange(count) * (2 * np.pi / count) + draw(floats(0.0, 6.0))
    spokes = 15 * reach * np.column_stack([np.cos(angle), np.sin(angle)])
    scales = [1.0] if draw(st.booleans()) else [1.0, draw(floats(0.05, 0.3))]
    middle = draw(arrays(2, 10.0, 30.0))
    return [middle + spokes * scale for scale in scales]


@st.composite
def tangles(draw):
    """A ring of random points, which mostly crosses itself."""
    return draw(arrays((draw(st.integers(3, 8)), 2), -5.0, 45.0))


@st.composite
def rings(draw, least=0, most=4, tangled=False):
    """`Rings` of rows with no, one or several (then often overlapping) parts."""
    part = st.one_of(parts(), tangles().map(lambda ring: [ring])) if tangled else parts()
    rows = st.lists(st.lists(part, max_size=3), min_size=least, max_size=most)
    return Rings.of(draw(rows))
