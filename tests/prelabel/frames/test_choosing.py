"""Which frames are looked at: strides, evenly spaced instants, ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prelabel.errors import SettingsError
from prelabel.frames import choose

STEPS = st.lists(st.floats(0.002, 0.5), min_size=0, max_size=60)
EVEN = np.arange(50) / 25


def times_of(steps):
    return np.concatenate([[0.0], np.cumsum(steps)])


def test_all_of_them():
    assert choose(EVEN).tolist() == list(range(50))
    assert choose([0.0]).tolist() == [0]


def test_every_fifth():
    assert choose(EVEN, stride=5).tolist() == list(range(0, 50, 5))


def test_range_ends_before_its_stop():
    assert choose(EVEN, start=0.4, stop=0.8).tolist() == list(range(10, 20))
    assert choose(EVEN, start=0.41, stride=3, stop=0.8).tolist() == [11, 14, 17]
    assert choose(EVEN, start=99.0).tolist() == []


@pytest.mark.parametrize("rate", [25, 30000 / 1001, 24, 59.94])
def test_the_own_rate_is_every_frame(rate):
    times = np.arange(200) / rate
    assert choose(times, fps=rate).tolist() == list(range(200))
    assert choose(times, fps=2.5 * rate).tolist() == list(range(200))


def test_a_fifth_of_the_rate_is_every_fifth():
    assert choose(EVEN, fps=5).tolist() == list(range(0, 50, 5))


@given(STEPS, st.floats(0.5, 40))
def test_instants_show_what_a_viewer_sees(steps, fps):
    times = times_of(steps)
    chosen = choose(times, fps=fps)
    end = times[-1] + (times[-1] / len(steps) if steps else 1.0)
    instants = np.arange(int(end * fps) + 2) / fps
    sure = np.abs(instants[:, None] - np.append(times, end)).min(axis=1) > 1e-5
    seen = np.searchsorted(times, instants[sure & (instants < end)], side="right") - 1
    assert set(seen.tolist()) <= set(chosen.tolist())
    assert (np.diff(chosen) > 0).all()
    # each chosen frame is on the screen at some instant, give or take a rounding error
    ends = np.append(times[1:], end)
    first = np.ceil((times[chosen] - 2e-6) * fps) / fps
    assert (first < ends[chosen] + 2e-6).all()


@given(STEPS, st.integers(1, 9), st.floats(0, 3), st.floats(0.1, 3))
def test_stride_counts_from_the_start_of_the_range(steps, stride, start, length):
    times = times_of(steps)
    chosen = choose(times, stride=stride, start=start, stop=start + length)
    inside = np.flatnonzero((times >= start - 1e-6) & (times < start + length - 1e-6))
    assert chosen.tolist() == inside[::stride].tolist()


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"stride": 0}, "stride"),
        ({"fps": 0.0}, "fps"),
        ({"fps": float("nan")}, "fps"),
        ({"fps": 5, "stride": 2}, "fps"),
        ({"start": 2.0, "stop": 2.0}, "stop"),
        ({"stop": 0.0}, "stop"),
    ],
)
def test_impossible_choices(asked, word):
    with pytest.raises(SettingsError, match=f"^{word}: "):
        choose(EVEN, **asked)
