"""Data sets of a few pictures with boxes, for the tests of what is done with whole sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label

SIZE = (100, 80)


def named(*names: str) -> tuple[Label, ...]:
    """Classes with ids from 1."""
    return tuple(Label(name, id=k + 1) for k, name in enumerate(names))


def boxes(*labels: int, **columns: Any) -> Annotations:
    """A 10 x 20 box of each class, each a pixel further right than the one before."""
    n = len(labels)
    left = np.arange(n, dtype=np.float64)
    corners = np.column_stack([left, np.zeros(n), left + 10, np.full(n, 20.0)])
    return Annotations.of(n, **{"boxes": corners, "labels": np.array(labels, np.int32)} | columns)


def pictures(labels: Mapping[str, Sequence[int]], **fields: Any) -> list[Item]:
    """Pictures by path with the classes of their boxes."""
    return [Item(path, SIZE, boxes(*found), **fields) for path, found in labels.items()]


def of(labels: Iterable[Label], items: Sequence[Item], **rest: Any) -> Dataset:
    """The data set of some pictures."""
    return Dataset.of(labels, items, **rest)


def objects(dataset: Dataset) -> dict[str, list[str]]:
    """The class names of every picture's objects, by path."""
    found: dict[str, list[str]] = {}
    for item in dataset.items:
        assert item.annotations is not None
        names = [dataset.labels[k].name for k in item.annotations.labels]
        found.setdefault(item.path, []).extend(names)
    return found
