"""What an item of a native file says that its header or the columns do not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from formats.annotations import Annotations
from formats.columns import SHAPE_OF, Kind
from formats.dataset import Item
from formats.native_lines import Header

__all__ = ["fault"]

KINDS = len(Kind)


def fault(item: Item, header: Header) -> str:
    """The first thing that is wrong with an item, as expected and found; "" for nothing."""
    if item.size is not None and min(item.size) < 1:
        return f"size {list(item.size)}, expected two numbers above 0"
    if item.media is not None and not 0 <= item.media < len(header.media):
        return f"clip {item.media}, the header has {len(header.media)}"
    table = item.annotations
    return "" if table is None or not len(table) else _of_rows(table, header)


def _of_rows(table: Annotations, header: Header) -> str:
    labels, kinds = table.labels.tolist(), set(table.kinds.tolist())  # faster than NumPy for few
    low, high = min(labels), max(labels)
    if low < 0 or high >= len(header.labels):
        return f"label {low if low < 0 else high}, the header has {len(header.labels)}"
    if max(kinds) >= KINDS:
        return f"kind {max(kinds)}, expected 0 to {KINDS - 1}"
    if table.sources is not None and int(table.sources.max()) >= len(header.sources):
        return f"source {int(table.sources.max())}, the header has {len(header.sources)}"
    return _of_shapes(table, kinds) or _of_cells(table)


def _of_shapes(table: Annotations, kinds: Iterable[int]) -> str:
    """Rows of a kind whose shape stands in a column that is not there."""
    for kind in kinds:
        column = SHAPE_OF.get(Kind(kind))
        if column is not None and getattr(table, column) is None:
            return f"a row of kind {kind}, expected a column {column}"
    return ""


def _of_cells(table: Annotations) -> str:
    for name in ("attributes", "extra"):
        cells = getattr(table, name)
        if cells is not None and not all(isinstance(cell, Mapping) for cell in cells):
            return f"{name} that are no object"
    return ""
