"""A class's name among the labels of a control."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from formats.label_studio.config import Choice
from formats.labels import plain

__all__ = ["Lookup"]


class Lookup:
    """Finds the label that a class of a model stands for.

    `told` maps plain names of classes to labels and comes first ("": the class is not wanted);
    then come ``predicted_values``, then labels of that very name or value, then those that differ
    in case or blanks only, where that is a single one.
    """

    def __init__(self, choices: Sequence[Choice], told: Mapping[str, str]) -> None:
        self._told = told
        listed = ((plain(text), c.name) for c in choices for text in c.predicted)
        self._listed = _first(listed)
        self._exact = _first((text, c.name) for c in choices for text in (c.name, c.value) if text)
        self._loose = _lone((plain(text), c.name) for c in choices for text in (c.name, c.value))

    def __getitem__(self, name: str) -> str | None:
        """The label of a class, None where it has none."""
        key = plain(name)
        if key in self._told:
            return self.called(self._told[key])
        return self._listed.get(key) or self.called(name)

    def called(self, name: str) -> str | None:
        """The label of this name or value."""
        return self._exact.get(name) or self._loose.get(plain(name))


def _first(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, name in pairs:
        found.setdefault(key, name)
    return found


def _lone(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The keys that lead to a single name."""
    found: dict[str, set[str]] = {}
    for key, name in pairs:
        found.setdefault(key, set()).add(name)
    return {key: names.pop() for key, names in found.items() if key and len(names) == 1}
