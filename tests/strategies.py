"""Hypothesis strategies for shapes: boxes, rotated boxes, polygons with holes, masks."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geometry.rings import Rings

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 40))
"""(width, height) of a small picture."""


def floats(low, high):
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def boxes(draw, least=0, most=30, side=60.0, whole=False):
    """(N, 4) x0 y0 x1 y1 with sides of 0 or more; whole numbers make ties and equal boxes."""
    number = st.integers(0, 12).map(float) if whole else floats(0.0, side)
    count = draw(st.integers(least, most))
    corners = draw(hnp.arrays(np.float64, (count, 2, 2), elements=number))
    return np.sort(corners, axis=1).reshape(-1, 4)


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
        return draw(hnp.arrays(np.bool_, (height, width)))
    picture = np.zeros((height, width), dtype=bool)
    for _ in range(draw(st.integers(0, 6))):
        x0, x1 = sorted(draw(st.tuples(st.integers(0, width), st.integers(0, width))))
        y0, y1 = sorted(draw(st.tuples(st.integers(0, height), st.integers(0, height))))
        picture[y0:y1, x0:x1] = draw(st.booleans())
    return picture


@st.composite
def parts(draw):
    """One part: a star-shaped ring, simple but not convex; perhaps a smaller one in it as a hole."""
    count = draw(st.integers(3, 12))
    reach = draw(hnp.arrays(np.float64, (count, 1), elements=floats(0.3, 1.0)))
    angle = np.arange(count) * (2 * np.pi / count) + draw(floats(0.0, 6.0))
    spokes = 15 * reach * np.column_stack([np.cos(angle), np.sin(angle)])
    scales = [1.0] if draw(st.booleans()) else [1.0, draw(floats(0.05, 0.3))]
    middle = [20 + draw(floats(-10.0, 10.0)), 20 + draw(floats(-10.0, 10.0))]
    return [middle + spokes * scale for scale in scales]


@st.composite
def tangles(draw):
    """A ring of random points, which mostly crosses itself."""
    count = draw(st.integers(3, 8))
    return draw(hnp.arrays(np.float64, (count, 2), elements=floats(-5.0, 45.0)))


@st.composite
def rings(draw, least=0, most=6, tangled=False):
    """`Rings` of rows with no, one or several (then often overlapping) parts."""
    part = st.one_of(parts(), tangles().map(lambda ring: [ring])) if tangled else parts()
    rows = st.lists(st.lists(part, max_size=3), min_size=least, max_size=most)
    return Rings.of(draw(rows))
