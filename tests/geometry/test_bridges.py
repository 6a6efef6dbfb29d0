import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import FEW

from geometry import bridges

RINGS = st.lists(
    hnp.arrays(np.float64, st.tuples(st.integers(3, 6), st.just(2)), elements=st.integers(0, 50)),
    min_size=1,
    max_size=6,
)


def edges(ring):
    """Every directed edge of a ring, as a list of pairs of points."""
    return [tuple(map(tuple, pair)) for pair in np.stack([ring, np.roll(ring, -1, 0)], 1).tolist()]


@FEW
@given(RINGS, st.sampled_from([1, 1 << 20]))
def test_all_edges_once_and_bridges_there_and_back(rings, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bridges, "BLOCK", block)
        walked = edges(bridges.bridged(rings))
    for ring in rings:
        for edge in edges(ring):
            walked.remove(edge)
    assert len(walked) == 2 * (len(rings) - 1)
    assert sorted(walked) == sorted((stop, start) for start, stop in walked)


@FEW
@given(RINGS)
def test_bridges_are_as_short_as_can_be(rings):
    gaps = np.array(
        [[np.linalg.norm(a[:, None] - b[None], axis=-1).min() for b in rings] for a in rings]
    )
    joined, least = {0}, 0.0
    while len(joined) < len(rings):
        inside = sorted(joined)
        outside = [k for k in range(len(rings)) if k not in joined]
        block = gaps[np.ix_(inside, outside)]
        least += block.min()
        joined.add(outside[np.unravel_index(block.argmin(), block.shape)[1]])

    def length(ring):
        return np.linalg.norm(np.roll(ring, -1, 0) - ring, axis=1).sum()

    extra = length(bridges.bridged(rings)) - sum(map(length, rings))
    np.testing.assert_allclose(extra, 2 * least, atol=1e-9)


def test_oriented_winds_holes_the_other_way():
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    outer, hole, other = bridges.oriented([square[::-1], square, square[::-1]])
    np.testing.assert_array_equal(outer, square)
    np.testing.assert_array_equal(hole, square[::-1])
    np.testing.assert_array_equal(other, square[::-1])


def test_no_rings():
    assert bridges.bridged([]).shape == (0, 2)
