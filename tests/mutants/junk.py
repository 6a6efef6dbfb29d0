"""Values that a reader does not expect."""

from __future__ import annotations

import copy
from typing import Any

from numpy.random import Generator

HUGE = 1_000_000_000
NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, -0.0, 0.5, HUGE, -HUGE, 2**31, 2**32 - 1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1),
    *(1e-308, 1e308, -1e308, 1e30, 10**400, float("nan"), float("inf"), float("-inf")),
)
TEXTS = (
    *("", " ", "a", "0", "-1", "1e308", "nan", "inf", "null", "true", "\x00", "é\u2028ü", "\ud800"),
    *("../../evil.jpg", "/etc/passwd", "C:\\evil.jpg", "..\\evil.jpg", "a/../../b.jpg", "a/./b"),
    *("x" * 5000, "1 " * 2000, "1," * 2000, "%s%n", "{0}", "<a>", "&amp;", "\ufeff", "1_000", "١"),
    *("eJwDAAAAAAE=", "iVBORw0KGgo=", "data:image/png;base64,AAAA", "2020-01-01", "0x10", "1:30"),
)
SMALL: tuple[Any, ...] = (None, True, False, [], {}, [[]], [None], {"": None}, [[[]]], [1, 2, 3])


def value(rng: Generator) -> Any:
    """Any value of JSON."""
    kind = rng.integers(10)
    if kind < 4:
        return NUMBERS[rng.integers(len(NUMBERS))]
    if kind < 7:
        return TEXTS[rng.integers(len(TEXTS))]
    if kind < 9:
        return copy.deepcopy(SMALL[rng.integers(len(SMALL))])
    return [NUMBERS[rng.integers(len(NUMBERS))] for _ in range(int(rng.integers(1, 9)))]


def text(rng: Generator) -> str:
    """A number or a text, as it stands in a file."""
    if rng.integers(2):
        found = NUMBERS[rng.integers(len(NUMBERS))]
        return "1" + "0" * 400 if found == 10**400 else str(found)
    return TEXTS[rng.integers(len(TEXTS))].replace("\ud800", "\ufffd")
