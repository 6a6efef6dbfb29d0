"""Label lines as numbers and back: against Python's own parser and formatter."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.yolo import text
from formats.yolo.lines import parse

numbers = st.one_of(
    st.floats(0, 9.9, allow_nan=False),
    st.floats(-2, 20, allow_nan=False),
    st.sampled_from([0.0, 1.0, 0.5, 1e-6, 4.9e-7, 5e-7, 0.9999995, 0.9999994]),
)
lines_of_numbers = st.lists(
    st.tuples(st.integers(0, 12345), st.lists(numbers, max_size=9)), max_size=8
)


@given(lines_of_numbers)
def test_lines_are_those_of_pythons_formatter(rows: list[tuple[int, list[float]]]) -> None:
    classes = np.array([name for name, _ in rows], dtype=np.int64)
    counts = np.array([len(values) for _, values in rows], dtype=np.int64)
    flat = np.array([value for _, values in rows for value in values], dtype=np.float64)
    found, ends = text.lines(classes, counts, flat)
    lines = found.decode().splitlines()
    assert len(lines) == len(rows)
    assert ends.tolist() == [0, *np.cumsum([len(line) + 1 for line in lines])]
    for line, (name, values) in zip(lines, rows, strict=True):
        words = line.split(" ")
        assert words[0] == str(name)
        for word, value in zip(words[1:], values, strict=True):
            assert len(word.partition(".")[2]) == 6
            assert abs(float(word) - value) <= 5.0001e-7


def test_both_ways_to_write_give_the_same_text() -> None:
    classes, counts = np.array([3, 41, 999]), np.array([2, 0, 3])
    values = np.array([0.1, 1.0, 0.123456, 9.999999, 0.0])
    fast, _ = text.lines(classes, counts, values)
    slow, _ = text.lines(classes, counts, np.concatenate([values[:4], [-0.25]]))
    assert fast == b"3 0.100000 1.000000\n41\n999 0.123456 9.999999 0.000000\n"
    assert slow == fast.replace(b"0.000000\n", b"-0.250000\n")


words = st.one_of(
    st.floats(allow_nan=False).map(repr),
    st.floats(0, 1).map(lambda value: f"{value:.6f}"),
    st.integers(-5, 10**18).map(str),
    st.sampled_from(
        [
            "1e-3",
            ".5",
            "5.",
            "+1",
            "-0",
            "0.1234567890123456789",
            "007",
            "12345678",
            "-.123456",
            "9.999999",
            "12.34567",
            "1E5",
            "0.30000000000000004",
        ]
    ),
)
blanks = st.sampled_from([" ", "  ", "\t", " \t "])
ends = st.sampled_from(["\n", "\r\n", "\n\n", " \n"])


@given(st.lists(st.lists(st.tuples(blanks, words), max_size=6), max_size=6), ends, st.booleans())
def test_numbers_are_pythons_own(lines: list[list[tuple[str, str]]], end: str, bom: bool) -> None:
    whole = end.join("".join(b + w for b, w in line) for line in lines)
    rows = parse([b"7 1\n", (b"\xef\xbb\xbf" if bom else b"") + whole.encode(), b"", b"8 2"])
    wanted = [[float(w) for _, w in line] for line in lines if line]
    found = np.split(rows.values, np.cumsum(rows.counts)[:-1])
    assert [rows.classes[0], rows.classes[-1]] == [7, 8]
    assert rows.files.tolist() == [0, *[1] * len(wanted), 3]
    for k, row in enumerate(wanted, 1):
        assert [rows.classes[k], *found[k]] == row


shares = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])).map("{:.6f}".format)
equal_lines = st.lists(st.tuples(st.integers(0, 1200), st.lists(shares, max_size=6)), min_size=1)
odd_bytes = st.sampled_from(
    [b"", b" ", b"\n", b"\t", b"\x00", b"7", b".", b":", b"/", b"\xb0", b" 3"]
)


def number(word: bytes) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


@given(equal_lines, st.lists(st.tuples(st.floats(0, 1), st.booleans(), odd_bytes), max_size=2))
def test_values_of_six_decimals_and_what_is_almost_that(
    rows: list[tuple[int, list[str]]], edits: list[tuple[float, bool, bytes]]
) -> None:
    whole = "".join(f"{' '.join([str(name), *values])}\n" for name, values in rows).encode()
    for share, instead, odd in edits:
        place = int(share * (len(whole) - 1))
        whole = whole[:place] + odd + whole[place + instead :]
    check_word_by_word(whole)


@pytest.mark.parametrize(
    "odd", ["0/500000", "/.500000", "0:500000", "0.5000:0", "0.50000/", "05.00000"]
)
def test_a_word_of_eight_characters_that_is_no_share(odd: str) -> None:
    check_word_by_word(f"0 0.250000 {odd} 0.750000\n1 0.500000\n".encode())


@pytest.mark.parametrize(
    "head", ["1\t2", "1\t2x0.500000", " 1", "1\x002", "1", "", "12", "123", "1234"]
)
def test_a_head_that_is_no_class(head: str) -> None:
    check_word_by_word(f"3 0.500000\n{head} 0.250000\n{head}\n".encode())
    check_word_by_word(f"{head}\n{head}0.250000\n".encode())
    check_word_by_word(f"{head}\t0.250000\n{head}\n".encode())


def check_word_by_word(whole: bytes) -> None:
    lines = [re.findall(rb"[^\x00-\x20]+", line) for line in whole.split(b"\n")]
    found = parse([b"", whole])
    assert found.numbers.tolist() == [k for k, words in enumerate(lines, 1) if words]
    assert (found.counts + 1).tolist() == [len(words) for words in lines if words]
    heads = [number(words[0]) for words in lines if words]
    rest = [number(word) for words in lines for word in words[1:]]
    assert np.array_equal(found.classes, heads, equal_nan=True)
    assert np.array_equal(found.values, rest, equal_nan=True)


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    rows = parse([b"\n0 1\r\n\r\n1 2\n", b"", b"2 3"])
    assert rows.numbers.tolist() == [2, 4, 1]
    assert rows.files.tolist() == [0, 0, 2]


@pytest.mark.parametrize(
    "word",
    [
        "x",
        "0.1.2",
        "1,5",
        "1_0",
        "0x1",
        "0.12a456",
        "--1",
        "0.12345/",
        "0.1234:6",
        "/.123456",
        "0:123456",
        "1e",
        "é",
    ],
)
def test_what_is_no_number_is_nan(word: str) -> None:
    rows = parse([f"0 0.5 {word} 0.25\n1 2\n".encode()])
    assert rows.counts.tolist() == [3, 1]
    assert np.isnan(rows.values).tolist() == [False, True, False, False]


def test_no_text_gives_no_rows() -> None:
    assert len(parse([])) == len(parse([b"", b" \n\n"])) == 0
