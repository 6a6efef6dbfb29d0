import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import boxes as some_boxes

from geometry import boxes, overlaps

ANY = st.one_of(some_boxes(), some_boxes(whole=True))
THRESHOLDS = st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.9, 1.0])


@pytest.fixture(params=[0, 1 << 13], ids=["search", "all pairs"])
def small(request, monkeypatch):
    monkeypatch.setattr(overlaps, "SMALL", request.param)
    monkeypatch.setattr(overlaps, "CHUNK", 64)


def dense_pairs(a, b, threshold):
    matrix = boxes.iou(a, b)
    return np.nonzero((matrix > 0) & (matrix >= threshold)), matrix


def check(a, b, threshold):
    i, j, iou = overlaps.overlap_pairs(a, b, threshold)
    (rows, columns), matrix = dense_pairs(a, b, threshold)
    np.testing.assert_array_equal(i, rows)
    np.testing.assert_array_equal(j, columns)
    np.testing.assert_array_equal(iou, matrix[rows, columns])


@given(a=ANY, b=ANY, threshold=THRESHOLDS)
def test_pairs_are_those_of_the_matrix(a, b, threshold):
    check(a, b, threshold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlaps, "SMALL", 0)
        patch.setattr(overlaps, "CHUNK", 16)
        check(a, b, threshold)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spread", [5, 300, 5000])
def test_pairs_of_many_boxes(small, spread, dtype):
    rng = np.random.default_rng(spread)
    middle, side = rng.uniform(-spread, spread, (400, 2)), rng.exponential(40, (400, 2))
    many = np.concatenate([middle - side, middle + side], axis=1).astype(dtype)
    for threshold in (0.0, 0.45, 0.7, 1.0):
        check(many, many[::-1], threshold)


def test_groups_keep_pairs_apart(small):
    rng = np.random.default_rng(1)
    corners = np.sort(rng.uniform(0, 50, (120, 2, 2)), axis=1).reshape(-1, 4)
    kinds = rng.integers(-3, 9, 120) * 1000
    i, j, _ = overlaps.overlap_pairs(corners, corners, 0.2, (kinds, kinds))
    rows, columns = np.nonzero((boxes.iou(corners, corners) >= 0.2) & (kinds[:, None] == kinds))
    np.testing.assert_array_equal(i, rows)
    np.testing.assert_array_equal(j, columns)


def test_boxes_that_are_none_overlap_nothing(small):
    good = [0.0, 0, 10, 10]
    odd = np.array([[np.nan] * 4, [0, 0, np.inf, np.inf], [5, 5, 5, 9], [9, 9, 1, 1], good])
    i, j, iou = overlaps.overlap_pairs(odd, odd)
    assert (i.tolist(), j.tolist(), iou.tolist()) == ([4], [4], [1.0])


def test_touching_boxes_do_not_overlap(small):
    a = np.array([[0.0, 0, 10, 10]])
    assert len(overlaps.overlap_pairs(a, a + [10, 0, 10, 0])[0]) == 0


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=8))
def test_expand_is_the_ranges_written_out(ranges):
    starts, lengths = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    owner, member = overlaps.expand(starts, starts + lengths)
    wanted = [(k, m) for k, (s, n) in enumerate(ranges) for m in range(s, s + n)]
    assert list(zip(owner.tolist(), member.tolist(), strict=True)) == wanted
