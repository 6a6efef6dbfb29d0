"""Many rows joined at a time: the rings that joining one by one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from strategies import FEW

from formats.yolo import closest
from formats.yolo.joining import joined, joined_rows
from geometry.rings import Rings

RING = hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.integers(0, 9))
ROWS = st.lists(st.lists(RING, min_size=2, max_size=5), max_size=6)


@FEW
@given(ROWS, st.sampled_from([1, 8, 1 << 15]))
def test_as_one_by_one(rows, large):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closest, "LARGE", large)
        counts, points = joined_rows(Rings.of([[[ring] for ring in row] for row in rows]))
    expected = [joined(row) for row in rows]
    assert counts.tolist() == [len(ring) for ring in expected]
    np.testing.assert_array_equal(points, np.concatenate([np.empty((0, 2)), *expected]))
