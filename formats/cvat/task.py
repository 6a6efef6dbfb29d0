"""What the head of a CVAT file tells of its tasks: clips, frames, classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.cvat import labels
from formats.cvat.markup import Node
from formats.dataset import Label
from formats.tracks.clip import MOST_FRAMES

__all__ = ["Head", "Task", "head"]

DIGITS = 10
_STEP = re.compile(r"step\s*=\s*(\d+)")


@dataclass(frozen=True, slots=True)
class Task:
    """One task: its clip and which frames of it are annotated, `start` to `stop`, both included.

    Numbers of frames are those of the clip, from 0, `step` apart. `stop` is -1 where the file does
    not tell it.
    """

    id: str = ""
    name: str = ""
    source: str = ""
    size: tuple[int, int] = (0, 0)
    start: int = 0
    stop: int = -1
    step: int = 1
    split: str = ""

    @property
    def last(self) -> int:
        """The last frame, -1 where the file does not tell it."""
        return self.stop - (self.stop - self.start) % self.step if self.stop >= self.start else -1

    def frames(self, last: int = -1) -> NDArray[np.int64]:
        """The frames of the task, ascending; up to `last` where the file does not tell."""
        stop = max(self.stop, last) if self.stop < 0 else self.stop
        return np.arange(self.start, stop + 1, self.step, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Head:
    """The tasks of a file and the classes they share; `known` is false where there is no meta."""

    tasks: tuple[Task, ...]
    labels: tuple[Label, ...]
    mode: str = ""


def head(meta: Node) -> Head:
    """The head of a ``<meta>`` element, of a task, a job or a project."""
    below = {node.tag: node for node in meta.children}
    project = below.get("project")
    whole = project or below.get("task") or below.get("job") or meta
    block = whole.first("labels")
    found = labels.of_nodes([] if block is None else block.every("label"))
    listed = whole.first("tasks") if project is not None else None
    nodes = [whole] if listed is None else listed.every("task")
    source = meta.said("source")
    return Head(tuple(_task(node, source) for node in nodes), tuple(found), whole.said("mode"))


def _task(node: Node, source: str) -> Task:
    size = node.first("original_size")
    width, height = (0, 0) if size is None else (_int(size, "width"), _int(size, "height"))
    step = _STEP.search(node.said("frame_filter"))
    every = max(int(step[1][:DIGITS]), 1) if step else 1
    start = _int(node, "start_frame")
    count = _int(node, "size")
    stop = _int(node, "stop_frame", start + (count - 1) * every if count else -1)
    start, stop = min(start, MOST_FRAMES), min(stop, MOST_FRAMES - 1)
    return Task(
        node.said("id"),
        node.said("name"),
        node.said("source") or source,
        (width, height),
        start,
        stop,
        every,
        node.said("subset"),
    )


def _int(node: Node, tag: str, otherwise: int = 0) -> int:
    said = node.said(tag)
    return int(said) if said.isdecimal() and len(said) < DIGITS else otherwise


def task_of(tasks: Sequence[Task], number: str) -> int:
    """The position of the task that a track names by its id, 0 where it names none."""
    return next((k for k, task in enumerate(tasks) if task.id == number), 0)
