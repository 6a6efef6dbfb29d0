"""Cells and tables, on the page and on the terminal."""

import io
import math
import re

import numpy as np
import pytest
from rich.console import Console

from prelabel.reports import Estimate, Html, cells, table, terminal

CELLS = [
    (None, "–", math.nan),
    (math.nan, "–", math.nan),
    (0.12345, "0.123", 0.12345),
    (np.float64(1234.5), "1,234.500", 1234.5),
    (12345, "12,345", 12345),
    (np.int64(0), "0", 0),
    (True, "yes", 1),
    (np.bool_(False), "no", 0),
    ("dog", "dog", None),
    (Estimate(0.5, 0.4, 0.6), "0.500 (0.400–0.600)", 0.5),
    (Estimate(12.34, 11, 13, digits=1), "12.3 (11.0–13.0)", 12.34),
    (Estimate(-0.5, -0.6, -0.4), "-0.500 (-0.600 to -0.400)", -0.5),
    (Estimate(0.5, math.nan, math.nan), "0.500", 0.5),
    (Estimate(math.nan, math.nan, math.nan), "–", math.nan),
]


@pytest.mark.parametrize(("cell", "text", "value"), CELLS)
def test_cells(cell, text, value):
    assert cells.text(cell) == text
    found = cells.number(cell)
    assert found == value if value is None else found == pytest.approx(value, nan_ok=True)


def test_page_carries_the_values_by_which_it_sorts():
    made = table(["class", "F1"], [["dog", 1 / 3], ["cat", None], ["cow", Estimate(0.5, 0, 1)]])
    assert re.findall(r'data-value="([^"]+)"', made) == ["0.333333333", "nan", "0.5"]
    assert '<th scope="col" class="n">F1' in made


def test_html_is_left_alone_in_a_cell():
    made = table(["a", "b"], [["<i>", Html("<i>x</i>")]])
    assert "&lt;i&gt;" in made
    assert "<td><i>x</i></td>" in made


def test_long_tables_scroll():
    assert 'class="scroll tall"' in table(["a"], [[i] for i in range(16)])
    assert 'class="scroll tall"' not in table(["a"], [[i] for i in range(15)])


def test_no_rows():
    assert "<tbody></tbody>" in table(["a", "b"], [])


@pytest.mark.parametrize("row", [[], ["x"], ["x", 1, 2]])
def test_a_cell_for_every_heading(row):
    for made in (table, terminal.table):
        with pytest.raises(ValueError, match="cells under 2 headings"):
            made(["a", "b"], [["x", 1], row])


def printed(*arguments, **more):
    console = Console(file=io.StringIO(), width=80)
    console.print(terminal.table(*arguments, **more))
    return console.file.getvalue()


def test_terminal_shows_the_same_texts():
    rows = [["dog [bold]", 0.5, 12], ["cat", None, 1234]]
    text = printed(["class", "F1", "n"], rows, title="by [red]class")
    for row in rows:
        for cell in row:
            assert cells.text(cell) in text
    assert "by [red]class" in text
    assert text.index("0.500") + 5 == text.index("0.500", 0) + len("0.500")


def test_terminal_sets_figures_to_the_right():
    lines = printed(["class", "n"], [["a", 5], ["b", 12345]]).splitlines()
    ends = [line.rstrip()[-1:] for line in lines if "a" in line or "12,345" in line]
    places = [line.rstrip() for line in lines if line.strip().startswith(("a", "b"))]
    assert ends[-2:] == ["5", "5"]
    assert len({len(line) for line in places}) == 1
