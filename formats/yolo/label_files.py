"""The label files of a chunk of pictures: its table as text, and a file for each picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.errors import FormatError
from formats.losses import Losses
from formats.yolo import coding, crowds, sidecar, text
from formats.yolo.options import YoloOptions
from formats.yolo.task import Task

__all__ = ["Done", "Job", "LabelFiles"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A chunk: its table, the paths of its pictures, their `sizes` (M, 2), which were looked at,
    and the `places` of each picture and its label file.
    """

    table: Annotations
    paths: Sequence[str]
    sizes: Floats
    looked: list[bool]
    places: Sequence[tuple[str, str]]


@dataclass(slots=True)
class Done:
    """What writing a chunk could not hold, and its lines of the sidecar."""

    losses: Losses = field(default_factory=Losses)
    scores: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The label lines of a chunk: `table` (M rows) as `text`, where row k ends at `ends[k + 1]`."""

    table: Annotations
    text: bytes
    ends: NDArray[np.int64]

    def bounds(self, items: int) -> list[int]:
        """Where the rows of each item begin, and the end."""
        return np.searchsorted(self.table.images, np.arange(items + 1)).tolist()


class LabelFiles:
    """Writes label files below a folder; several processes may do so at once."""

    def __init__(self, task: Task, folder: Path, options: YoloOptions, keypoints: int) -> None:
        self.task, self.folder, self.options = task, folder, options
        self.keypoints = keypoints
        self._made: set[str] = set()

    def __reduce__(self) -> tuple[Any, ...]:
        """A task has functions, so its name goes to another process."""
        return _again, (self.task.name, self.folder, self.options, self.keypoints)

    def write(self, job: Job) -> Done:
        """Write the files of a chunk."""
        done = Done()
        rows, painted = crowds.without(job.table, self.options.crowd, done.losses, job.paths)
        _check_sizes(rows, job)
        if painted is not None:
            pictures = [picture for picture, _ in job.places]
            crowds.paint(painted, job.sizes, pictures, self.folder)
        self._write(self._lines(rows, job, done.losses), job, done)
        return done

    def _lines(self, table: Annotations, job: Job, losses: Losses) -> _Lines:
        rows, values = coding.coded(table, self.task, job.sizes, self.keypoints, job.paths, losses)
        lines, ends = text.lines(rows.labels.astype(np.int64), values.counts, values.values)
        return _Lines(rows, lines, ends)

    def _write(self, lines: _Lines, job: Job, done: Done) -> None:
        """A file for every picture that was looked at, empty where nothing is there."""
        carried = coding.CARRIED | self.task.holds
        names = [name for name in sidecar.present(lines.table) if name in carried]
        bounds, ends = lines.bounds(len(job.places)), lines.ends.tolist()
        for i, (_, labels) in enumerate(job.places):
            if not job.looked[i]:
                continue
            start, stop = bounds[i], bounds[i + 1]
            self._file(labels, lines.text[ends[start] : ends[stop]])
            if names and start < stop:
                done.scores.append(sidecar.line(labels, lines.table[start:stop], names))

    def _file(self, name: str, data: bytes) -> None:
        path = f"{self.folder}/{name}"
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            while data:
                data = data[os.write(handle, data) :]
        finally:
            os.close(handle)


def _again(name: str, folder: Path, options: YoloOptions, keypoints: int) -> LabelFiles:
    task = import_module(f"formats.yolo.{name}").TASK
    return LabelFiles(task, folder, options, keypoints)


def _check_sizes(rows: Annotations, job: Job) -> None:
    unknown = np.isnan(job.sizes[rows.images].sum(axis=1))
    if unknown.any():
        raise FormatError(
            "the picture's size is unknown, which label files need",
            where=job.paths[int(rows.images[unknown][0])],
            hint="sizes=FILE states sizes",
        )
