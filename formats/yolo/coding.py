"""The rows of a table as values of label lines, and what of them the lines do not hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations
from formats.columns import Kind
from formats.losses import Losses
from formats.yolo.task import Coded, Task

__all__ = ["CARRIED", "coded"]

CARRIED = frozenset({"scores", "tracks"})
"""Columns that stand beside the lines whatever the task is."""
LOST = "object without area in its picture"
OTHER_SIZE = "mask of another size than its picture, whose pixels are taken for the picture's"


def coded(
    table: Annotations,
    task: Task,
    sizes: NDArray[np.float64],
    keypoints: int,
    paths: Sequence[str],
    losses: Losses,
) -> tuple[Annotations, Coded]:
    """The rows that a task holds and their values; `sizes` (M, 2) and `paths` are the pictures'."""
    where = list(paths)
    tags = table.kinds == Kind.TAG
    unheld.count(losses.add, "tag of a whole picture", table, tags, where)
    rows = table[~tags] if tags.any() else table
    told = {unheld.COLUMN_OF[kind] for kind in task.tells if kind in unheld.COLUMN_OF}
    unheld.report(rows, task.holds | CARRIED | told, losses, where)
    unheld.kinds(rows, {task.kind, *task.tells}, losses, where)
    if task.kind != Kind.BOX:
        unheld.boxes(rows, losses, where)
        unheld.count(losses.warn, OTHER_SIZE, rows, _of_other_size(rows, sizes), where)
    found = task.encode(rows, sizes[rows.images], keypoints, losses)
    if len(found.rows) == len(rows):
        return rows, found
    left = np.ones(len(rows), dtype=bool)
    left[found.rows] = False
    losses.add(LOST, int(left.sum()), _named(rows, left, where))
    return rows[found.rows], found


def _of_other_size(table: Annotations, sizes: NDArray[np.float64]) -> NDArray[np.bool_]:
    found = np.zeros(len(table), dtype=bool)
    if table.masks is not None:
        for i in np.flatnonzero(table.kinds == Kind.MASK):
            mask = table.masks[i]
            found[i] = mask is not None and mask.size != tuple(sizes[table.images[i]])
    return found


def _named(rows: Annotations, left: NDArray[np.bool_], where: list[str]) -> str:
    """The first object that is left out: its picture, and its id where it has one."""
    path = str(unheld.first(rows, left, where))
    number = -1 if rows.ids is None else int(rows.ids[int(np.argmax(left))])
    return path if number < 0 else f"{path}: id {number}"
