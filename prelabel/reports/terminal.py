"""Tables of a report on the terminal, from the same rows as on the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prelabel.reports import cells
from prelabel.reports.cells import Cell

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["table"]


def table(
    head: Sequence[object], rows: Iterable[Sequence[Cell]], *, title: str = "", digits: int = 3
) -> Table:
    """A rich table of the cells that `reports.table` takes; figures are set to the right.

    Texts are never read as rich's own markup.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    body = [tuple(row) for row in rows]
    made = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=escape(title) or None, title_justify="left"
    )
    for i, name in enumerate(head):
        numbers = i and all(cells.number(row[i]) is not None for row in body if len(row) > i)
        made.add_column(escape(str(name)), justify="right" if numbers else "left")
    for row in body:
        made.add_row(*(escape(cells.text(cell, digits)) for cell in row))
    return made
