"""A data set looked at as a whole: what is in it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formats.dataset import Chunk, Dataset, Label
from formats.inspection import listing
from formats.inspection.picture_files import Files
from formats.inspection.problems import Problems
from formats.inspection.rows import CHECKS, Rows
from formats.inspection.tally import Tally

__all__ = ["Inspection", "inspect"]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `inspect` found; `found` and `missing` count files of pictures."""

    labels: tuple[Label, ...]
    tally: Tally
    problems: Problems
    root: str
    found: int
    missing: int
    clips: int


def inspect(dataset: Dataset, *, pictures: bool = True) -> Inspection:
    """Walk a data set once and count what is there and what is wrong.

    `pictures`: look at the files of the pictures too (their headers; those of one length, whole).
    """
    problems = Problems()
    tally = Tally(len(dataset.labels))
    files = Files(dataset.root, problems)
    find = files.finder.find if pictures else None
    paths, ids = listing.Paths(problems, find), listing.Ids(problems)
    listing.classes(dataset.labels, problems)
    for chunk in dataset.chunks():
        tally.add(chunk)
        _rows(chunk, dataset.labels, problems)
        ids.add(chunk)
        for item in chunk.items:
            paths.add(item)
            if pictures:
                files.add(item)
    ids.finish()
    files.finish()
    for loss in (*dataset.losses, *dataset.losses.warnings.values()):
        problems.told(loss.what, loss.count, loss.example)
    return Inspection(
        dataset.labels,
        tally,
        problems,
        dataset.root,
        files.found,
        len(files.missing),
        len(dataset.media),
    )


def _rows(chunk: Chunk, labels: tuple[Label, ...], problems: Problems) -> None:
    rows = Rows(chunk, labels)
    for name, check in CHECKS.items():
        bad = np.flatnonzero(check(rows)).tolist()
        problems.add(name, len(bad), (listing.place(chunk, i) for i in bad))
