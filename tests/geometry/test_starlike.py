import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import arrays
from strategies import rings as some_rings

from geometry import polygons
from geometry.rings import Rings
from geometry.starlike import star_shaped


@given(st.one_of(some_rings(), some_rings(tangled=True)))
def test_what_is_seen_whole_is_proper(rings):
    assert (polygons.valid(rings) | ~star_shaped(rings)).all()


@given(st.integers(3, 9).flatmap(lambda k: arrays((k, 2), 0.0, 9.0)), st.booleans())
def test_rings_of_any_points_on_a_coarse_grid(points, whole):
    rings = Rings.of([[[np.floor(points) if whole else points]]])
    assert polygons.valid(rings)[0] or not star_shaped(rings)[0]


def test_what_is_and_what_is_not():
    angle = np.arange(10) * (2 * np.pi / 5)
    twice = np.column_stack([np.cos(angle), np.sin(angle)]) * np.linspace(4, 5, 10)[:, None] + 50
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    hook = np.array([[0.0, 0], [9, 0], [9, 9], [7, 9], [7, 1], [0, 1]])
    rows = [[[square]], [[square[::-1] + 1e6]], [[twice]], [[hook]], [[square, square / 2 + 2]]]
    others = [
        [[square], [square + 20]],
        [],
        [[square[:2]]],
        [[square * np.nan]],
        [[square + np.inf]],
    ]
    assert star_shaped(Rings.of(rows + others)).tolist() == [True] * 2 + [False] * 8
    assert star_shaped(Rings.empty()).shape == (0,)
