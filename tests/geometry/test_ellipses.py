import numpy as np
import strategies
from hypothesis import given

from geometry import ellipses, rotated


@given(strategies.rotated())
def test_bounds_touch_the_ellipse_on_all_four_sides(rows):
    turn = np.linspace(0, 2 * np.pi, 20_001)
    for (cx, cy, w, h, angle), box in zip(rows, ellipses.bounds(rows), strict=True):
        x, y = w / 2 * np.cos(turn), h / 2 * np.sin(turn)
        px = cx + x * np.cos(angle) - y * np.sin(angle)
        py = cy + x * np.sin(angle) + y * np.cos(angle)
        drawn = [px.min(), py.min(), px.max(), py.max()]
        np.testing.assert_allclose(box, drawn, atol=1e-4)


@given(strategies.rotated())
def test_bounds_lie_in_those_of_the_rectangle_around(rows):
    inner, outer = ellipses.bounds(rows), rotated.bounds(rows)
    assert inner.shape == (len(rows), 4)
    assert (inner[:, :2] >= outer[:, :2] - 1e-9).all()
    assert (inner[:, 2:] <= outer[:, 2:] + 1e-9).all()
