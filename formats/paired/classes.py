"""The words that stand for classes in label files, which are divided by blanks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

from formats import class_list
from formats.dataset import Label

__all__ = ["gathered", "words"]

_BLANKS = re.compile(r"\s+")


def words(labels: Sequence[Label], blank: str) -> list[str]:
    """The word of each class: its name with `blank` for blanks, each once (``a-b``, ``a-b-2``)."""
    found: list[str] = []
    names = {label.name for label in labels}
    for label in labels:
        word = _BLANKS.sub(blank, label.name.strip()) or blank
        plain = word == label.name
        tries = (word if n == 1 else f"{word}{blank}{n}" for n in count(1))
        found.append(next(w for w in tries if w not in found and (plain or w not in names)))
    return found


def gathered(
    folder: Path, met: Iterable[str], standard: Sequence[str], blank: str
) -> tuple[tuple[Label, ...], dict[str, int]]:
    """The classes of a set, and the index of each word.

    Those of ``classes.json``, where the folder has one; then of those that were met the published
    ones in their order, then the others by name.
    """
    labels = list(class_list.load(folder / class_list.FILE))
    known = words(labels, blank)
    fresh = set(met) - set(known)
    ordered = [name for name in standard if name in fresh]
    ordered += sorted(fresh - set(ordered))
    labels += [Label(name) for name in ordered]
    return tuple(labels), {word: k for k, word in enumerate([*known, *ordered])}
