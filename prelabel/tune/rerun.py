"""`rerun`: all that a model sees in corrected pictures, down to the floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from formats.dataset import Dataset, Item
from prelabel import lines, todo
from prelabel.engines import engine
from prelabel.errors import JobError
from prelabel.job import Asked, Spec
from prelabel.journal import Record
from prelabel.progress import Progress
from prelabel.sources import Unit
from prelabel.sources.datasets import group_of
from prelabel.tune.thresholds import FLOOR
from prelabel.work import Work, open_labeler

__all__ = ["Seen", "rerun"]


@dataclass(frozen=True, slots=True)
class Seen:
    """`predictions` count through the model's own classes; `failures` are (picture, reason)."""

    predictions: Dataset
    failures: tuple[tuple[str, str], ...]


def rerun(
    corrected: Dataset,
    where: Path,
    spec: Spec,
    asked: Asked,
    *,
    images: str = "",
    progress: Progress | None = None,
) -> Seen:
    """Ask the model again about every picture of `corrected` that somebody looked at.

    `where` the data set was read from; `images` is the folder of its pictures, where it is not
    found near it. Thresholds of `asked` do not count: everything down to `FLOOR` is kept. JobError
    where no picture can be labelled.
    """
    paths = (item.path for item in corrected.items if item.annotations is not None)
    looked = {path: place for place, path in enumerate(paths)}
    units = [unit for unit in _units(corrected, where, images) if unit.path in looked]
    units.sort(key=lambda unit: looked[unit.path])
    everything = replace(asked, conf=FLOOR, thresholds=(), polygons=None)
    with open_labeler(spec) as labeler:
        work = Work(spec, everything, labeler=labeler)
        records = list(_records(work, units, progress or Progress()))
        work.close()
    failed = tuple((r.path, r.failure) for r in records if r.failure)
    if not records:
        raise JobError("nobody looked at any picture: there is nothing to learn from", where)
    if len(failed) == len(records):
        raise JobError(f"no picture could be labelled: {failed[0][1]}", where=failed[0][0])
    items = [_item(record) for record in records if not record.failure]
    return Seen(Dataset.of(labeler.card.labels, items), failed)


def _units(corrected: Dataset, where: Path, images: str) -> Iterator[Unit]:
    """The pictures; those of a split may lie in a folder of their own."""
    splits: dict[str, list[Item]] = {}
    for chunk in corrected.chunks():
        for item in chunk.items:
            splits.setdefault(item.split, []).append(item)
    for split, items in splits.items():
        part = Dataset.of(corrected.labels, items, root=corrected.root)
        own = Path(images, split)
        folder = str(own) if images and split and own.is_dir() else images
        yield from group_of(part, where, folder).units


def _records(work: Work, units: Sequence[Unit], progress: Progress) -> Iterator[Record]:
    """What became of each picture, in order."""
    labeler = work.labeler()
    size = labeler.runner.batch
    batches = todo.unfinished(units, set(), size)
    progress.start(len(units), 0)
    with progress:
        found = engine("local").map(work, batches, workers=max(1, labeler.workers // size))
        for _, records in found:
            if isinstance(records, Exception):
                raise records
            progress.advance(len(records), sum(bool(record.failure) for record in records))
            yield from records


def _item(record: Record) -> Item:
    return replace(lines.decode(record.line, record.path), extra={})
