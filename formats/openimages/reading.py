"""OpenImages' files as a data set: the rows of a picture become one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import tables
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.openimages import classes, gathering, layout, mask_files
from formats.openimages.catalogue import Catalogue, Picture, walk
from formats.openimages.gathering import Masks, Rows
from formats.openimages.layout import Layout
from formats.openimages.options import OpenImagesOptions
from formats.size_list import Sizes
from formats.walks import Spans
from geometry import masks

__all__ = ["read"]

Floats = NDArray[np.float64]
NO_SIZE = "picture whose size is not known, left out with its objects"
NEAR = 1e-6
"""Shares: boxes of masks are published with 6 decimals."""


def read(path: Path, options: OpenImagesOptions) -> Dataset:
    """The data set of a folder, or of one CSV file with the classes beside it.

    The rows are read at once, into columns; sizes and masks of pictures on each walk.
    """
    losses = Losses()
    found = layout.found(path)
    catalogue = Catalogue(found.root)
    catalogue.gather(found, losses)
    codes: dict[str, int] = {}
    gathered = _Gathered(
        gathering.boxes(found, catalogue, codes, losses),
        gathering.tags(found, catalogue, codes, losses),
        gathering.masks(found, catalogue, codes, losses),
    )
    _unread(found, losses)
    pictures, files = walk(found.root)
    catalogue.locate(pictures)
    labels, numbers = classes.gathered(found, codes, losses)
    ranks = np.array([numbers[code] for code in codes] or [0], dtype=np.int32)
    sizes = Sizes(options.sizes, found.root)
    walk_ = _Walk(catalogue, gathered, files, ranks, sizes, losses)
    return Dataset(labels, walk_.chunks, root=str(found.root), losses=losses)


def _unread(found: Layout, losses: Losses) -> None:
    """Count the rows of files that no column can hold."""
    for kind, word in (("relationships", "relationship of two objects"), ("points", "point label")):
        for table in found.of(kind):
            with table.path.open("rb") as stream:
                losses.add(word, sum(1 for _ in stream) - 1, table.path)


@dataclass(frozen=True, slots=True)
class _Gathered:
    """All rows of a set."""

    boxes: Rows
    tags: Rows
    masks: Mapping[int, list[Masks]]


class _Walk:
    """The chunks of a set; what is odd is told on the first walk alone."""

    def __init__(
        self,
        catalogue: Catalogue,
        gathered: _Gathered,
        files: Mapping[str, str],
        ranks: NDArray[np.int32],
        sizes: Sizes,
        losses: Losses,
    ) -> None:
        self.catalogue, self.gathered, self.files = catalogue, gathered, files
        self.ranks, self.sizes = ranks, sizes
        self.root = catalogue.root
        self.orders = [gathered.boxes.order(), gathered.tags.order()]
        parts = (gathered.boxes, gathered.tags)
        self.bounds = [self._bounds(r, o) for r, o in zip(parts, self.orders, strict=True)]
        self.spans = Spans(losses)

    def _bounds(self, rows: Rows, order: NDArray[np.int64]) -> NDArray[np.int64]:
        images = np.frombuffer(rows.images, dtype=np.int32)[order]
        return np.searchsorted(images, np.arange(len(self.catalogue.pictures) + 1))

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures, in the order of the set."""
        unknown = 0
        for span, losses in self.spans.over(len(self.catalogue.pictures)):
            numbers = range(span.start, span.stop)
            items = [item for k in numbers if (item := self._item(k, losses)) is not None]
            unknown += len(numbers) - len(items)
            yield Chunk.of(items)
        if unknown and unknown == len(self.catalogue.pictures):
            hint = "sizes=FILE states sizes"
            raise FormatError("no picture's size is known", where=self.root, hint=hint)

    def _item(self, k: int, losses: Losses) -> Item | None:
        """A picture with its rows; None where they have no place without its size."""
        picture = self.catalogue.pictures[k]
        size = self.sizes.find(picture.path, str(self.root))
        chosen, named = (self._rows(part, k) for part in (0, 1))
        shapes = self.gathered.masks.get(k, [])
        if size is None and (len(chosen) or shapes):
            losses.add(NO_SIZE, example=picture.path)
            return None
        item = Item(picture.path, size, split=picture.split, extra=picture.extra)
        if not picture.listed:
            return item
        rows = self._shapes(chosen, size) if size else []
        rows += self._masked(rows, shapes, picture, size, losses) if size else []
        rows += self._tagged(named)
        return Item(
            picture.path, size, tables.table(rows), split=picture.split, extra=picture.extra
        )

    def _rows(self, part: int, k: int) -> list[int]:
        first, last = self.bounds[part][k : k + 2]
        return self.orders[part][first:last].tolist()

    def _shapes(self, chosen: list[int], size: tuple[int, int]) -> list[dict[str, Any]]:
        rows = self.gathered.boxes
        return [
            self._row(rows, i, kinds=Kind.BOX, flags=rows.flags[i])
            | {"boxes": _pixels(rows.shares[4 * i : 4 * i + 4], size)}
            for i in chosen
        ]

    def _tagged(self, chosen: list[int]) -> list[dict[str, Any]]:
        return [self._row(self.gathered.tags, i, kinds=Kind.TAG) for i in chosen]

    def _row(self, rows: Rows, i: int, **columns: Any) -> dict[str, Any]:
        """The columns of a row that say something."""
        columns |= {"labels": self.ranks[rows.labels[i]], "scores": rows.scores[i]}
        columns |= {
            k: v[i] for k, v in (("attributes", rows.attributes), ("extra", rows.extra)) if v[i]
        }
        return {name: value for name, value in columns.items() if name != "flags" or value}

    def _masked(
        self,
        rows: list[dict[str, Any]],
        shapes: list[Masks],
        picture: Picture,
        size: tuple[int, int],
        losses: Losses,
    ) -> list[dict[str, Any]]:
        """Give masks to the rows of their boxes; the rows of those that have none."""
        found = []
        for one in shapes:
            row = self._own(rows, one, size)
            if row is None:
                row = {"kinds": Kind.BOX, "labels": self.ranks[one.label], "boxes": [np.nan] * 4}
                if one.shares is not None:
                    row["boxes"] = _pixels(one.shares, size)
                found.append(row)
            self._draw(row, one, picture, size, losses)
            row["extra"] = {**row.get("extra", {}), **one.extra}
        return [row for row in found if np.isfinite(row["boxes"]).all()]

    def _own(
        self, rows: list[dict[str, Any]], one: Masks, size: tuple[int, int]
    ) -> dict[str, Any] | None:
        """The first row with the class and the box of a mask that has none yet."""
        if one.shares is None:
            return None
        wanted, near = _pixels(one.shares, size), NEAR * max(size)
        for row in rows:
            same = row["labels"] == self.ranks[one.label] and "masks" not in row
            if same and np.abs(row["boxes"] - wanted).max() <= near:
                return row
        return None

    def _draw(
        self,
        row: dict[str, Any],
        one: Masks,
        picture: Picture,
        size: tuple[int, int],
        losses: Losses,
    ) -> None:
        """Read the mask of a row; one that cannot be read is counted."""
        placed = f"masks/{layout.prefix(one.split)}/{one.file}"
        name = self.files.get(placed) or self.files.get(one.file.rpartition("/")[2])
        if name is None:
            losses.add("mask whose picture is not there", example=f"{one.place}: {one.file}")
            return
        try:
            mask, scaled = mask_files.read(self.root / name, size)
        except FormatError as error:
            losses.add("mask that cannot be read", example=error)
            return
        losses.warn("mask of another size than its picture, scaled", int(scaled), picture.path)
        row |= {"kinds": Kind.MASK, "masks": mask}
        if np.isnan(row["boxes"]).any():
            row["boxes"] = masks.bounds(mask)


def _pixels(shares: Any, size: tuple[int, int]) -> Floats:
    """x0 y0 x1 y1 in pixels of x0 x1 y0 y1 as parts of a picture."""
    x0, x1, y0, y1 = shares
    width, height = size
    return np.array([x0 * width, y0 * height, x1 * width, y1 * height])
