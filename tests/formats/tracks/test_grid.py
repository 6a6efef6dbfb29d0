"""A tool's frame numbers against Label Studio's own arithmetic, written out number by number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.tracks.grid import Grid, average, steady
from geometry.errors import GeometryError

RATES = st.sampled_from([10.0, 15.0, 23.976, 24.0, 25.0, 29.97, 30000 / 1001, 30.0, 59.94, 60.0])
STEPS = st.lists(st.integers(1, 120), min_size=1, max_size=60)


def seek(number: int, rate: float) -> float:
    """Where the editor's `goToFrame` seeks, in seconds (Label Studio 1.23)."""
    return math.floor((number - 1) / rate / 0.002 + 0.5) * 0.002 + 0.002


def on_screen(times: list[float], at: float) -> int:
    """The last frame that has begun by then, in microseconds as browsers count."""
    return max(i for i, t in enumerate(times) if i == 0 or round(t * 1e6) <= round(at * 1e6))


def uneven(steps: list[int]) -> list[float]:
    """Times in milliseconds, from 0, with these steps."""
    return [sum(steps[:i]) / 1000 for i in range(len(steps) + 1)]


@given(steps=STEPS, rate=RATES)
def test_numbers_show_what_the_editor_shows(steps: list[int], rate: float) -> None:
    times = uneven(steps)
    grid = Grid.of(times, rate)
    numbers = range(1, grid.count + 1)
    assert grid.source(numbers).tolist() == [on_screen(times, seek(n, rate)) for n in numbers]


@given(steps=STEPS, rate=RATES)
def test_a_frame_has_the_first_and_last_number_that_show_it(steps: list[int], rate: float) -> None:
    times = uneven(steps)
    grid = Grid.of(times, rate)
    shown = grid.source(range(1, grid.count + 1)).tolist()
    for frame, (first, last) in enumerate(zip(grid.positions(), grid.ends(), strict=True)):
        if frame in shown:
            assert first == shown.index(frame) + 1
            assert last == len(shown) - shown[::-1].index(frame)
        else:
            assert shown[first - 1] < frame or first == grid.count
    assert (np.diff(grid.positions()) >= 0).all()
    assert (grid.ends() >= grid.positions()).all()


@given(steps=STEPS, rate=RATES, data=st.data())
def test_a_frame_is_found_by_its_time(steps: list[int], rate: float, data: st.DataObject) -> None:
    times = np.array(uneven(steps))
    grid = Grid.of(times, rate)
    some = data.draw(st.lists(st.integers(0, len(times) - 1)))
    np.testing.assert_array_equal(grid.positions(times[some]), grid.positions()[some])
    np.testing.assert_array_equal(grid.ends(times[some]), grid.ends()[some])


@pytest.mark.parametrize("fps", [10, 24, 25, 30000 / 1001, 30, 50, 60, 120, 240])
def test_at_the_clips_own_rate_number_n_is_frame_n_minus_1(fps: float) -> None:
    """For an hour at 30 frames a second, also where a config has two digits of the rate."""
    times = steady(108_000, fps)
    for rate in (None, fps, round(fps, 3)):
        grid = Grid.of(times, rate)
        np.testing.assert_array_equal(grid.positions(), np.arange(1, 108_001))
        np.testing.assert_array_equal(grid.source(grid.positions()), np.arange(108_000))


def test_of_29_97_an_hour_stays_in_step() -> None:
    """29.97 is a millionth off 30000/1001: after an hour, 4 ms."""
    grid = Grid.of(steady(100_000, 30000 / 1001), 29.97)
    off = grid.positions() - np.arange(1, 100_001)
    assert np.abs(off).max() == 0


def test_frames_share_a_number_and_numbers_share_a_frame() -> None:
    coarse = Grid.of(steady(6, 30), 15)
    assert coarse.positions().tolist() == [1, 1, 2, 2, 3, 3]
    assert coarse.source([1, 2, 3]).tolist() == [0, 2, 4]
    fine = Grid.of(steady(3, 10), 20)
    assert fine.positions().tolist() == [1, 3, 5]
    assert fine.ends().tolist() == [2, 4, 6]
    assert fine.source(range(1, 7)).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_tool_that_counts_the_files_frames() -> None:
    grid = Grid.counted([0, 0.1, 0.35], first=0)
    assert grid.positions().tolist() == grid.ends().tolist() == [0, 1, 2]
    assert grid.source([-3, 1, 9]).tolist() == [0, 1, 2]
    assert grid.positions([0.2]).tolist() == [1]


def test_numbers_beyond_the_ends_show_the_ends() -> None:
    assert Grid.of(steady(5, 25)).source([-1, 0, 99]).tolist() == [0, 0, 4]


def test_the_browsers_duration_says_how_many_numbers_there_are() -> None:
    """A sound track that is longer than the picture makes numbers that show the last frame."""
    grid = Grid.of(steady(25, 25), 25, duration=1.2)
    assert grid.count == 30
    assert grid.ends()[-1] == 30


@pytest.mark.parametrize("times", [[], [0, 0], [0, 1, 0.5], [0, math.nan], [0, math.inf]])
def test_times_that_do_not_ascend_are_refused(times: list[float]) -> None:
    with pytest.raises(GeometryError, match=r"ascend|without frames"):
        Grid.of(times, 25)


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_a_rate_is_above_zero(rate: float) -> None:
    with pytest.raises(GeometryError, match="frames a second"):
        Grid.of([0, 1], rate)


def test_a_single_frame_has_one_number() -> None:
    assert Grid.of([0]).positions().tolist() == [1]
    assert Grid.of([0], 24).count == 24
    assert average([0]) == 1
