import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import arrays

from geometry import cells


@st.composite
def windows(draw):
    count, groups = draw(st.integers(1, 12)), draw(st.integers(1, 3))
    low = draw(arrays((count, 2), -20.0, 120.0))
    high = low + draw(arrays((count, 2), 0.0, draw(st.sampled_from([0.5, 30.0, 300.0]))))
    points = draw(arrays((draw(st.integers(1, 30)), 2), 0.0, 100.0))
    kinds = st.lists(st.integers(0, groups - 1), min_size=30, max_size=30)
    numbers = np.array(draw(kinds))[:count], np.array(draw(kinds))[: len(points)]
    return low, high, points, numbers


@given(windows(), st.integers(1, 40))
def test_no_point_of_a_window_is_left_out_nor_found_twice(asked, most):
    low, high, points, (own, theirs) = asked
    found = cells.ranges(low, high, points, (own, theirs))
    pairs = [
        pair for i, j in found.pairs(most) for pair in zip(i.tolist(), j.tolist(), strict=True)
    ]
    assert len(pairs) == found.count == len(set(pairs))
    assert all(own[i] == theirs[j] for i, j in pairs)
    within = (points >= low[:, None]) & (points <= high[:, None])
    wanted = np.argwhere(within.all(axis=2) & (own[:, None] == theirs))
    assert set(map(tuple, wanted.tolist())) <= set(pairs)


def test_a_grid_leaves_strangers_out():
    points = np.random.default_rng(0).uniform(0, 1000, (2000, 2))
    alone = np.zeros(2000, np.int64)
    found = cells.ranges(points - 5, points + 5, points, (alone, alone))
    assert 2000 <= found.count < 2000 * 2000 / 1000
