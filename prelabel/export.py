"""From the journal to the formats that were asked for; read lazily, written whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

import formats
from formats.dataset import Chunk, Dataset, Item, Label, Source, chunked
from formats.errors import UnknownName
from formats.losses import Losses
from formats.options import Options, make
from prelabel import lines, outfolder
from prelabel.errors import JobError, PrelabelError
from prelabel.fetch import Fetcher, Policy
from prelabel.image import Image, decode
from prelabel.journal import Journal
from prelabel.settings import Settings
from prelabel.sources import Pictures, Unit

__all__ = [
    "Target",
    "count",
    "dataset_of",
    "failures",
    "preview",
    "resumable",
    "targets",
    "write",
]

CHUNK = 32
"""Pictures in memory at once; their objects as text are what a job needs most memory for."""

FLAVOURS = {
    "detect": "yolo",
    "segment": "yolo-seg",
    "pose": "yolo-pose",
    "obb": "yolo-obb",
    "classify": "yolo-cls",
}
"""What plain ``yolo`` means for a model's task."""


class Target:
    """One output: `name` as asked, which is its folder; the `format`, and that format's options."""

    def __init__(self, name: str, task: str, given: Mapping[str, Any]) -> None:
        self.name = name
        self.format = formats.get(FLAVOURS.get(task, name) if name == "yolo" else name)
        known = {f.name for f in fields(self.format.options)}
        self.options: Options = make(
            self.format.options, {k: v for k, v in given.items() if k in known}
        )


def targets(
    names: Sequence[str], task: str, given: Mapping[str, Any], strict: bool
) -> list[Target]:
    """The outputs that were asked for; UnknownName for an option that none of them has."""
    fixed = {"overwrite": True, "strict": strict}
    found = [Target(name, task, {**given, **fixed}) for name in dict.fromkeys(names)]
    known = {f.name for target in found for f in fields(target.format.options)} - set(fixed)
    for name in given:
        if name not in known:
            raise UnknownName(
                f"no option {name!r} of {', '.join(names)}",
                where="-o",
                hint=f"known: {', '.join(sorted(known))}",
            )
    return found


def dataset_of(
    journal: Journal, pictures: Pictures, labels: Sequence[Label], source: Source
) -> Dataset:
    """The labelled pictures, in source order; failed ones are not in it.

    Ids and splits are those that the source states now.
    """

    def chunks() -> Iterator[Chunk]:
        done = [unit for unit in pictures.units if not journal.entries[unit.path].failed]
        return chunked(_items(journal, done), CHUNK)

    return Dataset(
        tuple(labels), chunks, sources=(source,), root=pictures.root, extra=pictures.extra
    )


def _items(journal: Journal, units: Sequence[Unit]) -> Iterator[Item]:
    for unit, line in zip(units, journal.lines(unit.path for unit in units), strict=True):
        yield replace(lines.decode(line, unit.path), id=unit.id, split=unit.split, extra={})


def write(dataset: Dataset, target: Target, out: Path) -> Losses:
    """Write one output to its folder in `out`."""
    with resumable():
        return target.format.write(dataset, out / target.name, target.options)


@contextmanager
def resumable() -> Iterator[None]:
    """A fault of the disk costs no label: say that the job can go on."""
    try:
        yield
    except PrelabelError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        hint = "labels are kept in the journal; go on with --resume"
        raise JobError(error.what, where=error.where, hint=hint) from error


def preview(dataset: Dataset, pictures: Pictures, out: Path, settings: Settings) -> Path:
    """Overlays of all pictures and a page to look through them; returns the page."""
    from prelabel.preview import write as write_preview  # loads the drawing

    addresses = {unit.path: unit.address for unit in pictures.units}
    outfolder.remove(out / outfolder.PREVIEW)
    with Fetcher(Policy.of(settings, trusted=True)) as fetcher:

        def open_image(item: Item) -> Image:
            return decode(fetcher.read(addresses[item.path]), item.path, settings.max_pixels)

        with resumable():
            return write_preview(dataset, out / outfolder.PREVIEW, open_image)


def count(dataset: Dataset) -> Counter[str]:
    """Objects of each class, classes without any left out."""
    totals = np.zeros(len(dataset.labels), dtype=np.int64)
    for chunk in dataset.chunks():
        totals += np.bincount(chunk.annotations.labels, minlength=len(totals))
    named = zip(dataset.labels, totals.tolist(), strict=True)
    return Counter({label.name: n for label, n in named if n})


def failures(journal: Journal, pictures: Pictures) -> list[tuple[str, str]]:
    """(name, reason) of the pictures that could not be labelled."""
    failed = [unit.path for unit in pictures.units if journal.entries[unit.path].failed]
    found = zip(failed, journal.lines(failed), strict=True)
    return [(path, lines.failure_of(line, path)) for path, line in found]
