"""A data set as panoptic files: a JSON for each split, and a PNG for each picture."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from formats import files, json_text, staging, unheld
from formats.annotations import Annotations
from formats.coco import categories, layout, parsing, rows, videos
from formats.coco import writing as coco
from formats.coco.numbers import Clash
from formats.coco.output import Output
from formats.coco.writing import Job
from formats.columns import Kind
from formats.counting import counted
from formats.dataset import Chunk, Dataset, Item, Label
from formats.errors import FormatError
from formats.label_maps import MOST
from formats.losses import Losses
from formats.namesakes import FILE, Namesakes, stem, tidy
from formats.panoptic.layout import PREFIX
from formats.panoptic.options import PanopticOptions
from formats.panoptic.painting import painted
from formats.panoptic.segments import ANNOTATION, SEGMENT
from formats.tracks import filling, stills

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {k: v for k, v in coco.HOLDS.items() if k not in ("rings", "rotated")}
KINDS = frozenset({Kind.MASK})
OWN = frozenset({"splits", videos.KEY, filling.KEY})
"""Keys of `Dataset.extra` that are not keys of every file."""
THING = "isthing"
NAMED = "unknown key with the name of a segment's own"
UNSAID = "class without isthing, written as a thing"


def write(dataset: Dataset, path: Path, options: PanopticOptions) -> Losses:
    """Write a folder: ``annotations/panoptic_<split>.json``, and a folder of that name of PNGs.

    Frames of clips are written as pictures.
    """
    if path.suffix.lower() == ".json":
        what = "panoptic files are a JSON and a folder of PNG files"
        raise FormatError(what, where=path, hint="a folder as target")
    dataset = stills.of_frames(dataset)
    try:
        return _attempt(dataset, path, options, 1)
    except Clash:
        ids = (item.id or 0 for chunk in dataset.chunks() for item in chunk.items)
        return _attempt(dataset, path, options, max(ids, default=0) + 1)


def _attempt(dataset: Dataset, path: Path, options: PanopticOptions, first: int) -> Losses:
    with staging.opened(dataset, path, options) as (folder, losses):
        numbers = categories.numbered(dataset.labels, losses)
        job = Job(dataset, options, numbers, (first, 1), losses)
        with ExitStack() as stack, parsing.paused():
            writer = _Writer(job, folder / "annotations", stack)
            staging.fill(writer, dataset)
    return losses


@dataclass(slots=True)
class _Writer:
    """The files of all splits in the making."""

    job: Job
    folder: Path
    stack: ExitStack
    outputs: dict[str, Output] = field(default_factory=dict)
    places: dict[str, Namesakes] = field(default_factory=dict)
    next: int = 1

    def add(self, chunk: Chunk) -> None:
        """The pictures of a chunk."""
        for item in chunk.walk():
            self._item(item)

    def _item(self, item: Item) -> None:
        """One picture: its image entry, its PNG and the annotation that tells of its segments."""
        output = self._output(item.split)
        chunk = Chunk.of([item])
        number = output.images(Chunk(chunk.items, chunk.annotations, ~chunk.looked | True))[0]
        if item.annotations is None:
            return
        name = f"{stem(self.places[item.split].place(tidy(item.path), item.path))}.png"
        table = self._cut(chunk)
        found = painted(table, item, self._numbers(table), self.job.losses)
        if found.canvas is not None:
            found.canvas.save_colours(self.folder / _name(item.split) / name)
        told = self._segments(found.table, found.ids, item, number)
        entry = {"segments_info": told, "file_name": name, "image_id": number}
        output.lines([json_text.dumps(entry, where=item.path)])

    def _cut(self, chunk: Chunk) -> Annotations:
        losses = self.job.losses
        table = coco.cut(chunk, self.job.options, losses)
        unheld.report(table, {*HOLDS, "rings"}, losses, chunk.items[0].path)
        unheld.hidden(table, losses)
        if table.extra is not None:
            odd = np.array([_odd(extra) for extra in table.extra], dtype=bool)
            unheld.count(losses.add, NAMED, table, odd, chunk.paths())
        return table

    def _numbers(self, table: Annotations) -> list[int]:
        """The segment ids of the rows: as stated, the annotation's, or the next that is free."""
        extra = [{}] * len(table) if table.extra is None else table.extra.tolist()
        ids = [-1] * len(table) if table.ids is None else table.ids.tolist()
        found: list[int] = []
        taken = {*ids, *(n for e in extra if _fits(n := e.get(SEGMENT)))}
        for told, own in zip(extra, ids, strict=True):
            fits = [n for n in (told.get(SEGMENT), own) if _fits(n) and n not in found]
            found.append(fits[0] if fits else self._free(taken))
        return found

    def _free(self, taken: set[Any]) -> int:
        while self.next in taken:
            self.next += 1
        self.next = self.next % MOST + 1
        return self.next - 1 or MOST

    def _segments(
        self, table: Annotations, ids: list[int], item: Item, number: int
    ) -> list[dict[str, Any]]:
        bare = table.with_columns(masks=None)
        chunk = Chunk.of([item])
        numbers = self.job.numbers
        found = rows.dicts(bare, chunk, ids, [number], numbers, self.job.losses)
        own = [-1] * len(table) if table.ids is None else table.ids.tolist()
        return [_segment(told, id_) for told, id_ in zip(found, own, strict=True)]

    def _output(self, split: str) -> Output:
        if split not in self.outputs:
            labels, numbers = self.job.dataset.labels, self.job.numbers
            told = [_category(e, n) for e, n in zip(labels, numbers, strict=True)]
            path = self.folder / f"{_name(split)}.json"
            made = Output(path, _header(self.job.dataset, split), told, self.job)
            self.outputs[split] = self.stack.enter_context(made)
            self.places[split] = Namesakes(self.job.options.on_collision)
        return self.outputs[split]

    def finish(self) -> None:
        """An empty set has a file, too; classes that do not say whether they are things."""
        if not self.outputs:
            self._output("")
        unsaid = [e for e in self.job.dataset.labels if THING not in e.extra]
        if unsaid:
            self.job.losses.note(counted(len(unsaid), UNSAID))
        renamed = {k: one.renamed for k, one in self.places.items() if one.renamed}
        if renamed:
            files.put(self.folder / FILE, orjson.dumps(renamed, option=orjson.OPT_INDENT_2) + b"\n")
            count = sum(map(len, renamed.values()))
            self.job.losses.note(counted(count, f"label map with a new name, see {FILE}"))


