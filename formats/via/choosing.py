"""Which attribute of VIA's regions is their class, and what its values are called.

VIA knows attributes only: one of text, or of options whose ids stand in the file; a checkbox has an
object of ids that are true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["OWN", "Choice", "Seen", "chosen", "chosen_of_pictures"]

USUAL = ("label", "class", "name", "type", "category", "object", "species")
"""Names that people give to the attribute of the class."""
OF_PICTURES = ("label", "class", "category", "species")
"""Those of them that people hardly mean otherwise where a file has them."""
OWN = frozenset({"score", "track_id", "id", "group_id", "flags"})
"""Attributes that other columns are written as."""
LISTED = frozenset({"dropdown", "radio", "checkbox"})


@dataclass(slots=True)
class Seen:
    """How many regions (or files) have a value of each attribute that could be a class, and the
    values."""

    counts: Counter[str] = field(default_factory=Counter)
    values: dict[str, set[str]] = field(default_factory=dict)

    def add(self, said: Any) -> None:
        """Note the attributes of one region or file."""
        if not isinstance(said, dict):
            return
        for name, value in said.items():
            found = ids(value)
            plain = type(value) not in (int, float)  # a number is rather a track or a count
            if found and plain and name not in OWN:
                self.counts[name] += 1
                self.values.setdefault(name, set()).update(found)


def ids(value: Any) -> list[str]:
    """The texts or ids of options that a value is."""
    if isinstance(value, dict):
        return [key for key, on in value.items() if on is True and key]
    if type(value) in (int, float):
        return [str(value)]
    return [value] if isinstance(value, str) and value else []


def chosen(seen: Seen, declared: Mapping[str, Any]) -> str:
    """The attribute of the class, "" where regions have none and none with options is declared.

    Of those that at least half as many regions have as any, one with a usual name, else one with
    options, else the one that most regions have.
    """
    most = max(seen.counts.values(), default=0)
    often = [name for name, count in seen.counts.items() if 2 * count >= most]
    often = often or [name for name in declared if _options(declared, name) and name not in OWN]

    def rank(name: str) -> tuple[int, bool, int, str]:
        usual = name.strip().lower()
        place = USUAL.index(usual) if usual in USUAL else len(USUAL)
        return place, _options(declared, name) is None, -seen.counts[name], name

    return min(often, key=rank, default="")


def chosen_of_pictures(seen: Seen) -> str:
    """The attribute of files that is the class where regions have none: one with a usual name."""
    usual = {name.strip().lower(): name for name in seen.counts}
    return next((usual[name] for name in OF_PICTURES if name in usual), "")


def _options(declared: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """The options of an attribute that has some, by their ids."""
    spec = declared.get(name)
    if not isinstance(spec, dict) or str(spec.get("type")) not in LISTED:
        return None
    options = spec.get("options")
    return options if isinstance(options, dict) and options else None


@dataclass(slots=True)
class Choice:
    """The attribute of the class, and the names of its options by their ids."""

    attribute: str
    names: dict[str, str] = field(default_factory=dict)

    def declare(self, declared: Mapping[str, Any]) -> None:
        """Take the options of a file; each is called as VIA's own export to COCO calls it."""
        options = _options(declared, self.attribute) or {}
        shown = {key: text for key, text in options.items() if isinstance(text, str) and text}
        for key in options:
            name = shown.get(key, key)
            once = list(shown.values()).count(name) <= 1
            self.names.setdefault(key, name if once else key)

    def classes(self, said: Mapping[str, Any]) -> list[str]:
        """The classes of a region; none where it has no value."""
        return [self.names.get(key, key) for key in ids(said.get(self.attribute))]

    def all(self, met: Iterable[str]) -> list[str]:
        """The classes: options in their order, then others by name."""
        listed = list(dict.fromkeys(self.names.values()))
        return [*listed, *sorted({self.names.get(key, key) for key in met} - set(listed))]
