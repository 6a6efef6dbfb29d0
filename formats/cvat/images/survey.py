"""What has to be known of all pictures before the first one is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from formats.annotations import Annotations
from formats.cvat import attributes, meta
from formats.cvat.images import heads
from formats.cvat.images.layout import DEFAULT
from formats.cvat.text import element, opened
from formats.dataset import Dataset, Item

__all__ = ["Survey", "head", "of"]

TASK = "task_id"
LONGEST = 10
"""Digits of a number."""


@dataclass(slots=True)
class Survey:
    """The tasks, numbers and attributes of a data set's pictures.

    A set without splits is one task; CVAT has subsets in projects, with a task for each.
    """

    specs: attributes.Specs = ()
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    """Pictures by split and by the id of their task in the source, "" where there is none."""
    numbered: bool = True
    """Whether every picture has a number of its own within its task."""
    tasks: dict[tuple[str, str], int] = field(default_factory=dict)
    """The number of each task."""
    groups: Iterator[int] = field(default_factory=lambda: count(1))
    """Numbers of groups that are not taken."""

    @property
    def is_project(self) -> bool:
        """Whether the pictures are of several tasks, or of a subset."""
        return bool(self.sizes.keys() - {("", "")})

    def subset(self, item: Item) -> str:
        """What CVAT calls a split, "" where there are none."""
        return (item.split or DEFAULT) if self.is_project else ""

    def task(self, item: Item) -> int:
        """The number of a picture's task."""
        return self.tasks[_key(item)]


def of(dataset: Dataset, confidence: bool) -> Survey:
    """The survey of a data set, from one walk."""
    found = Survey()
    specs = attributes.specs(dataset.labels, _tables(dataset, found))
    found.specs = [attributes.with_confidence(own, confidence) for own in specs]
    given = {int(task) for _, task in found.sizes if task}
    free = (k for k in count() if k not in given)
    found.tasks = {key: int(key[1]) if key[1] else next(free) for key in found.sizes}
    return found


def _tables(dataset: Dataset, found: Survey) -> Iterator[Annotations]:
    """The rows of every chunk, noting its pictures; of tracks CVAT's pictures know nothing."""
    seen: dict[tuple[str, str], set[int]] = {}
    most = 0
    for chunk in dataset.chunks():
        for item in chunk.items:
            key = _key(item)
            found.sizes[key] = found.sizes.get(key, 0) + 1
            numbers = seen.setdefault(key, set())
            found.numbered &= item.id is not None and item.id >= 0 and item.id not in numbers
            numbers.add(item.id or 0)
        groups = chunk.annotations.groups
        most = max(most, 0 if groups is None else int(groups.max(initial=0)))
        yield chunk.annotations.with_columns(tracks=None)
    found.groups = count(most + 1)


def _key(item: Item) -> tuple[str, str]:
    task = str(item.extra.get(TASK, ""))
    usable = task.isascii() and task.isdecimal() and len(task) < LONGEST
    return item.split, str(int(task)) if usable else ""


def head(dataset: Dataset, found: Survey) -> str:
    """The ``<meta>`` of a task or a project; nothing that is not known is written."""
    kept = heads.lines(dataset.extra.get(heads.KEY), 3)
    labels = meta.of_labels(dataset.labels, found.specs)
    if not found.is_project:
        told = _frames(found.sizes.get(("", ""), 0), 3)
        return opened("meta", opened("task", kept + told + labels, 2), 1)
    tasks = "".join(_task(key, size, found) for key, size in found.sizes.items())
    told = opened("tasks", tasks, 3)
    return opened("meta", opened("project", kept + labels + told, 2), 1)


def _task(key: tuple[str, str], size: int, found: Survey) -> str:
    number = element("id", str(found.tasks[key]), 5)
    return opened("task", number + _frames(size, 5) + element("subset", key[0] or DEFAULT, 5), 4)


def _frames(size: int, depth: int) -> str:
    return element("size", str(size), depth) + element("mode", "annotation", depth)
