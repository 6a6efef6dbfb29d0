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

    Texts are never read as rich's own markup. ValueError where a row is longer or shorter.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    body = cells.rows_under(head, rows)
    made = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title=escape(title) or None, title_justify="left"
    )
    for i, name in enumerate(head):
        column = [row[i] for row in body]
        if i and all(cells.number(cell) is not None for cell in column):
            # a figure is never cut; where there is no room, names and headings take more lines
            texts = [*(cells.text(cell, digits) for cell in column), *str(name).split()]
            wide = max(map(len, texts), default=1)
            made.add_column(escape(str(name)), justify="right", width=wide)
        else:
            made.add_column(escape(str(name)), overflow="fold")
    for row in body:
        made.add_row(*(escape(cells.text(cell, digits)) for cell in row))
    return made
