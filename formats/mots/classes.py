"""Classes of MOTS: numbers from 1, of which 10 is that of ignore regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from formats.dataset import Label

__all__ = ["IGNORED", "IGNORED_NAMES", "MOST", "STANDARD", "gathered", "ignores", "number_of"]

STANDARD = ("car", "pedestrian")
"""The classes 1 and 2 of KITTI MOTS and MOTSChallenge."""
IGNORED = 10
IGNORED_NAMES = ("ignore", "ignored", "ignore region")
MOST = 1000
"""Numbers of a class in a clip: a number is class * 1000 + n."""


def ignores(labels: int) -> bool:
    """Whether class 10 is that of ignore regions: in sets of fewer than ten classes."""
    return labels < IGNORED


def gathered(
    lists: Sequence[Sequence[str]], met: Sequence[Iterable[int]]
) -> tuple[list[Label], list[dict[int, int]]]:
    """The classes of all sequences, and for each sequence the index of a number.

    `lists` are the lines of each ``labels.txt``, all of which become classes; without it the
    standard ones do and those that occur. Sequences share classes by their names.
    """
    names: dict[str, int | None] = {}
    found = []
    for listed, numbers in zip(lists, met, strict=True):
        own = listed or STANDARD
        for k, name in enumerate(own, 1):
            names.setdefault(name, None if listed else k)
        found.append({n: _name(n, own, names) for n in sorted(set(numbers))})
        for n, name in found[-1].items():
            names.setdefault(name, n)
    index = {name: k for k, name in enumerate(names)}
    labels = [Label(name, number) for name, number in names.items()]
    return labels, [{n: index[name] for n, name in told.items()} for told in found]


def _name(number: int, own: Sequence[str], names: Iterable[str]) -> str:
    if number == IGNORED and ignores(len(own)):
        return next((name for name in (*own, *names) if name in IGNORED_NAMES), IGNORED_NAMES[0])
    return own[number - 1] if 1 <= number <= len(own) else f"class {number}"


def number_of(label: int) -> int:
    """The number of a class by its rank."""
    return label + 1
