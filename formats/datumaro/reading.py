"""Files of Datumaro as one data set: parsed once, tables made chunk by chunk on every walk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Raw

from formats import files, json_file, sizes, tables
from formats.dataset import Chunk, Dataset, Item, Label
from formats.datumaro import categories, layout
from formats.datumaro.categories import KEY, Known
from formats.datumaro.items import Reader as Items
from formats.datumaro.joining import joined
from formats.datumaro.layout import File
from formats.datumaro.options import DatumaroOptions
from formats.datumaro.rows import Reader, Row
from formats.errors import FormatError
from formats.losses import Losses
from formats.walks import Spans

__all__ = ["read"]

LISTED = frozenset({"categories", "items", "dm_format_version", "media_type", "ann_types"})


@dataclass(frozen=True, slots=True)
class _Part:
    """One parsed file."""

    file: File
    known: Known
    items: Sequence[Raw]
    header: dict[str, Any]


def read(path: Path, options: DatumaroOptions) -> Dataset:
    """The data set of a file, or of a folder of them: one split each."""
    losses = Losses()
    parts = [_part(file, losses) for file in layout.found(path)]
    labels, classes = _merged([part.known.labels for part in parts])
    stated = sizes.load(options.sizes)
    walks = [
        _Walk(part, Reader(part.known, labels, own, losses), Items(part.file, stated, losses))
        for part, own in zip(parts, classes, strict=True)
    ]
    return Dataset(
        tuple(labels),
        lambda: chain.from_iterable(walk.chunks() for walk in walks),
        root=options.root or str(parts[0].file.root),
        extra=_header(parts),
        losses=losses,
    )


def _part(file: File, losses: Losses) -> _Part:
    found = json_file.document(file.path, losses)
    if not isinstance(found, dict):
        raise FormatError("a list, expected an object with categories and items", where=file.path)
    where = files.pointer(file.path, "categories")
    told = json_file.anything(found["categories"]) if "categories" in found else None
    header = {k: json_file.anything(v) for k, v in found.items() if k not in LISTED}
    items = json_file.entries(found.get("items"), file.path, "items")
    return _Part(file, categories.known(told, where), items, header)


def _merged(parts: Sequence[Sequence[Label]]) -> tuple[list[Label], list[list[int]]]:
    """The classes of all files by name, in the order of the first; where each file's are."""
    labels: list[Label] = []
    place: dict[str, int] = {}
    found = []
    for part in parts:
        for label in part:
            if label.name not in place:
                place[label.name] = len(labels)
                labels.append(label)
        found.append([place[label.name] for label in part])
    return labels, found


def _header(parts: Sequence[_Part]) -> dict[str, Any]:
    """Infos and unknown keys of the first file, and what its categories say of all classes."""
    first = parts[0]
    own = {KEY: dict(first.known.common)} if first.known.common else {}
    return {**{k: v for k, v in first.header.items() if v not in ({}, None)}, **own}


class _Walk:
    """The chunks of one file; what is odd is told on the first walk alone."""

    def __init__(self, part: _Part, rows: Reader, items: Items) -> None:
        self.part, self.rows, self.items = part, rows, items
        self.spans = Spans(rows.losses)

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures, in the order of the file."""
        for span, losses in self.spans.over(len(self.part.items)):
            rows, items = replace(self.rows, losses=losses), replace(self.items, losses=losses)
            yield self._chunk(span, rows, items)

    def _chunk(self, span: slice, rows: Reader, items: Items) -> Chunk:
        found: list[Item] = []
        made: list[Row] = []
        for k, raw in enumerate(self.part.items[span], span.start):
            where = files.pointer(self.part.file.path, "items", k)
            told = json_file.anything(raw)
            item = items.item(told, where)
            if item is None:
                continue
            for n, one in enumerate(_annotations(told, where, items.losses)):
                row = rows.row(one, f"{where}/annotations/{n}")
                if row is not None:
                    made.append({**row, "images": len(found)})
            found.append(item)
        table = tables.table(joined(made))
        return Chunk(found, table, np.ones(len(found), dtype=bool))


def _annotations(told: dict[str, Any], where: str, losses: Losses) -> list[Any]:
    listed = told.get("annotations") or []
    if isinstance(listed, list):
        return listed
    losses.add("annotations that are no list", example=where)
    return []
