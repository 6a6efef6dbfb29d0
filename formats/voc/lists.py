"""``ImageSets``: the pictures of each split in their order, and the lists of single classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from formats import files, splits
from formats.voc.tree import SETS

__all__ = ["DEFAULT", "MAIN", "SEGMENTATION", "Lists", "file_name", "read"]

MAIN, SEGMENTATION = "Main", "Segmentation"
DEFAULT = "default"
"""The list of pictures that are in no split, as datumaro names it."""
BOTH = "trainval"
ORDER = ("train", "val", "test")
_FLAGGED = re.compile(r"(.+?)\s+(-1|0|1)")


@dataclass(slots=True)
class Lists:
    """`splits` name -> stems in order; `classes` the names that have lists of their own.

    `shown` stem -> class -> 1, or 0 where only difficult objects show it; empty where -1 stands for
    every class: somebody looked.
    """

    splits: dict[str, list[str]] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    shown: dict[str, dict[str, int]] = field(default_factory=dict)


def read(base: Path) -> Lists:
    """The lists of a set: those of Main, else of the first other task that has some."""
    others = sorted(p.name for p in (base / SETS).glob("*") if p.is_dir())
    for task in (MAIN, SEGMENTATION, *others):
        folder = base / SETS / task
        found = {file.stem: file for file in sorted(folder.glob("*.txt"))}
        if found:
            return _of(found)
    return Lists()


def _of(found: Mapping[str, Path]) -> Lists:
    result = Lists()
    for name in sorted(found, key=_rank):
        head, _, split = name.rpartition("_")
        head = head.strip()
        if head and split in found and _is_flagged(found[name]):
            result.classes.append(head)
            _add_shown(result.shown, head, found[name])
        else:
            result.splits[name] = _stems(found[name])
    result.classes = sorted(set(result.classes))
    if result.splits.keys() & {"train", "val"}:
        known = {s for name in ("train", "val") for s in result.splits.get(name, ())}
        rest = [s for s in result.splits.pop(BOTH, []) if s not in known]
        result.splits |= {BOTH: rest} if rest else {}
    return result


def _add_shown(shown: dict[str, dict[str, int]], name: str, path: Path) -> None:
    """Add the pictures of one class; lines of another form are no part of the list."""
    for _, line in files.lines(path):
        match = _FLAGGED.fullmatch(line.strip())
        if match:
            signs = shown.setdefault(match[1].strip('"'), {})
            if match[2] != "-1":
                signs[name] = int(match[2])


def file_name(name: str) -> str:
    """A class as the name of its lists has it."""
    return name.replace("/", "_")


def _rank(name: str) -> tuple[int, int, str]:
    split = splits.canonical(name)
    place = ORDER.index(split) if split in ORDER else len(ORDER)
    return (place, int(name == BOTH), name)


def _is_flagged(path: Path) -> bool:
    """Whether the first line is a picture and whether it shows the class."""
    first = next((line for _, line in files.lines(path) if line.strip()), "")
    return _FLAGGED.fullmatch(first.strip()) is not None


def _stems(path: Path) -> list[str]:
    """The names of a list, each once; quotes around them, as lists of Layout have them, go."""
    names: Iterable[str] = (line.strip() for _, line in files.lines(path))
    return list(dict.fromkeys(name.strip('"') for name in names if name))