def _odd(extra: Mapping[str, Any]) -> bool:
    """Whether a further key would be read back as the id of a segment or of its annotation."""
    other = SEGMENT in extra and not _fits(extra[SEGMENT])
    return other or type(extra.get(ANNOTATION)) is int


def _fits(number: object) -> bool:
    return type(number) is int and 0 < number <= MOST


def _name(split: str) -> str:
    name = files.safe(f"{PREFIX}{split or layout.DEFAULT}", "split")
    if "/" in name or "\\" in name:
        raise FormatError(f"the split {split!r} cannot be the name of a file")
    return name


def _header(dataset: Dataset, split: str) -> dict[str, Any]:
    """Info, licences and unknown keys of a file; nothing is invented."""
    own = dataset.extra.get("splits")
    shared = {k: v for k, v in dataset.extra.items() if k not in OWN}
    return {**shared, **(own.get(split, {}) if isinstance(own, Mapping) else {})}


def _category(entry: Label, number: int) -> dict[str, Any]:
    """A category; COCO's tools demand that it says whether it is a thing."""
    return {THING: 1, **categories.category(entry, number)}


def _segment(told: dict[str, Any], own: int) -> dict[str, Any]:
    """A segment of what COCO writes of an object."""
    for key in ("image_id", "segmentation", SEGMENT):
        told.pop(key, None)
    if type(told.get(ANNOTATION)) is int:
        del told[ANNOTATION]
    if own >= 0 and own != told["id"]:
        told[ANNOTATION] = own
    return told
