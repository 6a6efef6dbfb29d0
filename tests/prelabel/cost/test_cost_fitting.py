"""Cost tables from measured times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from formats.errors import FormatError
from prelabel.cost.fitting import fit
from prelabel.cost.table import EDITS, PRESETS, CostTable

TRUE = CostTable(verify=1.5, adjust=6, delete=1, draw=20, relabel=3, picture=4)


def counts(pictures, seed=0):
    rng = np.random.default_rng(seed)
    edits = rng.poisson([3, 4, 2, 3, 1], (pictures, 5))
    return np.column_stack([edits, np.ones(pictures, dtype=int)])


def test_exact_times_give_the_table_back():
    rows = counts(40)
    found = fit(rows, TRUE.seconds(rows), PRESETS["boxes"])
    assert found.costs.vector() == pytest.approx(TRUE.vector(), abs=1e-6)
    assert found.error == pytest.approx(0, abs=1e-6)
    assert found.assumed == ()


def test_breaks_do_not_move_the_figures_far():
    rows = counts(80)
    rng = np.random.default_rng(1)
    times = TRUE.seconds(rows) * rng.normal(1, 0.1, len(rows))
    times[::10] += 600  # somebody went for coffee
    found = fit(rows, times, PRESETS["boxes"])
    plain = nnls(rows.astype(float), times)[0]
    true = TRUE.vector()
    assert np.abs(found.costs.vector() - true).sum() < 0.3 * np.abs(plain - true).sum()
    inside = [low <= getattr(TRUE, n) <= high for n, (low, high) in found.intervals.items()]
    assert sum(inside) >= 5


def test_an_edit_that_never_came_up_keeps_its_seconds():
    rows = counts(30)
    rows[:, EDITS.index("relabel")] = 0
    found = fit(rows, TRUE.seconds(rows), PRESETS["polygons"])
    assert found.assumed == ("relabel",)
    assert found.costs.relabel == PRESETS["polygons"].relabel
    assert "relabel" not in found.intervals


def test_pictures_without_a_time_are_left_out():
    rows = counts(40)
    times = TRUE.seconds(rows)
    times[20:] = np.nan
    assert fit(rows, times, PRESETS["boxes"]).pictures == 20
    with pytest.raises(FormatError, match="9 pictures have a time, expected 10"):
        fit(rows[:20], np.where(np.arange(20) < 9, times[:20], np.nan), PRESETS["boxes"])


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 3))
def test_no_figure_is_negative_and_intervals_hold_it(seed, noise):
    rows = counts(15, seed)
    rng = np.random.default_rng(seed)
    times = np.abs(TRUE.seconds(rows) * (1 + noise * rng.standard_normal(len(rows))))
    found = fit(rows, times, PRESETS["boxes"])
    assert (found.costs.vector() >= 0).all()
    assert all(0 <= low <= high < np.inf for low, high in found.intervals.values())
