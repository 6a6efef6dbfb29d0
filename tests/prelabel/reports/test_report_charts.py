"""Charts: marks lie where their figures are, and every figure stands as text."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prelabel.reports import charts
from prelabel.reports.charts import linechart as plots
from prelabel.reports.charts.ticks import label, ticks

finite = st.floats(-1e6, 1e6, allow_nan=False)


def numbers(text, pattern):
    return [tuple(map(float, found)) for found in re.findall(pattern, text)]


def test_bars_are_as_long_as_their_figures():
    made = charts.bars([charts.Bar("a", 0.25), charts.Bar("b", 1.0)], title="t")
    rects = numbers(made, r'<rect x="([\d.]+)" y="4" width="([\d.]+)"')
    assert rects == [(0, 25), (0, 100)]
    assert "0.250" in made
    assert "1.000" in made


def test_whiskers_lie_at_the_ends_of_the_interval():
    made = charts.bars([charts.Bar("a", 0.5, 0.4, 0.75)], title="t")
    assert numbers(made, r'class="whisker" d="M([\d.]+) 10H([\d.]+)') == [(40, 75)]
    assert "0.400–0.750" in made


def test_bars_of_negative_figures_begin_at_nought():
    made = charts.bars([charts.Bar("a", -1.0), charts.Bar("b", 1.0)], title="t", limits=None)
    rects = numbers(made, r'<rect x="([\d.]+)" y="4" width="([\d.]+)"')
    assert rects == [(0, 50), (50, 50)]


@given(st.lists(st.one_of(finite, st.just(math.nan)), max_size=5))
@settings(max_examples=40)
def test_bars_stay_within_their_scale(values):
    made = charts.bars([charts.Bar("x", v) for v in values], title="t", limits=None, unit="s")
    for x, width in numbers(made, r'<rect x="([^"]+)" y="4" width="([^"]+)"'):
        assert 0 <= x <= x + width <= 100 + 1e-6
    assert made.count("<rect") == sum(not math.isnan(v) for v in values)
    assert made.count('<td class="n">–') == sum(math.isnan(v) for v in values)


def test_lines_go_through_their_points():
    made = charts.lines([charts.Series("s", [0, 5, 10], [0, 0.5, 1])], title="t")
    dots = numbers(made, r'cx="([\d.]+)" cy="([\d.]+)"')
    x = (plots.LEFT + plots.RIGHT) / 2
    y = (plots.TOP + plots.BOTTOM) / 2
    assert dots == [(plots.LEFT, plots.BOTTOM), (x, y), (plots.RIGHT, plots.TOP)]
    assert "<title>s: 5, 0.500</title>" in made
    assert "legend" not in made


def test_a_line_is_lifted_over_what_has_no_figure():
    made = charts.lines([charts.Series("s", [0, 1, 2, 3], [1, math.nan, 1, 1])], title="t")
    (way,) = re.findall(r'class="line c0 d0" d="([^"]+)"', made)
    assert re.sub(r"[\d. ]", "", way) == "MML"


def test_bands_hold_the_line():
    series = charts.Series("s", [0, 1], [0.5, 0.5], [0.25, math.nan], [0.75, 0.8])
    (points,) = re.findall(
        r'<polygon class="band c0" points="([^"]+)"', charts.lines([series], title="t")
    )
    assert len(points.split()) == 2


def test_more_series_than_colours_are_told_apart_by_dashes():
    made = charts.lines([charts.Series(f"s{i}", [0, 1], [0, 1]) for i in range(20)], title="t")
    styles = re.findall(r'<path class="line (c\d d\d)" d="M0', made)
    assert len(set(styles)) == 20


@given(st.lists(st.tuples(finite, st.one_of(finite, st.just(math.nan))), max_size=6))
@settings(max_examples=40)
def test_points_lie_on_the_plot(points):
    x, y = [p[0] for p in points], [p[1] for p in points]
    made = charts.lines([charts.Series("s", x, y)], title="t", y_limits=None)
    dots = numbers(made, r'cx="([^"]+)" cy="([^"]+)"')
    assert len(dots) == sum(not math.isnan(v) for v in y)
    assert all(plots.LEFT <= a <= plots.RIGHT for a, _ in dots)
    assert all(plots.TOP <= b <= plots.BOTTOM for _, b in dots)


@given(finite, st.floats(1e-3, 1e6))
@settings(max_examples=80)
def test_ticks_are_few_round_and_within(low, length):
    found = ticks(low, low + length)
    slack = 1e-6 * length
    assert all(low - slack <= tick <= low + length + slack for tick in found)
    assert len(found) <= 7
    if len(found) > 2:
        assert np.allclose(np.diff(found), found[1] - found[0], rtol=1e-3)


def test_ticks_of_the_usual_scales():
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(0.5, 0.95) == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])
    assert ticks(3, 3) == [3]
    assert [label(v) for v in (0.2, 12, 12000)] == ["0.2", "12", "12,000"]


def test_heatmap_is_darker_the_more_and_says_every_figure():
    made = charts.heatmap(["a", "b"], ["c", "d"], [[0, 5], [10, 1]], title="t")
    assert re.findall(r'<td class="h(\d+)">(\d+)', made) == [
        ("0", "0"),
        ("5", "5"),
        ("10", "10"),
        ("1", "1"),
    ]


def test_heatmap_with_shades_of_its_own_and_figures_that_are_missing():
    made = charts.heatmap(
        ["a"], ["b", "c", "d"], [[0.5, math.nan, 2]], title="t", shades=[[1, 1, 0.001]]
    )
    assert re.findall(r'<td class="h(\d+)">([^<]+)', made) == [
        ("10", "0.500"),
        ("0", "–"),
        ("1", "2.000"),
    ]


def test_heatmap_of_equal_or_no_figures():
    assert re.findall(r"h\d+", charts.heatmap(["a"], ["b"], [[0.7]], title="t")) == ["h10"]
    assert "<tbody></tbody>" in charts.heatmap([], [], np.empty((0, 0)), title="t")


def test_names_stand_upright_where_there_are_many():
    names = [str(i) for i in range(7)]
    values = np.zeros((7, 7), dtype=int)
    assert 'class="upright"' in charts.heatmap(names, names, values, title="t")
    assert 'class="upright"' not in charts.heatmap(names, names[:6], values[:, :6], title="t")
