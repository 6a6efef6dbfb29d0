"""Classes by name: a model's against a project's, a forced order, aliases (rule 2)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats import yaml_text
from formats.changing import changed
from formats.dataset import Chunk, Dataset, Label
from formats.errors import FormatError, UnknownName
from formats.losses import Losses

__all__ = ["aliases", "find", "match", "ordered", "plain", "relabelled"]

Ints = NDArray[np.int32]


def plain(name: str) -> str:
    """A name without case, and with one blank for any run of blanks, ``_`` and ``-``."""
    return re.sub(r"[\s_-]+", " ", name).strip().casefold()


def find(name: str, labels: Sequence[Label]) -> int:
    """The index of a class by its name, else by the one name that differs in case or blanks.

    -1 where there is none, or where several differ only in that.
    """
    exact = [k for k, label in enumerate(labels) if label.name == name]
    if exact:
        return exact[0]
    loose = [k for k, label in enumerate(labels) if plain(label.name) == plain(name)]
    return loose[0] if len(loose) == 1 else -1


def match(
    model: Sequence[Label], project: Sequence[Label], alias: Mapping[str, str] | None = None
) -> Ints:
    """The project's class of every class of the model, (M,); -1 where it has none.

    `alias` maps a name of the model to a name of the project, which must be there: UnknownName.
    """
    told = dict(alias or {})
    for name, other in told.items():
        _known(name, model, "class of the model")
        _known(other, project, "class of the project")
    found = [find(told.get(label.name, label.name), project) for label in model]
    return np.array(found, dtype=np.int32)


def _known(name: str, labels: Sequence[Label], kind: str) -> int:
    """The index of a class that must be there."""
    k = find(name, labels)
    if k < 0:
        names = [label.name for label in labels]
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        guess = f"did you mean {close[0]!r}? " if close else ""
        raise UnknownName(f"no {kind} {name!r}", hint=f"{guess}known: {', '.join(names)}")
    return k


def aliases(path: Path) -> dict[str, str]:
    """The aliases of a YAML or JSON file: ``name of the model: name of the project``."""
    found = yaml_text.load(path)
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise FormatError("expected lines of the form  name: other name", where=path)
    return found


def ordered(dataset: Dataset, classes: Sequence[str]) -> Dataset:
    """The data set with some classes first, in the order given; the others follow as they were.

    No class is lost. UnknownName for a name that the data set does not have.
    """
    first = [_known(name, dataset.labels, "class of the data set") for name in classes]
    if len(set(first)) < len(first):
        raise FormatError(f"a class is named twice in {', '.join(classes)}")
    order = [*first, *(k for k in range(len(dataset.labels)) if k not in first)]
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return relabelled(dataset, [dataset.labels[k] for k in order], place)


def relabelled(dataset: Dataset, labels: Sequence[Label], place: Ints) -> Dataset:
    """The data set over other `labels`; `place` has the new index of each old class, -1 for none.

    Rows of a class without a new index are left out and counted.
    """

    def change(chunk: Chunk, losses: Losses) -> Chunk:
        table = chunk.annotations
        table = table.with_columns(labels=place[table.labels])
        lost = table.labels < 0
        losses.add("object of a class that is not wanted", int(lost.sum()))
        return replace(chunk, annotations=table[~lost] if lost.any() else table)

    return changed(dataset, change, Losses, dataset.losses.merge, labels=tuple(labels))
