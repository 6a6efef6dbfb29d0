"""Conditions, against Python's own comparison of every value."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.editing.conditions import parse
from formats.errors import FormatError, UnknownName

FIELDS = ("score", "label", "width")
SIGNS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NUMBERS = st.floats(width=16, allow_nan=True, allow_infinity=False)


@given(st.lists(NUMBERS, max_size=5), st.sampled_from(sorted(SIGNS)), NUMBERS)
def test_numbers_compare_as_python_compares_them(
    values: list[float], sign: str, limit: float
) -> None:
    if limit != limit:
        limit = 0.0
    held = parse(f"score{sign}{limit!r}", FIELDS).holds(np.array(values, np.float64))
    assert held.tolist() == [SIGNS[sign](value, limit) for value in values]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("label=car", [True, False, False, False]),
        ("label = car|bus", [True, True, False, False]),
        ("label!=car", [False, True, True, True]),
        ("label~^b", [False, True, False, False]),
        ("label~a", [True, False, True, False]),
    ],
)
def test_texts(text: str, expected: list[bool]) -> None:
    values = np.array(["car", "bus", "A a", None], dtype=object)
    assert parse(text, FIELDS).holds(values).tolist() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attributes.n>=2", [False, True, True, False, False, False]),
        ("attributes.n=2", [False, True, False, False, False, False]),
        ("attributes.n=true", [False, False, False, True, False, False]),
        ("attributes.n=red|2.5", [False, False, True, False, True, False]),
    ],
)
def test_attributes_are_numbers_texts_or_truth_values(text: str, expected: list[bool]) -> None:
    cells: list[Any] = [1, 2, 2.5, True, "red", None]
    values = np.empty(len(cells), dtype=object)
    values[:] = cells
    assert parse(text, FIELDS, attributes=True).holds(values).tolist() == expected


def test_an_attribute_may_have_blanks_in_its_name() -> None:
    assert parse("attributes.of the car = red", FIELDS, attributes=True).field == (
        "attributes.of the car"
    )


@pytest.mark.parametrize("text", ["", "score", ">=3", "score>", "score=="])
def test_what_has_no_value_fulfils_nothing_or_is_no_condition(text: str) -> None:
    with pytest.raises(FormatError, match=r"expected FIELD SIGN VALUE|is no number"):
        parse(text, FIELDS).holds(np.zeros(1))


def test_errors_name_the_condition() -> None:
    with pytest.raises(UnknownName, match=r"scroe>1: no field 'scroe' .did you mean 'score'"):
        parse("scroe>1", FIELDS)
    with pytest.raises(UnknownName, match=r"no field 'attributes.x'"):
        parse("attributes.x>1", FIELDS)
    with pytest.raises(FormatError, match=r"score>=high: 'high' is no number"):
        parse("score>=high", FIELDS).holds(np.zeros(1))
    with pytest.raises(FormatError, match=r"label~[(]: not a regular expression"):
        parse("label~(", FIELDS).holds(np.array(["a"], dtype=object))
    with pytest.raises(FormatError, match="score~1: score is a number"):
        parse("score~1", FIELDS).holds(np.zeros(1))
