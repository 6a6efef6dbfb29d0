"""Classes that a person names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from formats.dataset import Label
from formats.errors import UnknownName
from formats.labels import plain

__all__ = ["indices", "of_name"]


def of_name(name: str, labels: Sequence[Label]) -> list[int]:
    """Every class of that name, else every one whose name differs in case or blanks only.

    UnknownName where there is none.
    """
    found = [k for k, label in enumerate(labels) if label.name == name]
    found = found or [k for k, label in enumerate(labels) if plain(label.name) == plain(name)]
    if not found:
        names = [label.name for label in labels]
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        guess = f"did you mean {close[0]!r}? " if close else ""
        raise UnknownName(f"no class {name!r}", hint=f"{guess}known: {', '.join(names)}")
    return found


def indices(names: Iterable[str], labels: Sequence[Label]) -> list[int]:
    """Every class that one of the names is meant for."""
    return [k for name in names for k in of_name(name, labels)]
