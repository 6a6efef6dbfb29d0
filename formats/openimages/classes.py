"""Classes: a LabelName (``/m/01g317``) that stands in the rows, and a name for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from formats import class_list
from formats.dataset import Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.openimages.layout import Layout
from formats.openimages.rows import cells

__all__ = ["KEY", "codes", "gathered"]

KEY = "LabelName"
"""The key of a class's `extra` where its LabelName is not its name."""


def gathered(
    layout: Layout, met: Iterable[str], losses: Losses
) -> tuple[tuple[Label, ...], dict[str, int]]:
    """The classes of a set and the index of each LabelName.

    Those of the boxes' list of classes come first, then those of longer lists, then, sorted, those
    that no list has.
    """
    names: dict[str, str] = {}
    lists = sorted(layout.of("classes"), key=lambda t: ("boxable" not in t.path.name, t.path.name))
    for table in lists:
        for _, row in cells(table, losses):
            names.setdefault(row[KEY], row["DisplayName"] or row[KEY])
    names |= {code: code for code in sorted(set(met) - names.keys())}
    kept = class_list.load(layout.root / class_list.FILE)
    if [label.name for label in kept] != list(names.values()):
        kept = tuple(map(Label, names.values()))
    return tuple(map(_coded, kept, names)), {code: k for k, code in enumerate(names)}


def _coded(label: Label, code: str) -> Label:
    return label if code == label.name else replace(label, extra={**label.extra, KEY: code})


def codes(labels: Sequence[Label]) -> list[str]:
    """The LabelName of each class: its own, else its name. FormatError where two have one."""
    found = [str(label.extra.get(KEY, label.name)) for label in labels]
    for code, count in Counter(found).items():
        if count > 1:
            raise FormatError(f"{count} classes have the LabelName {code!r}")
    return found
