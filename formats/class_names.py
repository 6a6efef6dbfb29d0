"""The classes of a folder in which every ``.json`` is taken for a label file: a list of names.

``classes.prelabel`` has all of them, as ``classes.json`` elsewhere; it is written where a list of
names says too little.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formats import class_list, files
from formats.dataset import Label

__all__ = ["WHOLE", "beside", "put"]

WHOLE = "classes.prelabel"


def put(folder: Path, labels: Sequence[Label], name: str) -> None:
    """Write a list of names, one a line, and `WHOLE` where that says too little."""
    files.put(folder / name, "".join(f"{_line(label)}\n" for label in labels).encode())
    if not _plain(labels):
        files.put(folder / WHOLE, class_list.written(labels))


def _line(label: Label) -> str:
    return " ".join(label.name.split())


def _plain(labels: Sequence[Label]) -> bool:
    """Whether the classes are no more than names, each a line of its own."""
    lines = {line for label in labels if (line := _line(label))}
    return len(lines) == len(labels) and all(label == Label(_line(label)) for label in labels)


def beside(folder: Path, *lists: str) -> tuple[Label, ...]:
    """The classes that `put` wrote, else those of the first of some lists that is there."""
    if known := class_list.load(folder / WHOLE):
        return known
    found = next((folder / name for name in lists if (folder / name).is_file()), None)
    return () if found is None else tuple(Label(name) for name in class_list.names(found))
