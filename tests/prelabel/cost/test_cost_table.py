"""Seconds of edits: presets, files, what is refused."""

import numpy as np
import pytest

from prelabel.cost.reading import costs, text
from prelabel.cost.table import EDITS, PRESETS, CostTable
from prelabel.errors import SettingsError


def test_seconds_are_counts_times_prices():
    table = CostTable(verify=1, adjust=2, delete=3, draw=4, relabel=5, picture=6)
    counts = np.eye(6, dtype=int)
    assert table.seconds(counts).tolist() == [1, 2, 3, 4, 5, 6]
    assert float(table.seconds(counts.sum(axis=0) * 2)) == 42
    assert table.seconds(np.zeros((0, 6))).shape == (0,)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_seconds_are_not_negative(value):
    with pytest.raises(SettingsError, match="draw"):
        CostTable(verify=1, adjust=2, delete=3, draw=value, relabel=5)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_found_by_name_and_survive_their_file(name, tmp_path):
    assert costs(name) is PRESETS[name]
    path = tmp_path / "mine.yaml"
    path.write_text(text(PRESETS[name]))
    assert costs(str(path)) == PRESETS[name]


def test_drawing_is_what_costs_most_in_every_preset():
    for table in PRESETS.values():
        assert max(EDITS, key=lambda name: getattr(table, name)) == "draw"
        assert table.verify < table.adjust < table.draw
        assert table.delete + table.draw > table.adjust + table.relabel


def test_a_file_may_begin_with_a_preset(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("preset: polygons\ndraw: 34\npicture: 2\n")
    assert costs(str(path)) == CostTable(
        verify=3, adjust=15, delete=2, draw=34, relabel=4, picture=2
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("draw: [", "is not YAML"),
        ("- 1\n", "expected lines of the form"),
        ("draw: 3\n", "says nothing about verify, adjust, delete, relabel"),
        ("preset: boxes\npaint: 3\n", "no kind of edit 'paint'"),
        ("preset: boxs\n", "no preset 'boxs'"),
        ("preset: boxes\ndraw: soon\n", "draw: is 'soon', expected seconds"),
        ("preset: boxes\ndraw: -1\n", "draw: is '-1', expected seconds"),
        ("preset: boxes\ndraw: nan\n", "draw: is 'nan', expected seconds"),
    ],
)
def test_files_that_are_none(content, says, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(SettingsError) as error:
        costs(str(path))
    assert says in str(error.value)
    assert str(path) in str(error.value)


def test_an_unknown_name_lists_the_presets():
    with pytest.raises(SettingsError, match=r"no cost table 'box'.*boxes"):
        costs("box")
