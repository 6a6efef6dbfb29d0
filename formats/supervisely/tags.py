"""Attributes, scores and flags as Supervisely's tags of an object, and back.

A tag is declared once with the type of its values. A value of another type is written as a text,
and exactly in the further key `attributes`, which Supervisely leaves alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from formats.annotations import Annotation
from formats.columns import Flag
from formats.numerals import is_double
from formats.supervisely.meta import tag

__all__ = [
    "ATTRIBUTES",
    "FLAGS",
    "NONE",
    "NUMBER",
    "SCORE",
    "Kinds",
    "declared",
    "exact",
    "listed",
    "are_held",
    "meet",
    "of_tags",
    "over",
    "tags_of",
    "whole",
]

ATTRIBUTES = "attributes"
SCORE = "confidence"
FLAGS = {str(flag.name).lower(): flag for flag in Flag}
"""Tags without a value that say what a flag does."""
RESERVED = frozenset({SCORE, *FLAGS})
NONE, NUMBER, TEXT = "none", "any_number", "any_string"
CHOICE, DATE = "oneof_string", "date"
"""Types of which some texts are values."""
Kinds = dict[str, str]
"""The type of every tag."""


def kind_of(value: Any) -> str:
    """The type of tag that holds a value; texts stand in for what has none."""
    if value is True:
        return NONE
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return NUMBER if number and math.isfinite(value) else TEXT


def meet(kinds: Kinds, values: Mapping[str, Any]) -> None:
    """Widen the types of tags so that they hold these attributes."""
    for name, value in values.items():
        if name not in RESERVED and name:
            kind = kind_of(value)
            kinds[name] = kind if kinds.get(name, kind) == kind else TEXT


def listed(known: Any) -> dict[str, dict[str, Any]]:
    """The tags of an object, or the declarations of a project, by their names."""
    return {entry["name"]: entry for entry in whole(known)}


def whole(told: Any) -> list[dict[str, Any]]:
    """The entries of a list of tags that have a name; a text is the name of one without a value."""
    entries = told if isinstance(told, list) else []
    named = [{"name": entry} if isinstance(entry, str) else entry for entry in entries]
    return [
        e for e in named if isinstance(e, dict) and e.get("name") and isinstance(e["name"], str)
    ]


def are_held(row: Annotation) -> bool:
    """Whether all of the tags that an object was read with are written again."""
    if "tags" not in row.extra:
        return True
    told = row.extra["tags"]
    flags = {name for name, flag in FLAGS.items() if row.flags & flag}
    known = row.attributes.keys() | flags | ({SCORE} if math.isfinite(row.score) else set())
    return isinstance(told, list) and listed(told).keys() <= known and len(whole(told)) == len(told)


def over(values: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The tags whose declared choices, or dates, do not hold their value among these."""
    told = ((name, value, known[name]) for name, value in values.items() if name in known)
    return {name for name, value, entry in told if not _holds(entry, _text(value))}


def _holds(entry: Mapping[str, Any], text: str) -> bool:
    """Whether a text is one of the choices, or a date, as the declaration wants it."""
    if entry.get("value_type") == CHOICE:
        choices = entry.get("values")
        return isinstance(choices, list) and text in choices
    try:
        return entry.get("value_type") != DATE or bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def declared(kinds: Kinds, known: Any, beyond: Collection[str] = ()) -> list[dict[str, Any]]:
    """The tags of a project: those it declares already, where they fit, and the others.

    `beyond` are those that have values which their choices do not hold, see `over`.
    """
    named = listed(known).items()
    kept = {name: e for name, e in named if _fits(e, kinds.get(name), name in beyond)}
    new = [name for name in kinds if name not in kept]
    return [*kept.values(), *(tag(k, name, kinds[name]) for k, name in enumerate(new, len(kept)))]


def _fits(entry: Mapping[str, Any], kind: str | None, beyond: bool) -> bool:
    """Whether values of a type may stand under a declaration."""
    told = entry.get("value_type")
    return kind is None or told == kind or (kind == TEXT and told in (CHOICE, DATE) and not beyond)


def tags_of(
    values: Mapping[str, Any], kinds: Kinds, raw: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The tags of an object; `raw` are those it was read with, whose further keys stay."""
    for name, value in values.items():
        if name not in kinds:
            continue
        told: dict[str, Any] = {**raw.get(name, {}), "name": name}
        told.pop("value", None)
        if kinds[name] != NONE:
            told["value"] = value if kind_of(value) == kinds[name] else _text(value)
        yield told


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def exact(values: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
    """The attributes that do not come back from their tags."""
    return {
        name: value
        for name, value in values.items()
        if name not in kinds or kind_of(value) != kinds[name] or _odd(value)
    }


def _odd(value: Any) -> bool:
    """Whether a value is of the type of a tag only as a text."""
    return kind_of(value) == TEXT and not isinstance(value, str)


def of_tags(tags: Any) -> tuple[dict[str, Any], float, int, list[Any]]:
    """Attributes, score, flags of the tags of an object, and the tags that say more than that."""
    values: dict[str, Any] = {}
    score, flags, raw = math.nan, 0, []
    for entry in tags if isinstance(tags, list) else ():
        told = {"name": entry} if isinstance(entry, str) else entry
        if not isinstance(told, dict) or not isinstance(told.get("name"), str):
            raw.append(entry)
            continue
        name, value = told["name"], told.get("value")
        if name in FLAGS and value is None:
            flags |= FLAGS[name]
        elif name == SCORE and is_double(value) and math.isnan(score):
            score = float(value)
        elif name not in values:
            values[name] = True if value is None else value
        if told.keys() - {"name", "value"}:
            raw.append(entry)
    return values, score, flags, raw
