"""A data set as COCO files: streamed chunk by chunk, one file per split."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from formats import files, staging, unheld
from formats.annotations import Annotations
from formats.coco import categories, layout, lines, parsing, videos
from formats.coco.columns import broken
from formats.coco.numbers import Clash
from formats.coco.options import CocoOptions
from formats.coco.output import Output
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset
from formats.losses import Losses
from formats.tracks import filling

__all__ = ["HOLDS", "KINDS", "beyond", "cut", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "rotated", "rings", "masks"), 0.0),
    **dict.fromkeys(("keypoints", "keypoint_scores", "tracks", "flags", "areas", "ids"), 0.0),
    **dict.fromkeys(("groups", "attributes", "extra"), 0.0),
    "boxes": 1e-9,
}
"""Numbers are written as they are; of boxes, width and height are differences."""
KINDS = frozenset({Kind.BOX, Kind.ROTATED, Kind.POLYGON, Kind.MASK, Kind.TAG})
OWN = frozenset({"splits", videos.KEY, filling.KEY})
"""Keys of `Dataset.extra` that are not keys of every file."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one attempt at writing works with."""

    dataset: Dataset
    options: CocoOptions
    numbers: list[int]
    first: tuple[int, int]
    losses: Losses


def write(dataset: Dataset, path: Path, options: CocoOptions) -> Losses:
    """Write to a ``.json`` file, or to a folder as ``annotations/<task>_<split>.json``.

    Tracks of keyframes get a row in every frame of theirs.
    """
    dataset = filling.densified(dataset)
    try:
        return _attempt(dataset, path, options, beyond(dataset) if options.fix else (1, 1))
    except Clash:
        return _attempt(dataset, path, options, beyond(dataset))


def beyond(dataset: Dataset) -> tuple[int, int]:
    """The first image id and annotation id above all that the data set states."""
    images = annotations = 0
    for chunk in dataset.chunks():
        ids = chunk.annotations.ids
        annotations = max(annotations, 0 if ids is None or not len(ids) else int(ids.max()))
        images = max([images, *(item.id or 0 for item in chunk.items)])
    return images + 1, annotations + 1


def _attempt(dataset: Dataset, path: Path, options: CocoOptions, first: tuple[int, int]) -> Losses:
    whole = path.suffix.lower() == ".json"
    with staging.opened(dataset, path, options, lone=whole) as (place, losses):
        job = Job(dataset, options, categories.numbered(dataset.labels, losses), first, losses)
        changed = _fill(job, path, place if whole else None, place)
        if changed and not whole:
            _map(place / "annotations" / "ids.json", changed)
    if changed and whole:
        _map(path.with_suffix(".ids.json"), changed)
    return losses


def _map(path: Path, changed: dict[str, Any]) -> None:
    """Which ids were replaced: ``{split: [[old, new], ...]}``."""
    with files.replaced(path, overwrite=True) as place:
        place.write_bytes(orjson.dumps(changed, option=orjson.OPT_INDENT_2))


def _fill(job: Job, path: Path, lone: Path | None, folder: Path) -> dict[str, Any]:
    """Write every chunk to the file of its split; the ids that were replaced, by split."""
    outputs: dict[str, Output] = {}
    with ExitStack() as stack:

        def output(split: str) -> Output:
            key = "" if lone else split
            if key not in outputs:
                place = lone or folder / "annotations" / _name(job.dataset, split)
                entries = [
                    categories.category(label, number)
                    for label, number in zip(job.dataset.labels, job.numbers, strict=True)
                ]
                made = Output(place, _header(job.dataset, split), entries, job)
                outputs[key] = stack.enter_context(made)
            return outputs[key]

        for chunk in job.dataset.chunks():
            with parsing.paused():
                for split, part in _by_split(chunk):
                    told = not lone or split == layout.split_of(path)
                    job.losses.add("split", 0 if told else len(part.items), split)
                    _add(job, output(split), part)
        first = next(iter(outputs.values()), None) or output("")
        seen = {k for out in outputs.values() for k in out.videos}
        first.videos |= set(range(len(job.dataset.media))) - seen
    return {split: out.ids.changed for split, out in outputs.items() if out.ids.changed}


def _name(dataset: Dataset, split: str) -> str:
    usual = "person_keypoints" if any(e.keypoints for e in dataset.labels) else "instances"
    return f"{dataset.task or usual}_{files.safe(split or layout.DEFAULT)}.json"


def _header(dataset: Dataset, split: str) -> dict[str, Any]:
    """Info, licences and unknown keys of a file; nothing is invented."""
    left_out = OWN if dataset.media else OWN - {videos.KEY}
    shared = {k: v for k, v in dataset.extra.items() if k not in left_out}
    own = dataset.extra.get("splits")
    return {**shared, **(own.get(split, {}) if isinstance(own, dict) else {})}


def _by_split(chunk: Chunk) -> Iterator[tuple[str, Chunk]]:
    """The chunk in parts of one split each."""
    names = [item.split for item in chunk.items]
    found = list(dict.fromkeys(names))
    if len(found) == 1:
        yield found[0], chunk
        return
    for split in found:
        yield split, _picked(chunk, np.array([name == split for name in names]))


def _picked(chunk: Chunk, chosen: Any) -> Chunk:
    """Some items of a chunk with their rows."""
    table = chunk.annotations
    table = table[chosen[table.images]]
    place = np.cumsum(chosen) - 1
    items = [item for item, is_in in zip(chunk.items, chosen, strict=True) if is_in]
    images = place[table.images].astype(np.int32)
    return Chunk(items, table.with_columns(images=images), chunk.looked[chosen])


def _add(job: Job, output: Output, chunk: Chunk) -> None:
    chunk = replace(chunk, annotations=_carried(chunk.annotations))
    table = cut(chunk, job.options, job.losses)
    where = chunk.paths()
    unheld.report(table, HOLDS, job.losses, where)
    unheld.kinds(table, KINDS, job.losses, where)
    unheld.hidden(table, job.losses, where)
    images = output.images(chunk)
    ids = output.ids.take(table.ids, len(table))
    output.lines(lines.lines(table, chunk, ids, images, job.numbers, job.losses))


def _carried(table: Annotations) -> Annotations:
    """Objects whose place could not be used, and is carried as it was read, as ones without any."""
    nowhere = (table.kinds == Kind.BOX) & np.isnan(table.boxes).all(axis=1)
    if table.extra is None or not nowhere.any():
        return table
    kinds = np.where(nowhere & broken(table.extra), Kind.TAG, table.kinds)
    return table.with_columns(kinds=kinds.astype(np.uint8))


def cut(chunk: Chunk, options: CocoOptions, losses: Losses) -> Annotations:
    """The rows of a chunk that are written; those left out are counted."""
    table = chunk.annotations
    left = np.zeros(len(table), dtype=bool)
    if options.crowd == "skip":
        left = table.flagged(Flag.CROWD)
        losses.add("crowd region", int(left.sum()), _first(chunk, left))
    tags = np.isnan(table.boxes).all(axis=1) & (table.kinds == Kind.TAG)
    odd = ~np.isfinite(table.boxes).all(axis=1) & ~tags
    if table.rings is not None and not np.isfinite(table.rings.points).all():
        odd |= [any(not np.isfinite(r).all() for p in row for r in p) for row in table.rings]
    unheld.unsound(table, odd & ~left, losses, chunk.paths())
    left = left | odd
    return table[~left] if left.any() else table


def _first(chunk: Chunk, rows: Any) -> str:
    found = np.flatnonzero(rows)
    return chunk.items[int(chunk.annotations.images[found[0]])].path if len(found) else ""
