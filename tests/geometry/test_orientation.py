from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry.orientation import turns


def exactly(start, stop, point):
    ax, ay, bx, by, cx, cy = (Fraction(float(x)) for x in (*start, *stop, *point))
    turn = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return (turn > 0) - (turn < 0)


def check(start, stop, point):
    found = np.sign(turns(np.array(start).T, np.array(stop).T, np.array(point).T))
    wanted = [exactly(*rows) for rows in zip(start, stop, point, strict=True)]
    assert found.tolist() == wanted


NUMBER = st.one_of(
    st.integers(-3, 3).map(float),
    st.floats(-1e6, 1e6),
    st.floats(-1, 1).map(lambda x: 1 + x / 2**52),
)
POINT = st.tuples(NUMBER, NUMBER)


@given(st.lists(st.tuples(POINT, POINT, POINT), min_size=1, max_size=6))
def test_the_sign_is_exact(rows):
    check(*zip(*rows, strict=True))


@pytest.mark.parametrize("scale", [1.0, 1000.0, 1e6])
def test_the_sign_of_points_that_are_almost_on_the_line(scale):
    rng = np.random.default_rng(0)
    start, stop = rng.uniform(0, scale, (2, 400, 2))
    on = start + rng.uniform(-1, 2, (400, 1)) * (stop - start)
    near = on + rng.integers(-2, 3, (400, 2)) * np.spacing(on)
    check(start, stop, near)
    assert (turns(start.T, stop.T, start.T) == 0).all()
    assert (turns(start.T, stop.T, stop.T) == 0).all()
