"""Repairs that are safe: what no tool could use goes, what any tool would read alike is put right.

Each repair is that of a kind of problem (`problems.KINDS`), and is counted in a note of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import pictures
from formats.annotations import Annotations
from formats.changing import Told, edited
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item, Label
from formats.editing import picking
from formats.errors import FormatError
from formats.inspection.picture_files import turned
from formats.inspection.problems import KINDS
from formats.inspection.rows import CHECKS, EDGE, Rows
from geometry import polygons
from geometry.rings import Rings

__all__ = ["repaired"]

Bools = NDArray[np.bool_]


def repaired(dataset: Dataset) -> Dataset:
    """The data set with what can be repaired safely put right, told in notes of its report.

    Annotation ids of 0, and those that occurred before, become new ones when a format that has ids
    is written (its option `fix`).
    """
    job = _Repair(pictures.Finder(dataset.root), dataset.labels)
    return edited(dataset, job.chunk)


@dataclass(frozen=True, slots=True)
class _Repair:
    finder: pictures.Finder
    labels: tuple[Label, ...]

    def chunk(self, chunk: Chunk, told: Told) -> Chunk:
        """A chunk with its sizes, then its rows, put right."""
        for name in ("not-a-number", "no-place"):
            chunk = self._without(chunk, name, told)
        chunk = self._changed(chunk, "few-points", told)
        chunk = self._changed(chunk, "negative-box", told)
        chunk = self._sized(chunk, told)
        for name in ("outside", "no-area"):
            chunk = self._without(chunk, name, told)
        chunk = self._changed(chunk, "over-edge", told)
        for name in ("no-area", "duplicate-object"):
            chunk = self._without(chunk, name, told)
        return chunk

    def _found(self, chunk: Chunk, name: str, told: Told) -> Bools:
        bad = CHECKS[name](Rows(chunk, self.labels))
        what, done = KINDS[name]
        told[f"{what}: {done}"] += int(bad.sum())
        return bad

    def _without(self, chunk: Chunk, name: str, told: Told) -> Chunk:
        return picking.rows(chunk, ~self._found(chunk, name, told))

    def _changed(self, chunk: Chunk, name: str, told: Told) -> Chunk:
        bad = self._found(chunk, name, told)
        if not bad.any():
            return chunk
        return replace(chunk, annotations=CHANGES[name](chunk, bad))

    def _sized(self, chunk: Chunk, told: Told) -> Chunk:
        """The items with the sizes of their pictures where they state none, or a turned one."""
        rows = Rows(chunk, self.labels)
        bounds = np.searchsorted(chunk.annotations.images, np.arange(len(chunk.items) + 1))
        found = [
            self._item(item, rows, slice(bounds[i], bounds[i + 1]), told)
            for i, item in enumerate(chunk.items)
        ]
        return picking.relisted(chunk, found)

    def _item(self, item: Item, rows: Rows, own: slice, told: Told) -> Item:
        file = self.finder.find(item)
        header = _header(file) if file else None
        if header is None or item.size == header.size:
            return item
        if item.size is None:
            return self._with_size(item, header, "picture-unsized", told)
        if turned(item, header) and _fit(rows, own, header.size):
            return self._with_size(item, header, "picture-turned", told)
        return item

    def _with_size(self, item: Item, header: pictures.Header, name: str, told: Told) -> Item:
        what, done = KINDS[name]
        told[f"{what}: {done}"] += 1
        return replace(item, size=header.size)


def _fit(rows: Rows, own: slice, size: tuple[int, int]) -> bool:
    """Whether some rows lie in a picture of a size; a mask of another size was drawn in another."""
    drawn = rows.table.masks[own] if rows.table.masks is not None else ()
    if any(mask is not None and mask.size != size for mask in drawn):
        return False
    return bool((rows.extent[own, 2:] <= np.array(size) + EDGE).all())


def _header(file: str) -> pictures.Header | None:
    try:
        return pictures.header(file)
    except FormatError:
        return None


def _swapped(chunk: Chunk, bad: Bools) -> Annotations:
    stated = chunk.annotations.boxes
    low, high = np.minimum(stated[:, :2], stated[:, 2:]), np.maximum(stated[:, :2], stated[:, 2:])
    return chunk.annotations.with_columns(
        boxes=np.where(bad[:, None], np.column_stack([low, high]), stated)
    )


def _without_short(chunk: Chunk, bad: Bools) -> Annotations:
    """Rows without rings of fewer than three points; those with no ring left are boxes."""
    table = chunk.annotations
    if table.rings is None:
        return table.with_columns(kinds=np.where(bad, Kind.BOX, table.kinds))
    whole = [_whole(row) if bad[i] else row for i, row in enumerate(table.rings)]
    bare = bad & np.array([not row for row in whole], dtype=bool)
    kinds = np.where(bare, Kind.BOX, table.kinds)
    return _measured_anew(table.with_columns(kinds=kinds, rings=Rings.of(whole)), bad)


def _whole(row: Sequence[Sequence[NDArray[np.float64]]]) -> list[list[NDArray[np.float64]]]:
    """The parts whose outer ring has three points, with the holes that have."""
    return [[ring for ring in part if len(ring) > 2] for part in row if part and len(part[0]) > 2]


def _cut(chunk: Chunk, bad: Bools) -> Annotations:
    """Rows cut at the edges of their pictures; a polygon's box becomes its bounds."""
    table = chunk.annotations
    sizes = chunk.sizes()[table.images]
    limits = np.column_stack([sizes, sizes])
    stated = np.where(bad[:, None], np.clip(table.boxes, 0, limits), table.boxes)
    columns: dict[str, Any] = {"boxes": stated}
    shaped = bad & (table.kinds == Kind.POLYGON)
    if table.rings is not None and shaped.any():
        cut = polygons.clip(table.rings[shaped], sizes[shaped])
        order = np.arange(len(table))
        order[shaped] = len(table) + np.arange(len(cut))
        columns["rings"] = Rings.concat([table.rings, cut])[order]
        stated[shaped] = np.nan_to_num(polygons.bounds(cut))  # nothing left: no area
    return _measured_anew(table.with_columns(**columns), bad)


def _measured_anew(table: Annotations, changed: Bools) -> Annotations:
    """Rows whose stated area is no longer theirs, without it."""
    if table.areas is None:
        return table
    return table.with_columns(areas=np.where(changed, np.nan, table.areas))


CHANGES = {"negative-box": _swapped, "few-points": _without_short, "over-edge": _cut}
