"""Conditions on objects and pictures as people write them: ``score>=0.5``, ``label=car|bus``.

A field, a sign, a value. Signs are ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, and ``~`` for a
regular expression that is found in a text. ``|`` stands between values of which one must be it.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError, UnknownName

__all__ = ["ATTRIBUTE", "Condition", "parse"]

Bools = NDArray[np.bool_]
ATTRIBUTE = "attributes."
"""Begins the name of an attribute."""
_FORM = re.compile(r"\s*(attributes\.[^=!<>~]*[^=!<>~\s]|\w+)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*")
_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` `sign` `value`, such as width >= 8."""

    field: str
    sign: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.sign}{self.value}"

    def holds(self, values: NDArray[Any]) -> Bools:
        """(N,) where it holds: of numbers, or of an object column of texts and numbers.

        A value that is not there (NaN, None) is unlike every other and fulfils only ``!=``.
        """
        if values.dtype == object:
            return np.fromiter(map(self._of_one(), values), dtype=bool, count=len(values))
        if self.sign in _ORDER:
            return np.asarray(_ORDER[self.sign](values, self._number(self.value)))
        if self.sign == "~":
            raise FormatError(f"{self.field} is a number, which ~ is not for", where=str(self))
        found = np.isin(values, [self._number(text) for text in self.value.split("|")])
        return found if self.sign == "=" else ~found

    def _number(self, text: str) -> float:
        try:
            return float(text)
        except ValueError as error:
            raise FormatError(f"{text!r} is no number", where=str(self)) from error

    def _of_one(self) -> Callable[[Any], bool]:
        """The test of one text or number."""
        if self.sign in _ORDER:
            order, limit = _ORDER[self.sign], self._number(self.value)
            return lambda value: _is_number(value) and bool(order(value, limit))
        if self.sign == "~":
            pattern = self._pattern()
            return lambda value: value is not None and pattern.search(_text(value)) is not None
        told = {text.strip() for text in self.value.split("|")}
        wanted = self.sign == "="
        return lambda value: (value is not None and _text(value) in told) == wanted

    def _pattern(self) -> re.Pattern[str]:
        try:
            return re.compile(self.value)
        except re.error as error:
            raise FormatError(f"not a regular expression: {error}", where=str(self)) from error


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    """A value as it is written in a condition: ``true``, ``3``, ``red``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def parse(text: str, known: Collection[str], attributes: bool = False) -> Condition:
    """The condition of a text; FormatError for another form, UnknownName for another field.

    `attributes`: the fields are those of objects, which have ``attributes.NAME`` too.
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise FormatError(f"{text!r}, expected FIELD SIGN VALUE, such as {_example(known)}")
    condition = Condition(*found.groups())
    if condition.field in known or (attributes and condition.field.startswith(ATTRIBUTE)):
        return condition
    close = difflib.get_close_matches(condition.field, list(known), n=1, cutoff=0.5)
    guess = f"did you mean {close[0]!r}? " if close else ""
    more = ", attributes.NAME" if attributes else ""
    raise UnknownName(
        f"no field {condition.field!r}", where=text, hint=f"{guess}known: {', '.join(known)}{more}"
    )


def _example(known: Collection[str]) -> str:
    return "score>=0.5" if "score" in known else "width>=640"
