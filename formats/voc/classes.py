"""The classes of a set, which VOC's own files do not list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from formats import class_list
from formats.dataset import Label
from formats.losses import Losses
from formats.voc import labelmap
from formats.voc.labelmap import BACKGROUND, VOC
from formats.voc.lists import file_name
from formats.voc.tree import CLASSES

__all__ = ["gathered"]

GUESSED = "the files list no classes: those that occur, by name; -o names=FILE tells their order"


def gathered(
    base: Path, met: Iterable[str], lists: Collection[str], names: str, losses: Losses
) -> tuple[Label, ...]:
    """The classes of ``names``, of ``classes.json`` or of ``labelmap.txt``; then others by name.

    Without any of these: VOC's twenty where the set has label maps or lists of classes and knows no
    other class; else those that occur (`met`) or have `lists` of their own.
    """
    occurring = {*met}
    labels = _listed(base, occurring, names)
    if not labels:
        known = {*occurring, *lists}
        maps = (base / CLASSES).is_dir()
        if known <= set(VOC) and (maps or set(lists)):
            return tuple(map(Label, VOC))
        if known and not set(lists):
            losses.note(GUESSED)
        labels = [Label(name) for name in VOC if name in known and known <= set(VOC)]
        occurring = known
    named = {file_name(label.name) for label in labels}
    occurring |= {name for name in lists if name not in named}
    rest = occurring - {label.name.strip() for label in labels}
    return (*labels, *map(Label, sorted(rest)))


def _listed(base: Path, met: set[str], names: str) -> list[Label]:
    if names:
        return [Label(name) for name in class_list.names(Path(names))]
    if kept := class_list.load(base / class_list.FILE):
        return list(kept)
    found = [line.name for line in labelmap.read(base)]
    return [Label(name) for name in dict.fromkeys(found) if name != BACKGROUND or name in met]
